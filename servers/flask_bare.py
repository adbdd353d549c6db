"""Flask without a word about CORS: a browser on another origin sends, and may read nothing."""

from flask import Blueprint, Flask, jsonify, make_response, request
from flask.typing import ResponseReturnValue

from cors_harness.model.server import CorsPolicy

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

routes = Blueprint("routes", __name__)


def data() -> ResponseReturnValue:
    """The route most scenarios call; page code sees `X-Total-Count` only when it is exposed."""
    return jsonify(method=request.method), {"X-Total-Count": "3"}


@routes.route("/api/list/", methods=["GET", "POST"])
def items() -> ResponseReturnValue:
    """Without the last slash Flask answers 308, to the preflight too, and no browser follows."""
    return jsonify(items=["a", "b", "c"])


@routes.get("/api/error")
def error() -> ResponseReturnValue:
    """A bug that nobody handles: Flask turns it into a 500."""
    raise RuntimeError("this route always fails")


@routes.post("/api/login")
def login() -> ResponseReturnValue:
    """Logs `?user=` in: sets the cookie that `/api/me` asks for."""
    user = request.args.get("user", "ann")
    response = make_response(jsonify(user=user))
    response.set_cookie(f"session-{user}", "in", path="/", httponly=True)
    return response


@routes.get("/api/me")
def me() -> ResponseReturnValue:
    """Says who is logged in, and 401 when the cookie did not come along."""
    user = request.args.get("user", "ann")
    if request.cookies.get(f"session-{user}") == "in":
        return jsonify(user=user)
    return jsonify(error="not logged in"), 401


def create_app(_policy: CorsPolicy) -> Flask:
    """The app as Flask makes it; no part of the policy is used."""
    app = Flask(__name__)
    app.add_url_rule("/api/data", view_func=data, methods=METHODS)
    app.register_blueprint(routes)
    return app
