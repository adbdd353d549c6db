"""Texts of differences on the wire: one word for one fact, in every report."""

from dataclasses import replace

import pytest
from tests.changes.baseline_builders import ALLOWED, REQUEST, STAR_ALLOWED, change

from cors_harness.changes.assessment import grouped
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.change import Change, SentRequest, WireDifference, WirePart
from cors_harness.reports.changes_text import differences
from cors_harness.reports.wire_text import claim, difference_text, summary

PUT, LOST = (SentRequest(method="PUT", target="/a", status=status) for status in (200, None))


def difference(
    part: WirePart,
    before: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
    *,
    kind: ExchangeKind = ExchangeKind.REQUEST,
    header: str = "",
    request: SentRequest | None = None,
) -> WireDifference:
    return WireDifference(
        kind=kind,
        part=part,
        header=header,
        before=before,
        after=after,
        request=request,
    )


YES, PREFLIGHT, STATUS = ("yes",), ExchangeKind.PREFLIGHT, WirePart.STATUS
METHODS = "access-control-allow-methods"
SENTENCES = {
    "status: 200 -> no response": difference(STATUS, ("200",)),
    "preflight status: 200 -> 204": difference(STATUS, ("200",), ("204",), kind=PREFLIGHT),
    "request at other status: 200 -> 204": replace(
        difference(STATUS, ("200",), ("204",)), role="other"
    ),
    "now sent: PUT /a, answered 200": difference(WirePart.SENT, (), YES, request=PUT),
    "now sent: PUT /a, no response": difference(WirePart.SENT, (), YES, request=LOST),
    "no longer sent: preflight PUT /a": difference(
        WirePart.SENT, YES, (), kind=PREFLIGHT, request=PUT
    ),
    "PUT /a at third with credentials": replace(
        difference(WirePart.CREDENTIALS, (), YES, request=PUT), role="third"
    ),
    "method: GET -> POST": difference(WirePart.METHOD, ("GET",), ("POST",)),
    "target: /a -> /b": difference(WirePart.TARGET, ("/a",), ("/b",)),
    "Vary: missing -> (empty)": difference(WirePart.RESPONSE_HEADER, (), ("",), header="vary"),
    "preflight Vary: a -> a, b (2 headers)": difference(
        WirePart.RESPONSE_HEADER, ("a",), ("a", "b"), kind=PREFLIGHT, header="vary"
    ),
    "Access-Control-Allow-Methods: missing -> *": difference(
        WirePart.RESPONSE_HEADER, (), ("*",), kind=PREFLIGHT, header=METHODS
    ),
    "sent Origin: missing -> null": difference(
        WirePart.REQUEST_HEADER, (), ("null",), header="origin"
    ),
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_difference_is_a_sentence(sentence: str) -> None:
    assert difference_text(SENTENCES[sentence]) == sentence


def test_what_differs_is_the_claim_of_a_change_without_a_headline() -> None:
    cosmetic = change(headline="", wire=(STAR_ALLOWED,), has_more_steps=True)
    text = "step 1: Access-Control-Allow-Origin: missing -> *"
    assert (claim(cosmetic), summary(cosmetic)) == (text, text)


def test_what_differs_follows_a_headline() -> None:
    shown = change(headline="pages can read", because="was blocked", after=ALLOWED)
    assert claim(shown) == "pages can read (was blocked)"
    assert summary(shown) == f"{claim(shown)}; Access-Control-Allow-Origin: missing -> *"


def test_the_origin_of_the_page_is_spelled_out_where_it_is_one() -> None:
    def reflected(origin: str) -> Change:
        wire = (replace(REQUEST, response_headers=(("access-control-allow-origin", origin),)),)
        return change(f"from-{origin}", origin=origin, after=replace(ALLOWED, wire=wire))

    one, two = reflected("https://a.example"), reflected("https://b.example")
    shown = [next(differences(*grouped(changes))).after for changes in ([one], [one, two])]
    assert shown == ["https://a.example", "the page's origin"]
