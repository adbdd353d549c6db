"""Causes that are none of CORS: a Host that is refused, a limit, a login, a redirect."""

from collections.abc import Iterator

from tests.advice.applied import asgi_cases, flask_cases, other_cases
from tests.advice.wire.cases import LOGGED_IN, PAGE, PUT, WireCase

from cors_harness.model.advice import FixTarget, Mistake
from cors_harness.model.scenario import Call

LIST = Call(method="GET")
MADE_OF = {
    FixTarget.FASTAPI: ("fastapi", "starlette", "uvicorn"),
    FixTarget.STARLETTE: ("starlette", "uvicorn"),
    FixTarget.FLASK: ("flask", "werkzeug", "waitress"),
    FixTarget.FLASK_CORS: ("flask-cors", "flask", "werkzeug", "waitress"),
    FixTarget.DJANGO: ("django-cors-headers", "django", "waitress"),
}


def case(where: FixTarget, name: str, mistake: Mistake, source: str, **more: object) -> WireCase:
    host = {FixTarget.FASTAPI: "asgi", FixTarget.STARLETTE: "asgi", FixTarget.DJANGO: "fork"}
    return WireCase(
        name=f"{where.name}_{name}".lower().replace("-", "_"),
        host=host.get(where, "wsgi"),
        made_of=MADE_OF[where],
        where=where,
        mistake=mistake,
        source=source,
        **more,  # type: ignore[arg-type]
    )


def known_cases() -> Iterator[WireCase]:
    yield from _starlette()
    yield from _flask()
    yield from _django()


GUARD = """\
async def guard(request: Request, call_next):
    if request.headers.get("Authorization") != "Bearer secret":
        return Response(status_code={status}, headers={{"Location": "/login"}})
    return await call_next(request)

app.add_middleware(BaseHTTPMiddleware, dispatch=guard)
"""
HOSTS = """\
from starlette.middleware.trustedhost import TrustedHostMiddleware
app.add_middleware(TrustedHostMiddleware, allowed_hosts=["api.shop.com"])
"""


def _starlette() -> Iterator[WireCase]:
    right = asgi_cases.added(asgi_cases.RIGHT)
    sources = {FixTarget.FASTAPI: asgi_cases.FASTAPI, FixTarget.STARLETTE: asgi_cases.STARLETTE}
    for where, template in sources.items():

        def source(status: int, template: str = template) -> str:
            return template.format(setup=right + GUARD.format(status=status))

        hosts = template.format(setup=right + HOSTS)
        yield case(where, "host", Mistake.HOST_REFUSED, hosts)
        yield case(where, "host-put", Mistake.HOST_REFUSED, hosts, call=PUT)
        yield case(where, "429", Mistake.RATE_LIMIT, source(429), status=429)
        yield case(where, "429-put", Mistake.RATE_LIMIT, source(429), call=LOGGED_IN)
        yield case(where, "403", Mistake.PREFLIGHT_REFUSED, source(403), call=LOGGED_IN)
        yield case(where, "login", Mistake.LOGIN_REDIRECT, source(302), call=LOGGED_IN)
        bare = template.format(setup="")
        yield case(where, "redirect", Mistake.REDIRECT, bare, path="/api/list")


FLASK_GUARD = """
@app.before_request
def guard():
    if request.headers.get("Authorization") != "Bearer secret":
        {answer}
"""


def _flask() -> Iterator[WireCase]:
    decorated = flask_cases.DECORATOR
    for where in (FixTarget.FLASK, FixTarget.FLASK_CORS):
        is_library = where is FixTarget.FLASK_CORS
        imports = "from flask_cors import CORS, cross_origin\n" if is_library else ""
        filled = {"imports": imports, "options": "", "decorator": decorated if is_library else ""}

        def source(answer: str = "", filled: dict[str, str] = filled) -> str:
            guard = FLASK_GUARD.format(answer=answer) if answer else ""
            return flask_cases.FLASK.format(setup=guard, **filled)

        yield case(where, "429", Mistake.RATE_LIMIT, source("abort(429)"), status=429)
        login = source('return redirect("/login")')
        yield case(where, "429-put", Mistake.RATE_LIMIT, source("abort(429)"), call=LOGGED_IN)
        yield case(where, "403", Mistake.PREFLIGHT_REFUSED, source("abort(403)"), call=LOGGED_IN)
        yield case(where, "login", Mistake.LOGIN_REDIRECT, login, call=LOGGED_IN)
        yield case(where, "redirect", Mistake.REDIRECT, source(), path="/api/list")


CORS = other_cases.CORS
GUARD_OF_DJANGO = """
def guard(get_response):
    def middleware(request):
        if request.headers.get("Authorization") != "Bearer secret":
            return HttpResponse(status={status}, headers={{"Location": "/login"}})
        return get_response(request)

    return middleware


def data("""


def _django() -> Iterator[WireCase]:
    ours = other_cases.ONLY_US
    common = "django.middleware.common.CommonMiddleware"

    def source(settings: str, middleware: list[str], status: int = 0, origin: str = PAGE) -> str:
        text = other_cases.DJANGO.format(
            middleware=f"[{', '.join(repr(each) for each in middleware)}]".replace(
                "'HERE.", '__name__ + ".'
            ).replace(".guard'", '.guard"'),
            settings=settings,
            code=200,
            methods="PUT",
            origin=origin,
        )
        return text.replace("\ndef data(", GUARD_OF_DJANGO.format(status=status)).replace(
            'path("api/data", data)', 'path("api/data", data), path("api/list/", data)'
        )

    def row(name: str, mistake: Mistake, text: str, **more: object) -> WireCase:
        return case(FixTarget.DJANGO, name, mistake, text, **more)

    guarded = {status: source(ours, ["HERE.guard", CORS], status) for status in (302, 403, 429)}
    yield row("429", Mistake.RATE_LIMIT, guarded[429], status=429)
    yield row("429-put", Mistake.RATE_LIMIT, guarded[429], call=LOGGED_IN)
    yield row("403", Mistake.PREFLIGHT_REFUSED, guarded[403], call=LOGGED_IN)
    yield row("login", Mistake.LOGIN_REDIRECT, guarded[302], call=LOGGED_IN)
    below = source(ours, [common, CORS])
    yield row("append-slash", Mistake.REDIRECT, below, path="/api/list")
    refusing = below.replace('ALLOWED_HOSTS = ["*"]', 'ALLOWED_HOSTS = ["api.shop.com"]')
    yield row("host", Mistake.HOST_REFUSED, refusing)
    debug = 'DEBUG = True\nSECRET_KEY = "of a test"\nMIDDLEWARE'
    yield row("host-debug", Mistake.HOST_REFUSED, refusing.replace("MIDDLEWARE", debug, 1))
    limited = source(ours + 'CORS_URLS_REGEX = r"^/v1/.*$"\n', [CORS])
    yield row("regex", Mistake.ORIGIN_MISSING, limited)
    yield row("regex-put", Mistake.ORIGIN_MISSING, limited, call=PUT)
    by_hand = source("", ["HERE.by_hand"]).replace("HERE.", "").replace(".by_hand'", '.by_hand"')
    yield row("hand-expose", Mistake.NOT_EXPOSED, by_hand, exposes="X-Total-Count")
    odd = Call(method="PUT", headers=(("X-Shop", "1"),))
    yield row("odd-header", Mistake.ORIGIN_MISSING, source("", []), call=odd)
