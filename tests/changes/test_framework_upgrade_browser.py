"""An upgrade of Starlette under an app that nobody touched: the old one runs first, then ours."""

import os
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import pytest
from tests.changes.real_changes import COSMETIC, NARROWED, SAME, WIDENED, Classes
from tests.wait_for_exit import HANG_S

from cors_harness.changes.compare import compare
from cors_harness.changes.facts import facts_from_journal
from cors_harness.model.change import Comparison, ServerChange
from cors_harness.reports.wire_text import summary
from cors_harness.store.journal import read_journal

pytestmark = pytest.mark.browser

OLD = "0.47.3"
ENGINE = "webkit"  # what a server sends is the same to all
APP = """\
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route


async def notes(request):
    return JSONResponse(["milk"], headers={"X-Total-Count": "1"})


api = Starlette(routes=[Route("/notes", notes, methods=["GET", "PUT", "QUERY"])])
front = ["https://app.example.com"]
listed = CORSMiddleware(api, allow_origins=front, allow_methods=["*"])
anybody = CORSMiddleware(api, allow_origins=["*"], allow_credentials=True)
positional = CORSMiddleware(api, front, ["GET"], [], False, None, ["X-Total-Count"])
app = Starlette(
    routes=[Mount("/listed", listed), Mount("/anybody", anybody), Mount("/positional", positional)]
)
"""
# What is expected is what comes after the upgrade.
SCENARIOS = """\
- id: listed-get
  title: The page that is listed
  spec: https://fetch.spec.whatwg.org/#concept-cors-check
  request: {path: /listed/notes}
  expect: {outcome: allowed, wire: [request]}
- id: listed-stranger
  title: A page that is not
  spec: https://fetch.spec.whatwg.org/#concept-cors-check
  page: https://attacker.example
  request: {path: /listed/notes}
  expect: {outcome: blocked, wire: [request], reason: allow-origin-missing}
- id: listed-put
  title: A preflight
  spec: https://fetch.spec.whatwg.org/#cors-preflight-fetch
  request: {path: /listed/notes, method: PUT}
  expect: {outcome: allowed, wire: [preflight, request]}
- id: listed-query
  title: A method that is new
  spec: https://fetch.spec.whatwg.org/#cors-preflight-fetch
  request: {path: /listed/notes, method: QUERY}
  expect: {outcome: allowed, wire: [preflight, request]}
- id: anybody-credentials
  title: Credentials, from any page
  spec: https://fetch.spec.whatwg.org/#concept-cors-check
  page: https://attacker.example
  request: {path: /anybody/notes, credentials: include}
  expect: {outcome: allowed, wire: [request]}
- id: positional-exposed
  title: A header that the sixth argument exposed
  spec: https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name
  request: {path: /positional/notes}
  expect: {outcome: allowed, wire: [request], readable: {X-Total-Count: null}}
"""
ORIGINS = ("--page-origin", "https://app.example.com", "--server-origin", "https://api.example.org")
# Scenario -> what comes of the upgrade.
EXPECTED: Mapping[str, Classes] = {
    "listed-get": SAME,
    # Vary: Origin on every response: https://github.com/Kludex/starlette/pull/3516
    "listed-stranger": COSMETIC,
    # Vary names all three request headers that the answer to a preflight depends on.
    "listed-put": COSMETIC,
    # "*" has learnt a method.
    "listed-query": WIDENED,
    # The origin is repeated whether or not there is a cookie; "*" was no origin for this request.
    "anybody-credentials": WIDENED,
    # The sixth is allow_private_network now: https://github.com/stac-utils/stac-fastapi/pull/879
    "positional-exposed": NARROWED,
}


def test_upgrade_is_classed_right(tmp_path: Path) -> None:
    """One test, because its two runs would be two for each worker if it were several."""
    upgraded = upgrade(tmp_path)
    assert upgraded.servers_changed == (
        ServerChange(
            name="app",
            before=(("starlette", OLD),),
            after=(("starlette", metadata.version("starlette")),),
        ),
    )
    assert (upgraded.missing, upgraded.stale, upgraded.engines_changed) == ((), (), ())
    assert upgraded.compared == len(EXPECTED)
    found = {(each.scenario, each.class_, each.engines) for each in upgraded.changes}
    assert found == {
        (f"notes.yaml::{scenario}", class_, (ENGINE,))
        for scenario, classes in EXPECTED.items()
        for class_, _ in classes
    }, "\n".join(summary(each) for each in upgraded.changes)


def upgrade(folder: Path) -> Comparison:
    (folder / "notes.py").write_text(APP)
    (folder / "notes.yaml").write_text(SCENARIOS)
    old = installed(folder / "old")
    mismatch, before = ran(folder, first=(old,))
    as_expected, after = ran(folder, first=())
    assert (mismatch.returncode, as_expected.returncode) == (1, 0), mismatch.stderr
    return compare(*(facts_from_journal(*read_journal(each), Path()) for each in (before, after)))


def installed(folder: Path) -> Path:
    """The old version, in a folder of its own; ours stays as it is."""
    command = ("pip", "install", "--no-deps", "--target", str(folder), f"starlette=={OLD}")
    done = subprocess.run(  # noqa: S603 - pip of this interpreter
        [sys.executable, "-m", *command],
        check=False,
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    assert done.returncode == 0, done.stderr
    return folder


def ran(folder: Path, *, first: tuple[Path, ...]) -> tuple[subprocess.CompletedProcess[str], Path]:
    """What became of a run with `first` before everything that is installed, and its journal."""
    journal = folder / f"{len(first)}.jsonl"
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    path = os.pathsep.join(filter(None, (*map(str, first), *given)))
    argv = (
        "run",
        "notes.yaml",
        "--app",
        "notes:app",
        "--browser",
        ENGINE,
        *ORIGINS,
        "--journal",
        str(journal),
    )
    done = subprocess.run(  # noqa: S603 - this program
        [sys.executable, "-m", "cors_harness", *argv],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    return done, journal
