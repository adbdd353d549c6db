"""Which exchanges of two steps stand side by side."""

import pytest
from tests.changes.step_builders import preflight, request

from cors_harness.changes.wire_diff import aligned
from cors_harness.model.baseline import ExchangeFacts

A, B, C = (request(target=path) for path in ("/a", "/b", "/c"))
POST, FAR, OPTIONS = request("POST", target="/a"), request(target="/a", role="other"), preflight()
Wire = tuple[ExchangeFacts, ...]
ROWS = {
    "the same": ((A, B), (A, B), [(A, A), (B, B)]),
    "in another order": ((A, B), (B, A), [(B, B), (A, A)]),
    "twice and once": ((A, A), (A,), [(A, A), (A, None)]),
    "one more in front": ((B,), (A, B), [(None, A), (B, B)]),
    "another path": ((A, B), (A, C), [(A, A), (B, C)]),
    "another method": ((A,), (POST,), [(A, POST)]),
    "another server": ((A,), (FAR,), [(A, None), (None, FAR)]),
    "a preflight in front": ((A,), (OPTIONS, A), [(None, OPTIONS), (A, A)]),
    "nothing": ((), (), []),
}


@pytest.mark.parametrize(("before", "after", "pairs"), ROWS.values(), ids=ROWS)
def test_exchanges_for_the_same_thing_are_together(
    before: Wire, after: Wire, pairs: list[tuple[ExchangeFacts | None, ExchangeFacts | None]]
) -> None:
    found = aligned(before, after)
    assert sorted(found, key=repr) == sorted(pairs, key=repr)
    assert [other for _, other in found if other] == list(after)
