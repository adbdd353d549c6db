"""The lines keep what other cells of the run show that the server grants, and admit no stranger."""

import pytest
from tests.advice.call_builders import (
    ALLOW_ORIGIN,
    DJANGO,
    FASTAPI,
    FLASK,
    FLASK_CORS,
    NGINX,
    PAGE,
    STARLETTE,
    Headers,
    preflight,
    request,
)
from tests.advice.neighbour_builders import (
    ALLOWED,
    BLOCKED,
    EVIL,
    OPEN,
    REJECTED,
    WWW,
    advice_in_run,
    cell,
    misses,
    puts,
    reads,
)

from cors_harness.model.advice import Advice, Mistake
from cors_harness.model.cell import CellRecord
from cors_harness.model.scenario import Call
from cors_harness.terms.modes import CredentialsMode
from cors_harness.terms.origin import parse_origin

STAR: Headers = ((ALLOW_ORIGIN, "*"),)
METHODS, HEADERS = "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"
US: Headers = ((ALLOW_ORIGIN, PAGE),)
MORE: Headers = (
    *US,
    (METHODS, "GET, PUT, DELETE"),
    (HEADERS, "X-Shop, Content-Type"),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Max-Age", "60"),
)
EXPOSING: Headers = (*US, ("Access-Control-Expose-Headers", "*, ETag"))


def lines(advice: Advice) -> str:
    return "\n".join(advice.lines)


def test_values_of_other_cells_stay() -> None:
    exposing = cell("counts", ALLOWED, request(200, EXPOSING))
    advice = advice_in_run(misses("own"), FASTAPI, puts("rows", (*MORE,), page=PAGE), exposing)
    assert advice.lines[2:] == (
        "app.add_middleware(",
        "    CORSMiddleware,",
        '    allow_origins=["https://app.example.com"],',
        '    allow_methods=["GET", "PUT", "DELETE"],',
        '    allow_headers=["X-Shop", "Content-Type"],',
        "    allow_credentials=True,",
        '    expose_headers=["*", "ETag"],',
        "    max_age=60,",
        ")",
    )


@pytest.mark.parametrize("made_of", [FASTAPI, FLASK, FLASK_CORS, DJANGO, (*NGINX,)])
def test_page_that_is_let_in_stays(made_of: tuple[str, ...]) -> None:
    own = puts("own", ((METHODS, "PUT"),), status=404) if "nginx" in made_of else misses("own")
    advice = advice_in_run(
        own, made_of, reads("www", page=WWW), reads("open", OPEN, "https://x.example")
    )
    for origin in (WWW, "https://x.example", PAGE):
        assert f'"{origin}"' in lines(advice)


def test_origin_of_a_stranger_does_not_stay() -> None:
    named = cell("own", ALLOWED, request(200, ((ALLOW_ORIGIN, EVIL),)))
    advice = advice_in_run(named, FASTAPI, reads("stranger", BLOCKED, EVIL))
    assert EVIL not in lines(advice)
    assert '    allow_origins=["https://app.example.com"],' in advice.lines


def test_any_request_header_stays_any() -> None:
    mirrored: Headers = (*US, (METHODS, "PUT"), (HEADERS, "content-type"))
    advice = advice_in_run(misses("own"), FASTAPI, puts("rows", mirrored, page=PAGE))
    assert '    allow_headers=["*"],' in advice.lines


def test_list_of_starlette_is_not_taken_for_any() -> None:
    listed: Headers = (*US, (METHODS, "PUT"), (HEADERS, "Accept, Content-Type"))
    advice = advice_in_run(misses("own"), FASTAPI, puts("rows", listed, page=PAGE))
    assert '    allow_headers=["Content-Type"],' in advice.lines


def refused(headers: Headers) -> CellRecord:
    return puts("own", headers, status=400)


@pytest.mark.parametrize("made_of", [FASTAPI, STARLETTE])
def test_star_is_not_narrowed_to_one_origin(made_of: tuple[str, ...]) -> None:
    advice = advice_in_run(refused((*STAR, (METHODS, "GET"))), made_of, reads("www", page=WWW))
    assert 'origins=["*"],' in lines(advice)
    assert "redentials" not in lines(advice)


def test_star_of_one_path_is_not_given_to_another() -> None:
    anyone = cell(
        "anyone",
        ALLOWED,
        request(200, STAR, target="/public?cell=1", request_headers=((b"Origin", WWW.encode()),)),
        page=WWW,
    )
    advice = advice_in_run(misses("own"), FASTAPI, anyone)
    assert advice.lines == ()
    assert advice.keep == (
        "No lines: by one policy for the whole server https://www.example.com would lose "
        "GET /public, which it reads today; change only what answers /api/data."
    )


def test_crash_is_readable_by_whom_all_the_rest_is() -> None:
    anyone = cell("a", ALLOWED, request(200, STAR, target="/x?c=1"))
    crashed = cell("own", ALLOWED, request(500))
    advice = advice_in_run(crashed, FASTAPI, anyone)
    assert advice.mistake is Mistake.CRASH
    assert '    allow_origins=["*"],' in advice.lines


def by_star(name: str, page: str, credentials: CredentialsMode | None = None) -> CellRecord:
    answer = request(200, STAR, request_headers=((b"Origin", page.encode()),))
    return cell(name, ALLOWED, answer, page=page, call=Call(credentials=credentials))


def test_star_that_ends_for_cookies_keeps_who_is_let_in_and_says_so() -> None:
    own = by_star("own", PAGE, CredentialsMode.INCLUDE)
    advice = advice_in_run(own, FASTAPI, by_star("www", WWW))
    assert advice.mistake is Mistake.WILDCARD_CREDENTIALS
    assert f'    allow_origins=["{WWW}", "{PAGE}"],' in advice.lines
    assert advice.keep.startswith("With it * ends: ")


def test_star_ends_where_a_scenario_keeps_anybody_out() -> None:
    own = refused((*STAR, (METHODS, "GET")))
    answer = request(200, STAR, request_headers=((b"Origin", EVIL.encode()),))
    stranger = cell("stranger", BLOCKED, answer, page=EVIL)
    advice = advice_in_run(own, FASTAPI, stranger, by_star("www", WWW))
    assert f'    allow_origins=["{WWW}", "{PAGE}"],' in advice.lines
    assert advice.keep.startswith("With it * ends: ")


def test_null_that_is_let_in_by_star_gets_no_cookies() -> None:
    own = by_star("own", PAGE, CredentialsMode.INCLUDE)
    advice = advice_in_run(own, FASTAPI, by_star("framed", "null"))
    assert advice.lines == ()
    assert "null would lose GET /api/data" in advice.keep


ADMIN = {"target": "/admin?cell=1"}


def test_no_lines_let_a_page_in_where_a_scenario_keeps_it_out() -> None:
    advice = advice_in_run(misses("own"), FLASK, misses("admin", BLOCKED, **ADMIN))
    assert advice.lines == ()
    assert advice.where.value == "any server"
    assert "https://app.example.com would read GET /admin, which admin keeps out" in advice.keep


def test_method_that_a_scenario_keeps_out_is_not_let_in_by_another() -> None:
    kept_out = puts("rows", (*US, (METHODS, "GET")), BLOCKED, status=400)
    own = puts("own", (*US, (METHODS, "GET")), status=400)
    assert advice_in_run(own, FASTAPI, kept_out).lines == ()


def test_what_is_blocked_for_no_policy_is_no_cost() -> None:
    reset = cell("reset", BLOCKED, request(None), page=PAGE)
    assert advice_in_run(misses("own"), FASTAPI, reset).lines


def test_nginx_leaves_the_app_its_own_options() -> None:
    advice = advice_in_run(refused(((METHODS, "GET"),)), NGINX)
    assert "if ($is_preflight) {" in lines(advice)
    assert "$request_method = OPTIONS" not in lines(advice)


def test_method_that_nothing_allows_is_named_though_it_is_the_default() -> None:
    own = puts_as("GET", (*US, (METHODS, "")))
    assert '    allow_methods=["GET"],' in advice_in_run(own, FASTAPI).lines


def puts_as(method: str, headers: Headers) -> CellRecord:
    sent = ((b"Origin", PAGE.encode()), (b"Access-Control-Request-Method", method.encode()))
    asked = preflight(400, headers, body=b"Disallowed CORS method", request_headers=sent)
    return cell("own", ALLOWED, asked, call=Call(method=method))


def test_methods_that_no_preflight_tells_are_not_replaced() -> None:
    assert "methods" not in lines(advice_in_run(misses("own"), FASTAPI))


FRAME = "https://frame.example"


def test_frame_is_let_in_and_not_the_page_around_it() -> None:
    sent = ((b"Origin", FRAME.encode()),)
    answer = request(200, US, request_headers=sent)
    call = Call(frame=parse_origin(FRAME))
    own = cell("framed", ALLOWED, answer, call=call, seen=REJECTED)
    advice = advice_in_run(own, FASTAPI)
    assert f'    allow_origins=["{PAGE}", "{FRAME}"],' in advice.lines
    assert "slash at the end" not in advice.wrong
    assert FRAME in advice.wrong


def test_page_is_not_told_to_allow_itself() -> None:
    there = request(302, ((ALLOW_ORIGIN, PAGE), ("Location", f"{PAGE}/back")))
    back = request(200, origin=PAGE, target="/back", request_headers=((b"Origin", b"null"),))
    advice = advice_in_run(cell("back", ALLOWED, there, back, seen=REJECTED), FASTAPI)
    assert advice.mistake is Mistake.REDIRECTED_AWAY
    assert advice.lines == ()


def test_headers_for_any_server_are_of_one_page_and_others_get_their_own() -> None:
    advice = advice_in_run(misses("own"), (), reads("www", page=WWW))
    assert advice.lines[0] == f"{ALLOW_ORIGIN}: {PAGE}"
    assert f"; a page of {WWW} gets its own origin in the first" in advice.place


def test_methods_that_flask_cors_is_told_are_not_widened_to_all() -> None:
    asked = (HEADERS, "content-type")
    told = puts("rows", (*US, (METHODS, "GET, PUT"), asked))
    advice = advice_in_run(misses("own"), FLASK_CORS, told)
    assert '    methods=["GET", "HEAD", "POST", "PUT"],' in advice.lines
    every = puts("rows", (*US, (METHODS, "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"), asked))
    assert "methods" not in lines(advice_in_run(misses("own"), FLASK_CORS, every))


def test_credentials_that_the_page_did_not_ask_for_are_told() -> None:
    advice = advice_in_run(misses("own"), FASTAPI, reads("www", page=WWW, cookies=True))
    assert "    allow_credentials=True," in advice.lines
    assert advice.keep == f"With it {PAGE} may send credentials too, as other pages do today."
    assert advice_in_run(misses("own"), FASTAPI, reads("www", page=WWW)).keep == ""
