"""Which lines each server that comes with the project gets: by what its entry declares."""

from tests.advice.call_builders import PUT, blocked, preflight

from cors_harness.advice.advise import advise
from cors_harness.model.advice import FixTarget
from cors_harness.model.events import FRAMEWORKS, ServerVersion
from cors_harness.serving.reference.registry import load_registry
from cors_harness.serving.survey.known_apps import Framework
from cors_harness.terms.reasons import ReasonCode

BY_NAME = {
    "flask-bare": FixTarget.FLASK,
    "flask-cors": FixTarget.FLASK_CORS,
    "fastapi-cors-middleware": FixTarget.FASTAPI,
    "starlette": FixTarget.STARLETTE,
    "django": FixTarget.DJANGO,
    "django-rest-framework": FixTarget.DJANGO,
    "django-ninja": FixTarget.DJANGO,
    "aiohttp-cors": FixTarget.AIOHTTP_CORS,
    "apiflask": FixTarget.FLASK_CORS,
    "blacksheep": FixTarget.BLACKSHEEP,
    "bottle": FixTarget.BOTTLE,
    "connexion": FixTarget.CONNEXION,
    "falcon": FixTarget.FALCON,
    "litestar": FixTarget.LITESTAR,
    "pyramid": FixTarget.PYRAMID,
    "quart-cors": FixTarget.QUART,
    "sanic-ext": FixTarget.SANIC,
    "tornado": FixTarget.TORNADO,
}


def test_every_server_gets_lines_of_its_own_framework() -> None:
    record = blocked(ReasonCode.PREFLIGHT_STATUS, preflight(405), call=PUT)
    found = {}
    for entry in load_registry():
        advice = advise(record, entry.versions)
        assert advice is not None
        found[entry.name] = advice.where
    assert {name: found[name] for name in BY_NAME} == BY_NAME
    assert [name for name, where in found.items() if where is FixTarget.ANY] == ["verbatim"]


def test_every_framework_that_an_app_can_be_of_has_lines() -> None:
    record = blocked(ReasonCode.PREFLIGHT_STATUS, preflight(405), call=PUT)
    for framework in Framework:
        server = ServerVersion(name="app", versions=(), frameworks=(framework.value,))
        advice = advise(record, server.made_of)
        assert advice is not None
        assert advice.lines
        assert advice.where is not FixTarget.ANY
        assert set(server.made_of) <= FRAMEWORKS
