"""Mistakes in what each framework itself has for CORS; its own answers to them are known ones."""

from collections.abc import Iterator

from tests.advice.wire.cases import (
    COOKIES,
    GET,
    LOGGED_IN,
    OTHER,
    PAGE,
    PEERS,
    PUT,
    Peer,
    WireCase,
    case_of,
)

from cors_harness.model.advice import FixTarget, Mistake
from cors_harness.model.scenario import Call

OPTIONS = """
def on_options(request, response):
    response.set_header("Access-Control-Allow-Origin", "https://app.example.com")
    response.set_header("Access-Control-Allow-Methods", "PUT")
    response.set_header("Access-Control-Allow-Headers", "Content-Type")


"""
ADDED = "app.add_middleware(CORSMiddleware, {})\n"
RIGHT = f"allow_origins=[{PAGE!r}], allow_methods=['*'], allow_headers=['*']"
# By framework: name, mistake, call, and what it says of CORS.
Row = tuple[str, Mistake, Call, str]


def litestar(arguments: str) -> str:
    return (
        "from litestar.config.cors import CORSConfig\n"
        f"cors_config = CORSConfig({arguments}, max_age=600)\n"
    )


def aiohttp_cors(origin: str, options: str) -> str:
    return (
        f"options = aiohttp_cors.ResourceOptions({options})\n"
        f"cors = aiohttp_cors.setup(app, defaults={{{origin!r}: options}})\n"
        "for route in list(app.router.routes()):\n    cors.add(route)\n"
    )


ROWS: dict[FixTarget, tuple[Row, ...]] = {
    FixTarget.LITESTAR: (
        ("its-other", Mistake.ORIGIN_MISSING, GET, litestar(f"allow_origins=[{OTHER!r}]")),
        ("its-other-put", Mistake.PREFLIGHT_REFUSED, PUT, litestar(f"allow_origins=[{OTHER!r}]")),
        (
            "its-method",
            Mistake.PREFLIGHT_REFUSED,
            PUT,
            litestar(f"allow_origins=[{PAGE!r}], allow_methods=['GET']"),
        ),
        (
            "its-header",
            Mistake.HEADER,
            LOGGED_IN,
            litestar(f"allow_origins=[{PAGE!r}], allow_headers=['X-Shop']"),
        ),
        ("its-cookies", Mistake.CREDENTIALS, COOKIES, litestar(f"allow_origins=[{PAGE!r}]")),
    ),
    FixTarget.QUART: (
        ("its-other", Mistake.ORIGIN_MISSING, PUT, f"app = cors(app, allow_origin=[{OTHER!r}])\n"),
        (
            "its-method",
            Mistake.METHOD,
            PUT,
            f"app = cors(app, allow_origin=[{PAGE!r}], allow_methods=['GET'])\n",
        ),
        (
            "its-header",
            Mistake.HEADER,
            LOGGED_IN,
            f"app = cors(app, allow_origin=[{PAGE!r}], allow_headers=['X-Shop'])\n",
        ),
    ),
    FixTarget.SANIC: (
        ("its-other", Mistake.ORIGIN_MISSING, PUT, f"app.config.CORS_ORIGINS = {OTHER!r}\n"),
        (
            "its-method",
            Mistake.METHOD,
            PUT,
            f"app.config.CORS_ORIGINS = {PAGE!r}\napp.config.CORS_METHODS = ['GET']\n",
        ),
        (
            "its-header",
            Mistake.HEADER,
            PUT,
            f"app.config.CORS_ORIGINS = {PAGE!r}\napp.config.CORS_ALLOW_HEADERS = ['x-shop']\n",
        ),
    ),
    FixTarget.FALCON: (
        (
            "its-other",
            Mistake.ORIGIN_MISSING,
            PUT,
            f"app.add_middleware(falcon.CORSMiddleware(allow_origins=[{OTHER!r}]))\n",
        ),
        (
            "its-cookies",
            Mistake.CREDENTIALS,
            COOKIES,
            f"app.add_middleware(falcon.CORSMiddleware(allow_origins=[{PAGE!r}]))\n",
        ),
        (
            "stripped",  # CORSMiddleware takes away what an on_options has set by hand
            Mistake.ORIGIN_MISSING,
            PUT,
            f"app.add_middleware(falcon.CORSMiddleware(allow_origins=[{PAGE!r}]))\n",
        ),
    ),
    FixTarget.AIOHTTP_CORS: (
        (
            "nohdr",
            Mistake.HEADER,
            PUT,
            aiohttp_cors(PAGE, "allow_credentials=True, allow_headers=('X-Foo',)"),
        ),
        ("nocred", Mistake.CREDENTIALS, COOKIES, aiohttp_cors(PAGE, "allow_headers='*'")),
        (
            "slash",
            Mistake.ORIGIN_MISSING,
            PUT,
            aiohttp_cors(f"{PAGE}/", "allow_credentials=True, allow_headers='*'"),
        ),
        ("bare", Mistake.PREFLIGHT_ROUTE, PUT, "cors = aiohttp_cors.setup(app)\n"),
    ),
    FixTarget.CONNEXION: (
        ("its-place", Mistake.PREFLIGHT_ROUTE, PUT, ADDED.format(RIGHT)),
        (
            "as-before-3",
            Mistake.PREFLIGHT_ROUTE,
            PUT,
            f"import flask_cors\nflask_cors.CORS(app.app, origins=[{PAGE!r}])\n",
        ),
    ),
    FixTarget.BLACKSHEEP: (
        ("its-other", Mistake.ORIGIN_MISSING, GET, f"app.use_cors(allow_origins=[{OTHER!r}])\n"),
        ("its-other-put", Mistake.ORIGIN_MISSING, PUT, f"app.use_cors(allow_origins={OTHER!r})\n"),
        (
            "its-method",
            Mistake.METHOD,
            PUT,
            f"app.use_cors(allow_origins=[{PAGE!r}], allow_methods=['GET'])\n",
        ),
        (
            "its-header",
            Mistake.HEADER,
            PUT,
            f"app.use_cors(allow_origins=[{PAGE!r}], allow_methods=['PUT'])\n",
        ),
    ),
}


def native_cases() -> Iterator[WireCase]:
    for peer in PEERS:
        for name, mistake, call, cors in ROWS.get(peer.where, ()):
            yield case_of(peer, name, mistake, _source(peer, name, cors), call=call)
        if peer.where is FixTarget.QUART:
            source = peer.source(cors=f"app = cors(app, allow_origin=[{PAGE!r}])\n")
            path, put = "/api/list", Call(method="PUT")
            yield case_of(peer, "slash", Mistake.PREFLIGHT_REDIRECT, source, call=put, path=path)
        if peer.where is FixTarget.CONNEXION:
            source = peer.source(cors=ADDED.format(RIGHT), guard=401)
            yield case_of(peer, "its-401", Mistake.ERROR, source, status=401)


def _source(peer: Peer, name: str, cors: str) -> str:
    if peer.where is FixTarget.LITESTAR:
        return peer.source(cors=cors, more=", cors_config=cors_config")
    if name == "stripped":
        return peer.source(cors=cors, options=", options=on_options").replace(
            "def resource(", f"{OPTIONS}def resource("
        )
    return peer.source(cors=cors)
