"""Recipe for frameworks in which a policy is code of one's own: Falcon, aiohttp, Tornado and more.

Each answers preflights before anything else sees them, and then adds headers to every answer, to
errors too.
"""

from cors_harness.advice.by_hand import PREFLIGHT, Statements, allowed_origins, put_headers
from cors_harness.advice.python_lines import NO_RECIPE, OTHERS_STAY, Lines, Recipe
from cors_harness.model.advice import FixTarget, Mistake
from cors_harness.model.server import CorsPolicy

WRITTEN_OUT = frozenset(
    {
        *(FixTarget.FALCON, FixTarget.AIOHTTP, FixTarget.TORNADO, FixTarget.BOTTLE),
        FixTarget.PYRAMID,
    }
)
REPLACED = f"in place of other lines about CORS, {OTHERS_STAY}"
ORIGIN = 'request.headers.get("Origin")'
NOT_FOUND = 404


def for_middleware(
    target: FixTarget, mistake: Mistake, policy: CorsPolicy, status: int | None
) -> Recipe:
    """The recipe of one of these; `status`: of the answer that the browser stopped at."""
    match target:
        case FixTarget.FALCON:
            return Recipe(place=_FALCON, lines=_falcon(policy))
        case FixTarget.AIOHTTP:
            place = f"below app = web.Application(...), above web.run_app(...), {REPLACED}"
            return Recipe(place=place, lines=_aiohttp(policy))
        case FixTarget.TORNADO if mistake is Mistake.ERROR and status == NOT_FOUND:
            return NO_RECIPE  # no handler of the app's own answers
        case FixTarget.TORNADO:
            return Recipe(place=_TORNADO, lines=_tornado(policy))
        case FixTarget.BOTTLE:
            place = f"right below app = Bottle(), above every other hook, {REPLACED}"
            crash: Lines = _BOTTLE_CRASH if mistake is Mistake.CRASH else ()
            return Recipe(place=place, lines=(*_bottle(policy), *crash))
        case _:
            crash = _PYRAMID_CRASH if mistake is Mistake.CRASH else ()
            return Recipe(place=_PYRAMID, lines=(*_pyramid(policy), *crash))


_FALCON = (
    "right below app = falcon.App(...), which gets no cors_enable; above all other middleware, "
    "that of falcon.App(middleware=...) too, and in place of falcon.CORSMiddleware, which would "
    f"take the headers away from answers of an on_options; {OTHERS_STAY}"
)


def _falcon(policy: CorsPolicy) -> Lines:
    spelling = Statements(
        origin='request.get_header("Origin")',
        put=lambda name, value: f"response.set_header({name}, {value})",
        vary='response.append_header("Vary", "Origin")',
        indent=" " * 8,
    )
    asks = 'request.get_header("Access-Control-Request-Method")'
    return (
        *allowed_origins(policy),
        "class AllowCors:",
        "    def process_request(self, request, response):",
        f'        if request.method == "OPTIONS" and {asks}:',
        '            response.status = "204 No Content"',
        "            response.complete = True",
        "",
        "    def process_response(self, request, response, resource, req_succeeded):",
        *put_headers(policy, spelling),
        "",
        "    async def process_request_async(self, request, response):",
        "        self.process_request(request, response)",
        "",
        "    async def process_response_async(self, *answered):",
        "        self.process_response(*answered)",
        "",
        "",
        "app.add_middleware(AllowCors())",
    )


def _aiohttp(policy: CorsPolicy) -> Lines:
    spelling = Statements(
        origin=ORIGIN,
        put=lambda name, value: f"response.headers[{name}] = {value}",
        vary='response.headers.add("Vary", "Origin")',
        indent=" " * 4,
    )
    return (
        "from aiohttp import web",
        "",
        *allowed_origins(policy),
        "@web.middleware",
        "async def answer_preflights(request, handler):",
        f"    if {PREFLIGHT}:",
        "        return web.Response(status=204)",
        "    return await handler(request)",
        "",
        "",
        "async def allow_cors(request, response):",
        *put_headers(policy, spelling),
        "",
        "",
        "app.middlewares.insert(0, answer_preflights)",
        "app.on_response_prepare.append(allow_cors)",
    )


_TORNADO = (
    "above the handlers; each has it as its first base class, as in class Orders(AllowCors, "
    f"RequestHandler); {REPLACED}"
)


def _tornado(policy: CorsPolicy) -> Lines:
    spelling = Statements(
        origin='self.request.headers.get("Origin")',
        put=lambda name, value: f"self.set_header({name}, {value})",
        vary='self.add_header("Vary", "Origin")',
        indent=" " * 8,
    )
    return (
        *allowed_origins(policy),
        "class AllowCors:",
        "    def set_default_headers(self):",
        *put_headers(policy, spelling),
        "",
        "    def prepare(self):",
        "        request = self.request",
        f"        if not ({PREFLIGHT}):",
        "            return super().prepare()",
        "        self.set_status(204)",
        "        self.finish()",
    )


def _bottle(policy: CorsPolicy) -> Lines:
    spelling = Statements(
        origin=ORIGIN,
        put=lambda name, value: f"response.set_header({name}, {value})",
        vary='response.add_header("Vary", "Origin")',
        indent=" " * 4,
    )
    return (
        "from bottle import HTTPResponse, request, response",
        "",
        *allowed_origins(policy),
        '@app.hook("before_request")',
        "def answer_preflights():",
        f"    if {PREFLIGHT}:",
        "        raise HTTPResponse(status=204)",
        "",
        "",
        '@app.hook("after_request")',
        "def allow_cors():",
        *put_headers(policy, spelling),
    )


_BOTTLE_CRASH: Lines = (  # hooks are over when Bottle makes a 500 of an exception
    "",
    "",
    "@app.error(500)",
    "def crashed(error):",
    "    allow_cors()",
    '    return "Internal Server Error"',
)
_PYRAMID = (
    "above app = config.make_wsgi_app(); where that is in a function, what begins with config. "
    f"goes in there and the rest above it; {REPLACED}"
)
_PYRAMID_CRASH: Lines = (
    "",
    "import logging",
    "",
    "",
    "def crashed(error, request):",
    "    logging.error('a view crashed', exc_info=error)",
    "    return Response('Internal Server Error', status=500)",
    "",
    "",
    "config.add_exception_view(crashed)",
)


def _pyramid(policy: CorsPolicy) -> Lines:
    spelling = Statements(
        origin=ORIGIN,
        put=lambda name, value: f"response.headers[{name}] = {value}",
        vary='response.headers.add("Vary", "Origin")',
        indent=" " * 8,
    )
    return (
        "from pyramid.response import Response",
        "from pyramid.tweens import INGRESS",
        "",
        *allowed_origins(policy),
        "def allow_cors(handler, registry):",
        "    def answer(request):",
        f"        is_preflight = {PREFLIGHT}",
        "        response = Response(status=204) if is_preflight else handler(request)",
        *put_headers(policy, spelling),
        "        return response",
        "",
        "    return answer",
        "",
        "",
        'config.add_tween(f"{__name__}.allow_cors", under=INGRESS)',
    )
