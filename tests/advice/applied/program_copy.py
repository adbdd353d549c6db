"""A copy of the program with other servers in it, and runs of that copy."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.advice.applied.case import OTHER, PAGE, SERVER, Case
from tests.wait_for_exit import HANG_S

CHECKOUT = Path(__file__).resolve().parents[3]
BEHIND = {  # what stands behind the nginx cases: an app without CORS, and one that does it right
    "silent": "",
    "speaking": (
        'app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"],'
        ' allow_methods=["*"], allow_headers=["*"])\n'
    ),
}
USERS = "advised-users"  # of nginx: who has which password
Json = dict[str, Any]


def copy_program(
    folder: Path, cases: Sequence[Case], sources: Mapping[str, str], behind: str
) -> Path:
    """A checkout whose servers folder has these cases too, each with its source."""
    skip = shutil.ignore_patterns("__pycache__")
    for name in ("harness", "servers"):
        shutil.copytree(CHECKOUT / name, folder / name, ignore=skip)
    servers = folder / "servers"
    (servers / "advised").mkdir()
    (servers / "advised" / "__init__.py").touch()
    (servers / "deployments" / USERS).write_text("shop:{PLAIN}shop\n")
    entries, deployments = [], []
    for name, setup in BEHIND.items():
        (servers / "advised" / f"behind_{name}.py").write_text(behind.format(setup=setup))
        versions = ("fastapi", "starlette", "uvicorn")
        made_of = versions if name == "speaking" else ("uvicorn",)
        entries.append(_entry(f"behind-{name}", "asgi", made_of))
    for case in cases:
        source = sources[case.name]
        if case.is_nginx:
            (servers / "deployments" / f"{case.server}.conf").write_text(source)
            deployments.append(_deployment(case.server, "nginx", "any", f"{case.server}.conf"))
        elif not case.is_verbatim:
            module = case.server.replace("-", "_")
            (servers / "advised" / f"{module}.py").write_text(source)
            entries.append(_entry(case.server, case.interface, case.versions))
        if case.is_alone:
            alone = _deployment(f"alone-{case.server}", "waitress", "wsgi", "waitress_server.py")
            deployments.append(alone)
    _append(servers / "registry.toml", entries)
    _append(servers / "deployments" / "registry.toml", deployments)
    return folder


def _entry(name: str, interface: str, versions: Iterable[str]) -> str:
    module = name.replace("-", "_")
    return (
        f'{name} = {{app = "advised.{module}:app", interface = "{interface}", '
        f"versions = {json.dumps(list(versions))}, fixed = true}}"
    )


def _deployment(name: str, program: str, interface: str, file: str) -> str:
    files = [file, "nginx.main.conf", USERS] if program == "nginx" else [file]
    return (
        f'[deployment.{name}]\nprogram = "{program}"\ninterface = "{interface}"\n'
        f"files = {json.dumps(files)}\n"
    )


def _append(file: Path, lines: Iterable[str]) -> None:
    file.write_text(file.read_text("utf-8") + "\n" + "\n".join(lines) + "\n", "utf-8")


def scenarios(cases: Sequence[Case], sources: Mapping[str, str]) -> str:
    return "\n".join(
        f"""\
- id: {case.server}
  title: The page gets its answer
  spec: https://fetch.spec.whatwg.org/#http-cors-protocol
  page: {PAGE}
  origins: {{server: {SERVER}, other: {OTHER}}}
  {_server(case, sources)}
  request: {case.request}
  expect: {case.expect}
"""
        for case in cases
    )


def _server(case: Case, sources: Mapping[str, str]) -> str:
    return f"response: {sources[case.name]}" if case.is_verbatim else f'servers: ["{case.name}"]'


def run_copy(
    checkout: Path, cases: Sequence[Case], sources: Mapping[str, str], *options: str
) -> Mapping[tuple[str, str], Json]:
    """Records by name of the case and engine."""
    cells = run_scenarios(checkout, scenarios(cases, sources), *options)
    names = {case.server: case.name for case in cases}
    return {(names[cell["scenario"]], cell["engine"]): cell for cell in cells}


def run_scenarios(checkout: Path, text: str, *options: str) -> list[Json]:
    """Records of the cells of these scenarios."""
    file = checkout / "advised.yaml"
    file.write_text(text)
    done = subprocess.run(  # noqa: S603 - this program
        [sys.executable, "-m", "cors_harness", "run", str(file), "--json", *options],
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout / "harness")},
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    cells: list[Json] = json.loads(done.stdout)["cells"]
    return cells
