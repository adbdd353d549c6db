"""aiohttp-cors with a slash behind the origin: it answers each preflight 403; `PORT` is given."""

import sys

import aiohttp_cors
from aiohttp import web


async def change(_request: web.Request) -> web.Response:
    """What the page is after."""
    return web.json_response({})


app = web.Application()
app.router.add_put("/orders/{number}", change)
OPTIONS = aiohttp_cors.ResourceOptions(allow_headers="*")
cors = aiohttp_cors.setup(app, defaults={"https://app.example.com/": OPTIONS})
for route in list(app.router.routes()):
    cors.add(route)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
