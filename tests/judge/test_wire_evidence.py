"""What the wire adds to words that say too little."""

import pytest
from tests.judge.console_message_cases import (
    CHROMIUM_WORDS,
    FIREFOX,
    FIREFOX_WORDS,
    PAIR,
    PREFLIGHT,
    SECURITY,
    WEBKIT_WORDS,
)
from tests.judge.exchange_builders import console, preflight, request

from cors_harness.judge.reasons import explain
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Call
from cors_harness.terms.modes import CredentialsMode, RedirectMode, RequestMode
from cors_harness.terms.reasons import ReasonCode as Code

WIRE = "narrowed by the wire: "
ALLOW_ORIGIN = b"Access-Control-Allow-Origin"
NOT_ALLOWED = WEBKIT_WORDS[0][0]


@pytest.mark.parametrize(
    ("headers", "credentials", "code", "fact"),
    [
        pytest.param((), None, Code.ALLOW_ORIGIN_MISSING, f"no {ALLOW_ORIGIN.decode()}", id="none"),
        pytest.param(
            ((ALLOW_ORIGIN, b"http://b.test"),),
            None,
            Code.ALLOW_ORIGIN_MISMATCH,
            "Access-Control-Allow-Origin: http://b.test",
            id="other origin",
        ),
        pytest.param(
            ((ALLOW_ORIGIN, b"http://a.test"), (b"access-control-allow-origin", b"*")),
            None,
            Code.ALLOW_ORIGIN_MULTIPLE,
            "Access-Control-Allow-Origin: http://a.test, *",
            id="repeated",
        ),
        pytest.param(
            ((ALLOW_ORIGIN, b"a, b"),),
            None,
            Code.ALLOW_ORIGIN_MULTIPLE,
            "Access-Control-Allow-Origin: a, b",
            id="list",
        ),
        pytest.param(
            ((ALLOW_ORIGIN, b"*"),),
            CredentialsMode.INCLUDE,
            Code.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
            "Access-Control-Allow-Origin: *",
            id="* with credentials",
        ),
        pytest.param(
            ((ALLOW_ORIGIN, b""),),
            CredentialsMode.INCLUDE,
            Code.ALLOW_ORIGIN_MISMATCH,
            "Access-Control-Allow-Origin: ",
            id="empty with credentials",
        ),
    ],
)
def test_wire_tells_the_cases_of_webkits_one_sentence_apart(
    headers: tuple[tuple[bytes, bytes], ...],
    credentials: CredentialsMode | None,
    code: Code,
    fact: str,
) -> None:
    reason = explain(
        "webkit", Call(credentials=credentials), (request(200, *headers),), console(NOT_ALLOWED)
    )
    assert (reason.code, reason.detail) == (code, WIRE + fact)


@pytest.mark.parametrize(
    ("engine", "line"),
    [
        ("chromium", f"{PREFLIGHT} It does not have HTTP ok status."),
        (
            "firefox",
            f"{FIREFOX} (Reason: CORS preflight response did not succeed). Status code: 308.",
        ),
        ("webkit", f"{SECURITY}Preflight response is not successful. Status code: 308{PAIR}"),
    ],
    ids=["chromium", "firefox", "webkit"],
)
def test_redirected_preflight_is_a_redirect_in_every_engine(engine: str, line: str) -> None:
    reason = explain(engine, Call(), (preflight(308),), console(line))
    assert (reason.code, reason.detail) == (Code.PREFLIGHT_REDIRECT, f"{WIRE}status 308")


def test_wire_gives_the_status_that_chromium_does_not_name() -> None:
    reason = explain("chromium", Call(), (preflight(404),), console(CHROMIUM_WORDS[8][0]))
    assert (reason.code, reason.detail) == (Code.PREFLIGHT_STATUS, f"{WIRE}status 404")


def test_wire_gives_the_method_that_firefox_does_not_name() -> None:
    reason = explain("firefox", Call(), (preflight(),), console(FIREFOX_WORDS[9][0]))
    assert (reason.code, reason.detail) == (Code.METHOD_NOT_ALLOWED, "PUT")


def redirect(location: bytes | None) -> Exchange:
    return request(302) if location is None else request(302, (b"Location", location))


SAME_ORIGIN = Call(mode=RequestMode.SAME_ORIGIN)
VAGUE = {
    "chromium": "Failed to load resource: net::ERR_FAILED",
    "firefox": FIREFOX_WORDS[-1][0],
    "webkit": WEBKIT_WORDS[-1][0],
}


@pytest.mark.parametrize("engine", VAGUE)
@pytest.mark.parametrize(
    ("call", "exchanges", "code"),
    [
        pytest.param(SAME_ORIGIN, (), Code.MODE_SAME_ORIGIN, id="mode same-origin, nothing sent"),
        pytest.param(Call(), (preflight(302),), Code.PREFLIGHT_REDIRECT, id="preflight redirect"),
        pytest.param(Call(), (preflight(500),), Code.PREFLIGHT_STATUS, id="preflight status"),
        pytest.param(
            Call(redirect=RedirectMode.ERROR),
            (redirect(b"/x"),),
            Code.REDIRECT_MODE_ERROR,
            id="redirect error",
        ),
        pytest.param(Call(), (redirect(b"data:,x"),), Code.REDIRECT_NOT_HTTP, id="to data:"),
        pytest.param(
            Call(), (redirect(b"http://h:99999999/"),), Code.REDIRECT_INVALID_URL, id="bad port"
        ),
        pytest.param(Call(), (redirect(b"http://"),), Code.REDIRECT_INVALID_URL, id="no host"),
        pytest.param(
            Call(),
            (redirect(b"http://u:p@b.test/"),),
            Code.REDIRECT_CREDENTIALS,
            id="with user name",
        ),
        pytest.param(
            SAME_ORIGIN,
            (redirect(b"http://b.test/"),),
            Code.MODE_SAME_ORIGIN,
            id="mode same-origin, redirected away",
        ),
        pytest.param(Call(), (redirect(b"/x"),) * 21, Code.REDIRECT_COUNT, id="21 redirects"),
        pytest.param(Call(), (request(None),), Code.NETWORK, id="no response"),
        pytest.param(Call(), (preflight(None),), Code.NETWORK, id="preflight without response"),
    ],
)
def test_wire_gives_the_reason_that_vague_words_do_not(
    engine: str, call: Call, exchanges: tuple[Exchange, ...], code: Code
) -> None:
    reason = explain(engine, call, exchanges, console(VAGUE[engine]))
    assert reason.code is code
    assert reason.detail.startswith(WIRE)


@pytest.mark.parametrize(
    ("call", "exchanges"),
    [
        pytest.param(Call(), (), id="nothing sent"),
        pytest.param(
            Call(role="page", mode=RequestMode.SAME_ORIGIN), (), id="to the page's origin"
        ),
        pytest.param(Call(), (request(200),), id="answered"),
        pytest.param(Call(), (preflight(204),), id="ok preflight"),
        pytest.param(Call(), (redirect(None),), id="redirect without Location"),
        pytest.param(Call(), (redirect(b"http://b.test/"),), id="redirect that may be followed"),
        pytest.param(SAME_ORIGIN, (redirect(b"/x"),), id="redirect within the origin"),
        pytest.param(
            Call(mode=RequestMode.NO_CORS),
            (redirect(b"http://u:p@b.test/"),),
            id="user name in mode no-cors",
        ),
        pytest.param(Call(), (redirect(b"/x"),) * 20, id="20 redirects"),
    ],
)
def test_vague_words_stay_vague_where_the_wire_proves_nothing(
    call: Call, exchanges: tuple[Exchange, ...]
) -> None:
    assert explain("chromium", call, exchanges, console(VAGUE["chromium"])).code is Code.UNKNOWN
    assert explain("firefox", call, exchanges, console(VAGUE["firefox"])).code is Code.NETWORK
