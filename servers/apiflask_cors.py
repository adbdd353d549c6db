"""APIFlask with the flask-cors extension: Flask, errors in JSON, bodies checked."""

from apiflask import APIFlask, Schema
from apiflask.fields import Float, String
from flask_cors import CORS

import flask_bare
from cors_harness.model.server import CorsPolicy
from flask_cors_extension import cors_options


class Item(Schema):
    """What POST /items/ takes; anything else is a 422."""

    name = String(required=True)
    price = Float(required=True)


def create_app(policy: CorsPolicy) -> APIFlask:
    """The bare routes and one with a schema, with `CORS(app, ...)`."""
    app = APIFlask(__name__)
    app.add_url_rule("/api/data", view_func=flask_bare.data, methods=flask_bare.METHODS)
    app.register_blueprint(flask_bare.routes)

    @app.post("/items/")
    @app.input(Item)
    @app.output(Item)
    def create_item(json_data: dict[str, object]) -> dict[str, object]:
        return json_data

    CORS(app, **cors_options(policy))
    return app
