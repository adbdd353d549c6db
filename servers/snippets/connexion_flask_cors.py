"""Flask-CORS in Connexion 3, as it was done in Connexion 2: on the Flask app inside.

Connexion's own router is asked first, and it knows no OPTIONS.
"""

from connexion import FlaskApp, request
from flask_cors import CORS


def get_data():
    return {"method": request.method}


def put_data():
    return {"method": request.method}


def operation(name):
    return {"operationId": f"{__name__}.{name}", "responses": {"200": {"description": "data"}}}


app = FlaskApp(__name__)
app.add_api(
    {
        "openapi": "3.0.3",
        "info": {"title": "data", "version": "1"},
        "paths": {"/api/data": {"get": operation("get_data"), "put": operation("put_data")}},
    }
)
CORS(app.app, origins=["https://example.com"])
