"""A project of a user's own, somewhere else: its app, its scenarios, its `pyproject.toml`."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.wait_for_exit import HANG_S

SHOP = """\
import os, sys, threading
import flask, flask_cors

app = flask.Flask("shop")
flask_cors.CORS(app, origins=["https://app.example.com", r"http://127\\.0\\.0\\.1:\\d+"])

@app.get("/where")
def where():
    return {"cwd": os.getcwd(), "url": flask.request.url, "host": flask.request.host}

@app.get("/die")
def die():
    os.write(2, b"out of memory\\n")
    os._exit(5)

@app.get("/hang")
def hang():
    threading.Event().wait()
"""
COMMAND = "{python} -m flask --app shop run --port {{port}}"
SCENARIO = """\
- id: get-{name}
  title: {name} may be read
  spec: https://fetch.spec.whatwg.org/#cors-check
  request: {{path: /{name}}}
  expect: {{outcome: allowed, status: 200}}
"""


def scenarios(*names: str) -> str:
    """A scenario for each path."""
    return "".join(SCENARIO.format(name=name) for name in names)


def command() -> str:
    """What starts the app by the user's own means."""
    return COMMAND.format(python=sys.executable)


def written(folder: Path, files: Mapping[str, str]) -> Path:
    """`folder` with the app and these files."""
    for name, text in {"shop.py": SHOP, **files}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def start(folder: Path, module: str, *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    """`python -m MODULE …` in the project; nothing of ours is in its environment."""
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    return subprocess.run(  # noqa: S603 - this program
        [sys.executable, "-m", module, *argv],
        cwd=folder,
        env={**environment, "COLUMNS": "100", **env},
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
