"""A module that starts a server of its own when it is imported is imported without it."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import flask
import pytest

from cors_harness.serving.user.own_start import STARTS, without_own_start

LAST_LINES = {
    "flask.app": "import flask\napp = flask.Flask('a')\napp.run(port=1)\n",
    "bottle": "from bottle import Bottle, run\napp = Bottle()\nrun(app, port=1)\napp.run(port=1)\n",
    "aiohttp.web": (
        "from aiohttp import web\n"
        "app = web.Application()\n"
        "async def make(): return app\n"
        "web.run_app(make(), port=1)\n"
    ),
    "uvicorn": "import uvicorn\napp = object()\nuvicorn.run(app, port=1)\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("starts_")]:
        del sys.modules[name]


@pytest.mark.parametrize(("starts_in", "text"), LAST_LINES.items(), ids=LAST_LINES)
def test_server_of_the_last_line_is_left_out_and_told(
    folder: Path, capsys: pytest.CaptureFixture[str], starts_in: str, text: str
) -> None:
    module = f"starts_{starts_in.replace('.', '_')}"
    (folder / f"{module}.py").write_text(text)
    with without_own_start():
        imported = import_module(module)
    assert hasattr(imported, "app")
    left_out = f"cors-harness: {starts_in}.{STARTS[starts_in]}() is left out"
    assert left_out in capsys.readouterr().err


def test_later_calls_do_what_they_always_do() -> None:
    original = flask.Flask.run
    with without_own_start():
        assert flask.Flask.run is not original
    assert flask.Flask.run is original
    assert [finder for finder in sys.meta_path if "own_start" in type(finder).__module__] == []


def test_a_module_that_is_not_imported_yet_is_changed_and_put_right(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(STARTS, "starts_late", "serve")
    (folder / "starts_late.py").write_text("def serve(): return 'up'\n")
    with without_own_start():
        late = import_module("starts_late")
        assert late.serve() is None
    assert late.serve() == "up"
