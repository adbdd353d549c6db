"""READERS: the reader of each framework. A new framework is a module beside this and a row here."""

from collections.abc import Mapping

from cors_harness.serving.survey.frameworks.aiohttp import AIOHTTP
from cors_harness.serving.survey.frameworks.blacksheep import BLACKSHEEP
from cors_harness.serving.survey.frameworks.bottle import BOTTLE
from cors_harness.serving.survey.frameworks.connexion import CONNEXION
from cors_harness.serving.survey.frameworks.django import DJANGO
from cors_harness.serving.survey.frameworks.falcon import FALCON
from cors_harness.serving.survey.frameworks.flask import FLASK, QUART
from cors_harness.serving.survey.frameworks.litestar import LITESTAR
from cors_harness.serving.survey.frameworks.pyramid import PYRAMID
from cors_harness.serving.survey.frameworks.sanic import SANIC
from cors_harness.serving.survey.frameworks.starlette import FASTAPI, STARLETTE
from cors_harness.serving.survey.frameworks.tornado import TORNADO
from cors_harness.serving.survey.known_apps import Framework
from cors_harness.serving.survey.reader import AppReader

READERS: Mapping[Framework, AppReader] = {
    Framework.FLASK: FLASK,
    Framework.FASTAPI: FASTAPI,
    Framework.STARLETTE: STARLETTE,
    Framework.QUART: QUART,
    Framework.DJANGO: DJANGO,
    Framework.LITESTAR: LITESTAR,
    Framework.SANIC: SANIC,
    Framework.FALCON: FALCON,
    Framework.AIOHTTP: AIOHTTP,
    Framework.TORNADO: TORNADO,
    Framework.BOTTLE: BOTTLE,
    Framework.PYRAMID: PYRAMID,
    Framework.BLACKSHEEP: BLACKSHEEP,
    Framework.CONNEXION: CONNEXION,
}
