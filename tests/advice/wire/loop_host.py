"""Serves apps of aiohttp and of Tornado, which are neither WSGI nor ASGI, until its stdin ends.

`python loop_host.py MODULE...` in the folder of the modules; a line of JSON has their ports.
"""

import asyncio
import importlib
import json
import socket
import sys

from aiohttp import web
from tornado.httpserver import HTTPServer


async def serve(names: list[str]) -> None:
    ports = {}
    for name in names:
        app = importlib.import_module(name).app
        listener = socket.create_server(("127.0.0.1", 0))
        ports[name] = listener.getsockname()[1]
        if isinstance(app, web.Application):
            runner = web.AppRunner(app)
            await runner.setup()
            await web.SockSite(runner, listener).start()
        else:
            listener.setblocking(False)
            HTTPServer(app).add_sockets([listener])
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    sys.path.insert(0, "")
    asyncio.run(serve(sys.argv[1:]))
