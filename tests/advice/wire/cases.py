"""WireCase: an app of a framework with one mistake; every mistake in every framework."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.advice.wire import framework_apps as apps

from cors_harness.model.advice import FixTarget, Mistake
from cors_harness.model.scenario import Call
from cors_harness.terms.modes import CredentialsMode

DATA, OLD, ERROR = "/api/data", "/api/old", "/api/error"
GET = Call()
PUT = Call(method="PUT", headers=(("Content-Type", "application/json"),))
LOGGED_IN = Call(method="PUT", headers=(("Authorization", "Bearer secret"),))
COOKIES = Call(credentials=CredentialsMode.INCLUDE)
PUT_COOKIES = Call(method="PUT", headers=PUT.headers, credentials=CredentialsMode.INCLUDE)

PAGE, OTHER = "https://app.example.com", "https://www.example.com"
BEGIN, END = "# about CORS\n", "# that was about CORS\n"


@dataclass(frozen=True, kw_only=True)
class WireCase:
    """One app and one call.

    Attributes:
        name: of its module too.
        host: `wsgi`, `asgi`, `loop` or `fork`: what serves it.
        made_of: distributions of the app.
        source: the file that a person would change.
        status: of the answer that the page reads in the end.
    """

    name: str
    host: str
    made_of: tuple[str, ...]
    where: FixTarget
    mistake: Mistake
    source: str
    call: Call = GET
    path: str = DATA
    status: int = 200
    exposes: str = ""


# What anyone may put around an app of an interface, by hand.
AROUND = {
    "asgi": """\
class ByHand:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["method"] == "OPTIONS" and ON_OPTIONS is not None:
            headers = [(n.encode(), v.encode()) for n, v in ON_OPTIONS]
            start = {"type": "http.response.start", "status": STATUS, "headers": headers}
            await send(start)
            return await send({"type": "http.response.body", "body": b""})

        async def sending(message):
            if message["type"] == "http.response.start":
                added = [(n.encode(), v.encode()) for n, v in ON_OTHERS]
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        await self.app(scope, receive, sending)


app = ByHand(app)
""",
    "wsgi": """\
def by_hand(app):
    def answer(environ, start_response):
        if environ["REQUEST_METHOD"] == "OPTIONS" and ON_OPTIONS is not None:
            start_response(f"{STATUS} So", list(ON_OPTIONS))
            return [b""]
        return app(environ, lambda status, headers, *rest: start_response(
            status, [*headers, *ON_OTHERS], *rest))
    return answer


app = by_hand(app)
""",
    "aiohttp": """\
@web.middleware
async def options_by_hand(request, handler):
    if request.method == "OPTIONS" and ON_OPTIONS is not None:
        return web.Response(status=STATUS, headers=ON_OPTIONS)
    return await handler(request)


async def others_by_hand(request, response):
    for name, value in () if request.method == "OPTIONS" else ON_OTHERS:
        response.headers.add(name, value)


app.middlewares.insert(0, options_by_hand)
app.on_response_prepare.append(others_by_hand)
""",
    "tornado": """\
class ByHand:
    def set_default_headers(self):
        is_preflight = self.request.method == "OPTIONS"
        for name, value in ON_OPTIONS if is_preflight else ON_OTHERS:
            self.add_header(name, value)

    def prepare(self):
        if self.request.method == "OPTIONS":
            self.set_status(STATUS)
            self.finish()
""",
}
ALLOW = {
    "Access-Control-Allow-Origin": PAGE,
    "Access-Control-Allow-Methods": "GET, PUT",
    "Access-Control-Allow-Headers": "Content-Type",
}


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A framework in which every mistake is made.

    Attributes:
        around: key of AROUND.
        unanswered: the mistake where nothing is said of CORS and a page asks with a preflight.
    """

    where: FixTarget
    app: str
    host: str
    made_of: tuple[str, ...]
    around: str
    unanswered: Mistake = Mistake.PREFLIGHT_ROUTE

    def source(self, cors: str = "", guard: int = 0, **more: str) -> str:
        filled = {"more": "", "first": "", "options": "", **more}
        kind = "asgi" if self.host == "asgi" else "app"
        adapt = "also_async(answer)" if self.host == "asgi" else "sync(answer)"
        block = f"{BEGIN}{cors}{END}" if cors else ""
        inside = {"cors": block, "guard": guard, "kind": kind, "adapt": adapt}
        return self.app.format(**inside, **filled)


PEERS = (
    Peer(
        where=FixTarget.LITESTAR,
        app=apps.LITESTAR,
        host="asgi",
        made_of=("litestar", "uvicorn"),
        around="asgi",
        unanswered=Mistake.ORIGIN_MISSING,
    ),
    Peer(
        where=FixTarget.QUART,
        app=apps.QUART,
        host="asgi",
        made_of=("quart", "quart-cors", "flask", "werkzeug", "uvicorn"),
        around="asgi",
        unanswered=Mistake.ORIGIN_MISSING,
    ),
    Peer(
        where=FixTarget.SANIC,
        app=apps.SANIC,
        host="asgi",
        made_of=("sanic", "sanic-ext", "uvicorn"),
        around="asgi",
        unanswered=Mistake.ORIGIN_MISSING,
    ),
    Peer(
        where=FixTarget.FALCON,
        app=apps.FALCON.replace("falcon.{kind}.App", "falcon.App").replace(
            "import falcon.{kind}\n", ""
        ),
        host="wsgi",
        made_of=("falcon", "waitress"),
        around="wsgi",
        unanswered=Mistake.ORIGIN_MISSING,
    ),
    Peer(
        where=FixTarget.FALCON,
        app=apps.FALCON,
        host="asgi",
        made_of=("falcon", "uvicorn"),
        around="asgi",
        unanswered=Mistake.ORIGIN_MISSING,
    ),
    Peer(
        where=FixTarget.AIOHTTP,
        app=apps.AIOHTTP.replace("import aiohttp_cors\n", ""),
        host="loop",
        made_of=("aiohttp",),
        around="aiohttp",
    ),
    Peer(
        where=FixTarget.AIOHTTP_CORS,
        app=apps.AIOHTTP,
        host="loop",
        made_of=("aiohttp", "aiohttp-cors"),
        around="aiohttp",
    ),
    Peer(
        where=FixTarget.TORNADO,
        app=apps.TORNADO,
        host="loop",
        made_of=("tornado",),
        around="tornado",
    ),
    Peer(
        where=FixTarget.BOTTLE,
        app=apps.BOTTLE,
        host="wsgi",
        made_of=("bottle", "waitress"),
        around="wsgi",
    ),
    Peer(
        where=FixTarget.PYRAMID,
        app=apps.PYRAMID,
        host="wsgi",
        made_of=("pyramid", "waitress"),
        around="wsgi",
    ),
    Peer(
        where=FixTarget.CONNEXION,
        app=apps.CONNEXION,
        host="asgi",
        made_of=("connexion", "flask", "starlette", "uvicorn"),
        around="asgi",
    ),
    Peer(
        where=FixTarget.BLACKSHEEP,
        app=apps.BLACKSHEEP,
        host="asgi",
        made_of=("blacksheep", "uvicorn"),
        around="asgi",
    ),
)
HAND: Mapping[str, tuple[Mistake, Call, Mapping[str, str], Mapping[str, str], int]] = {
    "other": (Mistake.ORIGIN_MISMATCH, GET, {"Allow-Origin": OTHER}, {}, 200),
    "several": (Mistake.SEVERAL_IN_ONE, GET, {"Allow-Origin": f"{OTHER}, {PAGE}"}, {}, 200),
    "star": (Mistake.WILDCARD_CREDENTIALS, COOKIES, {"Allow-Origin": "*"}, {}, 200),
    "cookies": (Mistake.CREDENTIALS, COOKIES, {"Allow-Origin": PAGE}, {}, 200),
    "put-cookies": (Mistake.CREDENTIALS, PUT_COOKIES, {}, {}, 200),
    "method": (Mistake.METHOD, PUT, {}, {"Allow-Methods": "GET"}, 200),
    "header": (Mistake.HEADER, PUT, {}, {"Allow-Headers": "X-Shop"}, 200),
    "list": (Mistake.LIST_INVALID, PUT, {}, {"Allow-Methods": "GET PUT"}, 200),
    "options-only": (Mistake.ONLY_ON_PREFLIGHT, PUT, {}, {}, 200),
    "expose": (Mistake.NOT_EXPOSED, GET, {"Allow-Origin": PAGE}, {}, 200),
    "away": (Mistake.PREFLIGHT_REDIRECT, PUT, {}, {"Location": "/api/elsewhere"}, 308),
    "login": (Mistake.LOGIN_REDIRECT, PUT, {}, {"Location": "/login"}, 302),
}


def cases() -> Iterator[WireCase]:
    """What anyone can do wrong in any framework."""
    for peer in PEERS:
        yield from _plain(peer)
        yield from _by_hand(peer)


def case_of(peer: Peer, name: str, mistake: Mistake, source: str, **more: object) -> WireCase:
    return WireCase(
        name=f"{peer.where.name}_{peer.host}_{name}".lower().replace("-", "_"),
        host=peer.host,
        made_of=peer.made_of,
        where=peer.where,
        mistake=mistake,
        source=source,
        **more,  # type: ignore[arg-type]
    )


GUARDED = {
    401: Mistake.PREFLIGHT_AUTH,
    403: Mistake.PREFLIGHT_REFUSED,
    429: Mistake.RATE_LIMIT,
    404: Mistake.PREFLIGHT_ROUTE,
    500: Mistake.PREFLIGHT_ERROR,
}


def _plain(peer: Peer) -> Iterator[WireCase]:
    """Nothing is said of CORS."""
    source = peer.source()
    yield case_of(peer, "get", Mistake.ORIGIN_MISSING, source)
    yield case_of(peer, "put", peer.unanswered, source, call=PUT)
    yield case_of(peer, "redirect", Mistake.REDIRECT, source, path=OLD)
    yield case_of(peer, "crash", Mistake.CRASH, source, path=ERROR, status=500)
    yield case_of(peer, "read-401", Mistake.ERROR, peer.source(guard=401), status=401)
    yield case_of(peer, "read-429", Mistake.RATE_LIMIT, peer.source(guard=429), status=429)
    for status, mistake in GUARDED.items():
        source = peer.source(guard=status)
        yield case_of(peer, f"guard-{status}", mistake, source, call=LOGGED_IN)


def _by_hand(peer: Peer) -> Iterator[WireCase]:
    for name, (mistake, call, others, options, status) in HAND.items():
        on_others = {f"Access-Control-{key}": value for key, value in others.items()}
        if name == "put-cookies":
            on_others = {"Access-Control-Allow-Origin": PAGE}
        on_options = ALLOW | {
            key if key == "Location" else f"Access-Control-{key}": value
            for key, value in options.items()
        }
        if status != 200:
            on_options = {"Location": options["Location"]}
        source = hand(peer, list(on_others.items()), list(on_options.items()), status)
        more = {"exposes": "X-Total-Count"} if name == "expose" else {}
        yield case_of(peer, name, mistake, source, call=call, **more)
    twice = [("Access-Control-Allow-Origin", PAGE)] * 2
    yield case_of(peer, "twice", Mistake.TWICE, hand(peer, twice, list(ALLOW.items()), 200))


Pairs = list[tuple[str, str]]


def hand(peer: Peer, others: Pairs, options: Pairs, status: int) -> str:
    """The app with headers by hand, which is one block that CORS lines are put in place of."""
    facts = f"ON_OTHERS, ON_OPTIONS, STATUS = {others!r}, {options!r}, {status}\n\n\n"
    block = f"{BEGIN}{facts}{AROUND[peer.around]}{END}"
    if peer.around == "tornado":
        return peer.source(cors=f"{facts}{AROUND['tornado']}", first="ByHand, ")
    return f"{peer.source()}\n\n{block}"
