"""CORSMiddleware in Connexion without a position: further inside than what makes the errors."""

from connexion import FlaskApp, request
from starlette.middleware.cors import CORSMiddleware


def get_data():
    return {"method": request.method}


def put_data():
    return {"method": request.method}


def operation(name):
    return {"operationId": f"{__name__}.{name}", "responses": {"200": {"description": "data"}}}


app = FlaskApp(__name__)
app.add_middleware(CORSMiddleware, allow_origins=["https://example.com"], allow_methods=["*"])
app.add_api(
    {
        "openapi": "3.0.3",
        "info": {"title": "data", "version": "1"},
        "paths": {"/api/data": {"get": operation("get_data"), "put": operation("put_data")}},
    }
)
