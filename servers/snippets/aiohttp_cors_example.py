"""What aiohttp-cors has at the beginning of its README: every site reads, with its cookies."""

import aiohttp_cors
from aiohttp import web


async def handler(request):
    return web.json_response({"method": request.method})


app = web.Application()

cors = aiohttp_cors.setup(
    app,
    defaults={
        "*": aiohttp_cors.ResourceOptions(
            allow_credentials=True,
            expose_headers="*",
            allow_headers="*",
        )
    },
)

resource = app.router.add_resource("/api/data")
cors.add(resource.add_route("GET", handler))
cors.add(resource.add_route("PUT", handler))
