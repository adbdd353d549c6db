"""GateRefusals: whether what the gate refused explains a rejected call."""

import asyncio
from collections.abc import Sequence

import pytest

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.route import Refusal
from cors_harness.run.gate_refusals import GateRefusals
from cors_harness.wire.recorder import Recorder

GONE = Refusal(host="gone.example", port=443, client="webkit", why="not mapped", count=2)
EXPIRED = Refusal(
    host="old.example", port=443, client="webkit", why="TLS alert certificate_expired", count=1
)
CALL = "https://api.example.org/x?cell=1.1"

TARGETS = {
    "the call itself": ("https://gone.example/?cell=1.1", None, (GONE,)),
    "its certificate": (
        "https://old.example/?cell=1.1",
        None,
        (EXPIRED,),
    ),
    "the redirect": (CALL, "https://gone.example/", (GONE,)),
    "a name that was not refused": (CALL, None, ()),
    "a redirect within the second server": ("https://gone.example/?cell=1.1", "/there", ()),
    "a response that is no redirect": ("https://gone.example/?cell=1.1", "", ()),
    "a redirect within the server": (CALL, "/elsewhere", ()),
    "a redirect to no URL": (CALL, "https://[", ()),
    "a redirect to another scheme": (CALL, "data:,", ()),
    "another port": ("https://gone.example:8443/?cell=1.1", None, ()),
}


class ScriptedRecorder(Recorder):
    """A recorder that reports each refusal once, as the real one does."""

    def __init__(self, *batches: Sequence[Refusal]) -> None:
        super().__init__()
        self._batches = list(batches)

    async def refusals(self) -> tuple[Refusal, ...]:
        return tuple(self._batches.pop(0)) if self._batches else ()


def exchange_redirecting_to(location: str) -> Exchange:
    headers = ((b"Location", location.encode()),) if location else ()
    return Exchange(
        kind=ExchangeKind.REQUEST,
        role="server",
        origin="https://api.example.org",
        method="GET",
        target="/x?cell=1.1",
        request_headers=(),
        status=302 if location else 200,
        response_headers=headers,
    )


@pytest.mark.parametrize(("url", "location", "refused"), TARGETS.values(), ids=TARGETS)
def test_refusal_explains_what_was_asked_for_last(
    url: str, location: str | None, refused: tuple[Refusal, ...]
) -> None:
    exchanges = () if location is None else (exchange_redirecting_to(location),)
    assert (
        asyncio.run(GateRefusals(ScriptedRecorder([GONE, EXPIRED])).of("webkit", url, exchanges))
        == refused
    )


def test_refusal_of_another_engine_explains_nothing() -> None:
    refusals = GateRefusals(ScriptedRecorder([GONE, EXPIRED]))
    assert asyncio.run(refusals.of("firefox", "https://gone.example/?cell=1.1", ())) == ()


def test_refusals_are_added_up() -> None:
    async def added_up() -> tuple[Refusal, ...]:
        refusals = GateRefusals(ScriptedRecorder([GONE], [GONE, EXPIRED]))
        await refusals.all()
        return await refusals.all()

    first, second = asyncio.run(added_up())
    assert (first.host, first.count) == ("gone.example", 4)
    assert second == EXPIRED
