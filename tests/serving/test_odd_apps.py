"""Apps of known frameworks that their framework itself cannot look into."""

import flask
import pytest

from cors_harness.errors import ServerUnfit
from cors_harness.serving.survey.app_routes import NotReadableError, survey_of
from cors_harness.serving.survey.raising import make_views_raise


class Odd(flask.Flask):
    """As Django, which imports its URLs when it is first asked for them."""

    def __getattribute__(self, name: str) -> object:
        if name in {"url_map", "view_functions"}:
            raise ImportError("no module\n  named urls")
        return super().__getattribute__(name)


@pytest.fixture
def odd() -> flask.Flask:
    app = flask.Flask("odd")
    app.__class__ = Odd
    return app


def test_what_the_framework_raises_is_why_routes_cannot_be_read(odd: flask.Flask) -> None:
    with pytest.raises(NotReadableError, match="Flask raised ImportError: no module named urls\n"):
        survey_of(odd)


def test_what_the_framework_raises_is_why_views_do_not(odd: flask.Flask) -> None:
    with pytest.raises(ServerUnfit, match="Flask raised ImportError: no module named urls"):
        make_views_raise(odd)
