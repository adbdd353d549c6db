"""mismatch_from_json(): every kind of mismatch comes back as it was written."""

import json
from dataclasses import replace

import pytest
from tests.store.record_builders import record

from cors_harness.model.observation import Rejected
from cors_harness.model.verdict import Aspect, ExchangePart, Mismatch, Status, Unseen, Verdict
from cors_harness.store.codec import record_to_json
from cors_harness.store.record_reading import mismatch_from_json

SPEC = "https://fetch.spec.whatwg.org/#concept-cors-check"
REJECTED = Rejected(error_name="TypeError", error_message="Load failed")
STATUS = Mismatch(aspect=Aspect.STATUS, expected=200, found=204, spec=SPEC)

MISMATCHES = {
    "a number": STATUS,
    "of a step": replace(STATUS, step=0),
    "yes or no": replace(STATUS, aspect=Aspect.REDIRECTED, expected=False, found=True),
    "several": replace(STATUS, aspect=Aspect.WIRE, expected=("preflight", "request"), found=()),
    "a header": replace(
        STATUS, aspect=Aspect.READABLE, header="X-Total-Count", expected="3", found=None
    ),
    "any value of a header": replace(
        STATUS, aspect=Aspect.READABLE, header="ETag", expected=True, found=None
    ),
    "how many exchanges": replace(STATUS, aspect=Aspect.EXCHANGES, expected=2, found=0),
    "a part of the first exchange": replace(
        STATUS, aspect=Aspect.EXCHANGES, exchange=0, part=ExchangePart.STATUS, expected=None
    ),
    "a header of an exchange": replace(
        STATUS,
        aspect=Aspect.EXCHANGES,
        exchange=1,
        part=ExchangePart.REQUEST_HEADERS,
        header="Origin",
        expected="null",
        found=None,
    ),
    "nothing seen": replace(STATUS, found=None, unseen=Unseen.NO_RESPONSE),
}


@pytest.mark.parametrize("mismatch", MISMATCHES.values(), ids=MISMATCHES)
def test_mismatch_comes_back_as_it_was_written(mismatch: Mismatch) -> None:
    verdict = Verdict(status=Status.UNEXPECTED, mismatches=(mismatch,))
    text = json.dumps(record_to_json(record(REJECTED, verdict=verdict)))
    (written,) = json.loads(text)["verdict"]["mismatches"]
    assert mismatch_from_json(written) == mismatch


def test_keys_of_exchanges_are_left_out_of_other_mismatches() -> None:
    verdict = Verdict(status=Status.UNEXPECTED, mismatches=(STATUS,))
    (written,) = record_to_json(record(REJECTED, verdict=verdict))["verdict"]["mismatches"]
    assert {"exchange", "part"}.isdisjoint(written)
