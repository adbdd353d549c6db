"""Every row of the words tables, and what the wire adds, one row of a table each."""

# ruff: noqa: RUF001 - Firefox prints typographic quotes

import pytest

from cors_harness.judge.reasons import ARGUMENTS_REFUSED, SAID_NOTHING, explain
from cors_harness.judge.words import SAYINGS
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Call
from cors_harness.terms.modes import CredentialsMode, RedirectMode, RequestMode
from cors_harness.terms.reasons import ReasonCode as Code

URL = "http://127.0.0.1:8001/api/data?cell=p.1"
BLOCKED = f"Access to fetch at '{URL}' from origin 'http://a.test' has been blocked by CORS policy:"
PREFLIGHT = f"{BLOCKED} Response to preflight request doesn't pass access control check:"
FIREFOX = f"The Same Origin Policy disallows reading the remote resource at {URL}."
PAIR = f"\nCONSOLE JS ERROR Fetch API cannot load {URL} due to access control checks."
SECURITY = "CONSOLE SECURITY ERROR "
WIRE = "narrowed by the wire: "


def request(status: int | None = 200, *headers: tuple[bytes, bytes]) -> Exchange:
    return exchange(ExchangeKind.REQUEST, status, headers)


def preflight(status: int | None = 204, *headers: tuple[bytes, bytes]) -> Exchange:
    return exchange(ExchangeKind.PREFLIGHT, status, headers)


def exchange(
    kind: ExchangeKind, status: int | None, headers: tuple[tuple[bytes, bytes], ...]
) -> Exchange:
    asked = kind is ExchangeKind.PREFLIGHT
    return Exchange(
        kind=kind,
        at="server",
        origin="http://127.0.0.1:8001",
        method="OPTIONS" if asked else "GET",
        target="/api/data?cell=p.1",
        request_headers=((b"Access-Control-Request-Method", b"PUT"),) if asked else (),
        status=status,
        response_headers=headers,
    )


CHROMIUM_WORDS = [
    (
        f"{BLOCKED} No 'Access-Control-Allow-Origin' header is present on the requested resource.",
        Code.ALLOW_ORIGIN_MISSING,
        "",
    ),
    (
        f"{PREFLIGHT} No 'Access-Control-Allow-Origin' header is present on the requested"
        " resource.",
        Code.ALLOW_ORIGIN_MISSING,
        "",
    ),
    (
        f"Access to fetch at '{URL}' (redirected from 'http://b.test/') from origin 'http://a.test'"
        " has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on"
        " the requested resource.",
        Code.ALLOW_ORIGIN_MISSING,
        "",
    ),
    (
        f"{BLOCKED} The 'Access-Control-Allow-Origin' header has a value 'http://b.test' that is"
        " not equal to the supplied origin. Have the server send the header with a valid value.",
        Code.ALLOW_ORIGIN_MISMATCH,
        "http://b.test",
    ),
    (
        f"{BLOCKED} The 'Access-Control-Allow-Origin' header contains the invalid value 'b'.",
        Code.ALLOW_ORIGIN_MISMATCH,
        "b",
    ),
    (
        f"{BLOCKED} The 'Access-Control-Allow-Origin' header contains multiple values '*, *', but"
        " only one is allowed.",
        Code.ALLOW_ORIGIN_MULTIPLE,
        "*, *",
    ),
    (
        f"{BLOCKED} The value of the 'Access-Control-Allow-Origin' header in the response must not"
        " be the wildcard '*' when the request's credentials mode is 'include'.",
        Code.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
        "",
    ),
    (
        f"{BLOCKED} The value of the 'Access-Control-Allow-Credentials' header in the response is"
        " 'True' which must be 'true' when the request's credentials mode is 'include'.",
        Code.ALLOW_CREDENTIALS_NOT_TRUE,
        "True",
    ),
    (f"{PREFLIGHT} It does not have HTTP ok status.", Code.PREFLIGHT_STATUS, ""),
    (
        f"{PREFLIGHT} Redirect is not allowed for a preflight request.",
        Code.PREFLIGHT_REDIRECT,
        "",
    ),
    (
        f"{BLOCKED} Method PUT is not allowed by Access-Control-Allow-Methods in preflight"
        " response.",
        Code.METHOD_NOT_ALLOWED,
        "PUT",
    ),
    (
        f"{BLOCKED} Request header field x-a is not allowed by Access-Control-Allow-Headers in"
        " preflight response.",
        Code.HEADER_NOT_ALLOWED,
        "x-a",
    ),
    (
        f"{BLOCKED} Cannot parse Access-Control-Allow-Methods response header field in preflight"
        " response.",
        Code.ALLOW_METHODS_INVALID,
        "",
    ),
    (
        f"{BLOCKED} Cannot parse Access-Control-Allow-Headers response header field in preflight"
        " response.",
        Code.ALLOW_HEADERS_INVALID,
        "",
    ),
    (
        f"{BLOCKED} Redirect location 'http://u:p@b.test/' contains a username and password, which"
        " is disallowed for cross-origin requests.",
        Code.REDIRECT_CREDENTIALS,
        "http://u:p@b.test/",
    ),
    (
        f"{BLOCKED} Cross origin requests are only supported for protocol schemes: chrome, http.",
        Code.REDIRECT_NOT_HTTP,
        "",
    ),
    (
        f"{BLOCKED} Cross origin requests are not allowed by request mode.",
        Code.MODE_SAME_ORIGIN,
        "",
    ),
    (
        f'Fetch API cannot load {URL}. Request mode is "same-origin" but the URL\'s origin is not'
        " same as the request origin http://a.test.",
        Code.MODE_SAME_ORIGIN,
        "",
    ),
    (
        f'Fetch API cannot load {URL}. Request mode is "no-cors" but the redirect mode is not'
        ' "follow".',
        Code.REDIRECT_MODE_ERROR,
        "",
    ),
    (
        'Fetch API cannot load ftp://b.test/. URL scheme "ftp" is not supported.',
        Code.REDIRECT_NOT_HTTP,
        "ftp",
    ),
    (
        "Failed to load resource: net::ERR_TOO_MANY_REDIRECTS",
        Code.REDIRECT_COUNT,
        "ERR_TOO_MANY_REDIRECTS",
    ),
    (
        "Failed to load resource: net::ERR_UNSAFE_REDIRECT",
        Code.REDIRECT_NOT_HTTP,
        "ERR_UNSAFE_REDIRECT",
    ),
    (
        "Failed to load resource: net::ERR_UNKNOWN_URL_SCHEME",
        Code.REDIRECT_NOT_HTTP,
        "ERR_UNKNOWN_URL_SCHEME",
    ),
    (
        "Failed to load resource: net::ERR_INVALID_REDIRECT",
        Code.REDIRECT_INVALID_URL,
        "ERR_INVALID_REDIRECT",
    ),
    (
        "Failed to load resource: net::ERR_CONNECTION_REFUSED",
        Code.NETWORK,
        "ERR_CONNECTION_REFUSED",
    ),
    ("Failed to load resource: net::ERR_EMPTY_RESPONSE", Code.NETWORK, "ERR_EMPTY_RESPONSE"),
    ("Failed to load resource: net::ERR_FAILED", Code.UNKNOWN, ""),
    (
        "Failed to load resource: the server responded with a status of 404 (Not Found)",
        Code.UNKNOWN,
        "",
    ),
]

FIREFOX_WORDS = [
    (
        f"{FIREFOX} (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 200.",
        Code.ALLOW_ORIGIN_MISSING,
        "",
    ),
    (
        f"Cross-Origin Request Blocked: {FIREFOX} (Reason: CORS header"
        " 'Access-Control-Allow-Origin' missing). Status code: 200.",
        Code.ALLOW_ORIGIN_MISSING,
        "",
    ),
    (
        f"{FIREFOX} (Reason: CORS header ‘Access-Control-Allow-Origin’ does not match ‘b’).",
        Code.ALLOW_ORIGIN_MISMATCH,
        "b",
    ),
    (
        f"{FIREFOX} (Reason: CORS header ‘Access-Control-Allow-Origin’ does not match ‘a, b’).",
        Code.ALLOW_ORIGIN_MULTIPLE,
        "a, b",
    ),
    (
        f"{FIREFOX} (Reason: Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed).",
        Code.ALLOW_ORIGIN_MULTIPLE,
        "",
    ),
    (
        f"{FIREFOX} (Reason: Credential is not supported if the CORS header"
        " ‘Access-Control-Allow-Origin’ is ‘*’).",
        Code.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
        "",
    ),
    (
        f"{FIREFOX} (Reason: expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’).",
        Code.ALLOW_CREDENTIALS_NOT_TRUE,
        "",
    ),
    (
        f"{FIREFOX} (Reason: CORS preflight response did not succeed). Status code: 405.",
        Code.PREFLIGHT_STATUS,
        "405",
    ),
    (
        f"{FIREFOX} (Reason: CORS request external redirect not allowed).",
        Code.PREFLIGHT_REDIRECT,
        "",
    ),
    (
        f"{FIREFOX} (Reason: Did not find method in CORS header ‘Access-Control-Allow-Methods’).",
        Code.METHOD_NOT_ALLOWED,
        "",
    ),
    (
        f"{FIREFOX} (Reason: header ‘x-a’ is not allowed according to header"
        " ‘Access-Control-Allow-Headers’ from CORS preflight response).",
        Code.HEADER_NOT_ALLOWED,
        "x-a",
    ),
    (
        f"{FIREFOX} (Reason: header 'x-a' is not allowed according to header"
        " 'Access-Control-Allow-Headers' from CORS preflight response).",
        Code.HEADER_NOT_ALLOWED,
        "x-a",
    ),
    (
        f"{FIREFOX} (Reason: invalid token ‘a b’ in CORS header ‘Access-Control-Allow-Methods’).",
        Code.ALLOW_METHODS_INVALID,
        "a b",
    ),
    (
        f"{FIREFOX} (Reason: invalid token ‘a b’ in CORS header ‘Access-Control-Allow-Headers’).",
        Code.ALLOW_HEADERS_INVALID,
        "a b",
    ),
    (f"{FIREFOX} (Reason: CORS request not HTTP).", Code.REDIRECT_NOT_HTTP, ""),
    (f"{FIREFOX} (Reason: CORS request not http).", Code.REDIRECT_NOT_HTTP, ""),
    (
        f"Security Error: Content at http://a.test/ may not load data from {URL}.",
        Code.MODE_SAME_ORIGIN,
        "",
    ),
    (
        "Security Error: Content at http://a.test/ may not load data from blob:http://a.test/1.",
        Code.REDIRECT_NOT_HTTP,
        "",
    ),
    (
        "Security Error: Content at http://a.test/ may not load or link to file:///x.",
        Code.REDIRECT_NOT_HTTP,
        "",
    ),
    (
        f"{FIREFOX} (Reason: CORS request did not succeed). Status code: (null).",
        Code.NETWORK,
        "",
    ),
]

WEBKIT_WORDS = [
    (
        f"{SECURITY}Origin http://a.test is not allowed by Access-Control-Allow-Origin."
        f" Status code: 200{PAIR}",
        Code.ALLOW_ORIGIN_REFUSED,
        "",
    ),
    (
        f"{SECURITY}Access-Control-Allow-Origin cannot contain more than one origin.{PAIR}",
        Code.ALLOW_ORIGIN_MULTIPLE,
        "",
    ),
    (
        f"{SECURITY}Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is"
        f" true.{PAIR}",
        Code.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
        "",
    ),
    (
        f"{SECURITY}Credentials flag is true, but Access-Control-Allow-Credentials is not"
        f' "true".{PAIR}',
        Code.ALLOW_CREDENTIALS_NOT_TRUE,
        "",
    ),
    (
        f"{SECURITY}Preflight response is not successful. Status code: 404{PAIR}",
        Code.PREFLIGHT_STATUS,
        "404",
    ),
    (f"{SECURITY}Preflight response is not successful{PAIR}", Code.PREFLIGHT_STATUS, ""),
    (
        f"{SECURITY}Method DELETE is not allowed by Access-Control-Allow-Methods.{PAIR}",
        Code.METHOD_NOT_ALLOWED,
        "DELETE",
    ),
    (
        f"{SECURITY}Request header field x-a is not allowed by Access-Control-Allow-Headers.{PAIR}",
        Code.HEADER_NOT_ALLOWED,
        "x-a",
    ),
    (
        f"{SECURITY}Header Access-Control-Allow-Methods has an invalid value: a b{PAIR}",
        Code.ALLOW_METHODS_INVALID,
        "a b",
    ),
    (
        f"{SECURITY}Header Access-Control-Allow-Headers has an invalid value: a b{PAIR}",
        Code.ALLOW_HEADERS_INVALID,
        "a b",
    ),
    (
        f"{SECURITY}Not allowed to follow a redirection while loading {URL}{PAIR}",
        Code.REDIRECT_MODE_ERROR,
        "",
    ),
    (f"{SECURITY}Load cannot follow more than 20 redirections{PAIR}", Code.REDIRECT_COUNT, ""),
    (f"{SECURITY}Too many redirections{PAIR}", Code.REDIRECT_COUNT, ""),
    (
        f"{SECURITY}Cross-origin redirection to data:, denied by Cross-Origin Resource Sharing"
        " policy: not allowed to follow a cross-origin CORS redirection with non CORS"
        f" scheme{PAIR}",
        Code.REDIRECT_NOT_HTTP,
        "",
    ),
    (
        f"{SECURITY}Cross-origin redirection to http://u:p@b.test/ denied by Cross-Origin Resource"
        f" Sharing policy: redirection URL http://u:p@b.test/ has credentials{PAIR}",
        Code.REDIRECT_CREDENTIALS,
        "http://u:p@b.test/",
    ),
    (
        f"{SECURITY}Cross-origin redirection to http://b.test/ denied by Cross-Origin Resource"
        " Sharing policy: Origin http://a.test is not allowed by Access-Control-Allow-Origin."
        f" Status code: 302{PAIR}",
        Code.ALLOW_ORIGIN_REFUSED,
        "",
    ),
    (
        f"{SECURITY}Unsafe attempt to load URL {URL} from origin http://a.test. Domains,"
        f" protocols and ports must match.{PAIR}",
        Code.MODE_SAME_ORIGIN,
        "",
    ),
    (
        f"{SECURITY}Cross origin requests are not allowed when using same-origin fetch mode.{PAIR}",
        Code.MODE_SAME_ORIGIN,
        "",
    ),
    (
        f"{SECURITY}Redirection to URL with a scheme that is not HTTP(S).{PAIR}",
        Code.REDIRECT_NOT_HTTP,
        "",
    ),
    (f"{SECURITY}Not allowed to redirect due to its scheme{PAIR}", Code.REDIRECT_NOT_HTTP, ""),
    (
        f"{SECURITY}Cross origin requests are only supported for HTTP.{PAIR}",
        Code.REDIRECT_NOT_HTTP,
        "",
    ),
    (
        f"CONSOLE NETWORK ERROR Could not connect to 127.0.0.1: refused{PAIR}",
        Code.NETWORK,
        "Could not connect",
    ),
    (f"CONSOLE JS ERROR Fetch API cannot load {URL}.", Code.UNKNOWN, ""),
    (f"{SECURITY}Not allowed to request resource{PAIR}", Code.UNKNOWN, ""),
]

WORDS = [
    pytest.param(engine, line, code, detail, id=f"{engine}-{code}-{number}")
    for engine, rows in (
        ("chromium", CHROMIUM_WORDS),
        ("firefox", FIREFOX_WORDS),
        ("webkit", WEBKIT_WORDS),
    )
    for number, (line, code, detail) in enumerate(rows)
]


@pytest.mark.parametrize(("engine", "line", "code", "detail"), WORDS)
def test_words_alone_give_the_reason(engine: str, line: str, code: Code, detail: str) -> None:
    reason = explain(engine, Call(), (), (line,))
    assert (reason.code, reason.detail, reason.said) == (code, detail, line)


@pytest.mark.parametrize(
    ("engine", "rows"),
    [("chromium", CHROMIUM_WORDS), ("firefox", FIREFOX_WORDS), ("webkit", WEBKIT_WORDS)],
    ids=["chromium", "firefox", "webkit"],
)
def test_every_row_of_the_table_has_an_example(
    engine: str, rows: list[tuple[str, Code, str]]
) -> None:
    first = [next(s for s in SAYINGS[engine] if s.pattern.search(line)) for line, _, _ in rows]
    assert {s.pattern.pattern for s in first} == {s.pattern.pattern for s in SAYINGS[engine]}


@pytest.mark.parametrize(
    ("engine", "lines", "code"),
    [
        pytest.param(
            "chromium",
            ("Failed to load resource: net::ERR_FAILED", CHROMIUM_WORDS[0][0]),
            Code.ALLOW_ORIGIN_MISSING,
            id="the line without a reason comes first",
        ),
        pytest.param(
            "firefox",
            (FIREFOX_WORDS[-1][0], FIREFOX_WORDS[7][0]),
            Code.PREFLIGHT_STATUS,
            id="it did not succeed comes first",
        ),
        pytest.param(
            "firefox",
            (FIREFOX_WORDS[7][0], FIREFOX_WORDS[-1][0]),
            Code.PREFLIGHT_STATUS,
            id="it did not succeed comes second",
        ),
    ],
)
def test_exact_line_wins_over_the_others(engine: str, lines: tuple[str, ...], code: Code) -> None:
    assert explain(engine, Call(), (), lines).code is code


def test_unmapped_words_are_unknown_and_kept_raw() -> None:
    reason = explain("chromium", Call(), (request(302),), ("Something new.", "And more."))
    assert (reason.code, reason.said) == (Code.UNKNOWN, "Something new.\nAnd more.")


def test_an_engine_without_a_table_gives_unknown() -> None:
    assert explain("ladybird", Call(), (), ("CORS",)).code is Code.UNKNOWN


@pytest.mark.parametrize("lines", [(), ("",), (" ",)], ids=["no line", "empty", "blank"])
def test_silence_is_unknown_and_says_so(lines: tuple[str, ...]) -> None:
    reason = explain("webkit", Call(), (request(),), lines)
    assert (reason.code, reason.said, reason.detail) == (Code.UNKNOWN, "", SAID_NOTHING)


@pytest.mark.parametrize(
    ("engine", "message"),
    [
        (
            "chromium",
            "Failed to execute 'fetch' on 'Window': 'PUT' is unsupported in no-cors mode.",
        ),
        ("firefox", "Window.fetch: Invalid request method PUT."),
        ("webkit", "Method must be GET, POST or HEAD in no-cors mode."),
        ("webkit", "Method is forbidden."),
    ],
)
def test_refused_arguments_are_told_by_the_rejection_itself(engine: str, message: str) -> None:
    reason = explain(engine, Call(), (), (), message)
    assert (reason.detail, reason.said) == (ARGUMENTS_REFUSED, message)


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
        "webkit", Call(credentials=credentials), (request(200, *headers),), (NOT_ALLOWED,)
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
    reason = explain(engine, Call(), (preflight(308),), (line,))
    assert (reason.code, reason.detail) == (Code.PREFLIGHT_REDIRECT, f"{WIRE}status 308")


def test_wire_gives_the_status_that_chromium_does_not_name() -> None:
    reason = explain("chromium", Call(), (preflight(404),), (CHROMIUM_WORDS[8][0],))
    assert (reason.code, reason.detail) == (Code.PREFLIGHT_STATUS, f"{WIRE}status 404")


def test_wire_gives_the_method_that_firefox_does_not_name() -> None:
    reason = explain("firefox", Call(), (preflight(),), (FIREFOX_WORDS[9][0],))
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
    ],
)
def test_wire_gives_the_reason_that_vague_words_do_not(
    engine: str, call: Call, exchanges: tuple[Exchange, ...], code: Code
) -> None:
    reason = explain(engine, call, exchanges, (VAGUE[engine],))
    assert reason.code is code
    assert reason.detail.startswith(WIRE)


@pytest.mark.parametrize(
    ("call", "exchanges"),
    [
        pytest.param(Call(), (), id="nothing sent"),
        pytest.param(Call(at="page", mode=RequestMode.SAME_ORIGIN), (), id="to the page's origin"),
        pytest.param(Call(), (request(200),), id="answered"),
        pytest.param(Call(), (request(None),), id="no response"),
        pytest.param(Call(), (preflight(204),), id="ok preflight"),
        pytest.param(Call(), (preflight(None),), id="preflight without response"),
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
    assert explain("chromium", call, exchanges, (VAGUE["chromium"],)).code is Code.UNKNOWN
    assert explain("firefox", call, exchanges, (VAGUE["firefox"],)).code is Code.NETWORK
