"""READERS: the reader of each framework. A new framework is a module beside this and a row here."""

from collections.abc import Mapping

from cors_harness.serving.survey.frameworks.django import DJANGO
from cors_harness.serving.survey.frameworks.flask import FLASK
from cors_harness.serving.survey.frameworks.starlette import FASTAPI, STARLETTE
from cors_harness.serving.survey.known_apps import Framework
from cors_harness.serving.survey.reader import AppReader

READERS: Mapping[Framework, AppReader] = {
    Framework.FLASK: FLASK,
    Framework.FASTAPI: FASTAPI,
    Framework.STARLETTE: STARLETTE,
    Framework.DJANGO: DJANGO,
}
