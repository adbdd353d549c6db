"""`route_cors` above the route: Quart has registered the function below it, and asks that one.

The right order is the other one, `@app.route` first.
"""

from quart import Quart, request
from quart_cors import route_cors

app = Quart(__name__)


@route_cors(allow_origin="https://example.com", allow_methods=["GET", "PUT"])
@app.route("/api/data", methods=["GET", "PUT"])
async def data():
    return {"method": request.method}
