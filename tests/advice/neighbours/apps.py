"""Apps of which one call is wrong and others are right, and apps that let strangers in."""

FASTAPI = """\
from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
{setup}

@app.api_route("/api/data", methods=["GET", "PUT", "DELETE"])
async def data(response: Response):
    response.headers["X-Total-Count"] = "3"
    response.headers["ETag"] = '"1"'
    return []


@app.api_route("/api/options", methods=["GET", "OPTIONS"])
async def options():
    return ["GET", "OPTIONS"]


@app.get("/api/error")
async def error():
    raise RuntimeError("nobody catches this")
"""
FLASK = """\
from flask import Flask, jsonify, request
from flask_cors import CORS, cross_origin

app = Flask(__name__)
{setup}

@app.route("/api/data", methods=["GET", "PUT", "DELETE"])
def data():
    response = jsonify([])
    response.headers["X-Total-Count"] = "3"
    response.headers["ETag"] = '"1"'
    return response
"""
DJANGO = """\
INSTALLED_APPS = ["corsheaders"]
MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware"]
ROOT_URLCONF = __name__
ALLOWED_HOSTS = ["*"]
LOGGING_CONFIG = None
{setup}
# the end of the settings

import django
from django.conf import settings
from django.http import JsonResponse
from django.urls import path

settings.configure(**{{name: value for name, value in globals().items() if name.isupper()}})
django.setup()

urlpatterns = [path("api/data", lambda request: JsonResponse({{}}))]

from django.core.wsgi import get_wsgi_application

app = get_wsgi_application()
"""


def fastapi(arguments: str) -> str:
    return FASTAPI.format(setup=f"app.add_middleware(CORSMiddleware, {arguments})\n")


def flask_cors(arguments: str) -> str:
    return FLASK.format(setup=f"CORS(app, {arguments})\n")


def by_hand(lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines.splitlines())
    setup = f"\n@app.after_request\ndef by_hand(response):\n{body}    return response\n"
    return FLASK.format(setup=setup)


REFLECTING = """\
origin = request.headers.get("Origin")
if origin:
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Credentials"] = "true"
"""
ENDING = REFLECTING.replace("if origin:", 'if origin and origin.endswith("app.example.com"):')
