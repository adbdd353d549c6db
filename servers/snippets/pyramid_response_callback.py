"""The answer for Pyramid that most people find: headers from a subscriber, on every response.

No view answers OPTIONS, so that every preflight gets 404, with all the right headers on it.
"""

from pyramid.config import Configurator
from pyramid.events import NewRequest


def add_cors_headers_response_callback(event):
    def cors_headers(request, response):
        response.headers.update(
            {
                "Access-Control-Allow-Origin": "*",
                "Access-Control-Allow-Methods": "POST,GET,DELETE,PUT,OPTIONS",
                "Access-Control-Allow-Headers": "Origin, Content-Type, Accept, Authorization",
                "Access-Control-Allow-Credentials": "true",
                "Access-Control-Max-Age": "1728000",
            }
        )

    event.request.add_response_callback(cors_headers)


def data(request):
    return {"method": request.method}


config = Configurator()
config.add_subscriber(add_cors_headers_response_callback, NewRequest)
config.add_route("data", "/api/data")
config.add_view(data, route_name="data", request_method=("GET", "PUT"), renderer="json")
app = config.make_wsgi_app()
