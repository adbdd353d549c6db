"""Imports point one way: which unit may import which, and which third party lives where.

A unit is a module or package directly under `cors_harness`, and `servers/`. Imports inside
functions and under TYPE_CHECKING count too.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
OURS = "cors_harness"
SERVERS = "servers"
LINES_LIMIT = 400

_WORDS = {"errors", "terms", "text", "model"}
_PARTS = {
    *_WORDS,
    "advice",
    "engine_kinds",
    "engines",
    "installing",
    "judge",
    "planning",
    "serving",
    "wire",
}
MAY_IMPORT: Mapping[str, set[str]] = {
    "terms": set(),
    "shipped_folders": set(),
    "text": {"terms"},
    "errors": {"terms"},
    "model": {"terms", "text"},
    "corpus": {"terms"},
    "engine_kinds": {"terms"},
    "processes": {"errors"},
    "installing": {"engine_kinds", "errors", "processes"},
    "drafts": {"corpus", "model", "terms"},
    "loading": {*_WORDS, "corpus", "engine_kinds"},
    "planning": _WORDS,
    "store": _WORDS,
    "changes": {*_WORDS, "engine_kinds"},
    "judge": {*_WORDS, "engine_kinds"},
    "advice": _WORDS,
    "wire": {*_WORDS, "processes"},
    "engines": {*_WORDS, "engine_kinds", "installing", "processes"},
    "serving": {*_WORDS, "installing", "processes", "shipped_folders"},
    "reports": {*_WORDS, "changes", "store"},
    "settings": {*_WORDS, "engine_kinds", "loading", "planning", "shipped_folders"},
    "run": _PARTS,
    "client": {*_WORDS, "engine_kinds", "planning", "run"},
    "bench": {*_WORDS, "engines", "loading", "planning", "run", "serving", "shipped_folders"},
    "cli": {
        *_PARTS,
        "bench",
        "changes",
        "drafts",
        "loading",
        "reports",
        "run",
        "settings",
        "shipped_folders",
        "store",
    },
    "pytest_plugin": {
        *_WORDS,
        "client",
        "engine_kinds",
        "engines",
        "loading",
        "planning",
        "reports",
        "run",
        "serving",
        "settings",
        "store",
    },
    "__init__": {"client"},
    "__main__": {"cli"},
    SERVERS: {"terms", "model"},
}
# Third party -> patterns of the modules that may import it, as `unit` or `unit.module`.
HOMES: Mapping[str, tuple[str, ...]] = {
    "corsheaders": (SERVERS,),
    "django": (SERVERS,),
    "fastapi": (SERVERS,),
    "flask": (SERVERS,),
    "flask_cors": (SERVERS,),
    "granian": (f"{SERVERS}.deployments",),
    "h2": ("wire",),
    "httptools": ("wire",),
    "junitparser": ("reports",),
    "playwright": ("engines.playwright*",),
    "pydantic": (SERVERS,),
    "pytest": ("pytest_plugin",),
    "rest_framework": (SERVERS,),
    "rich": ("reports", "cli"),
    "starlette": (SERVERS,),
    "trustme": ("serving",),
    "uvicorn": ("serving", f"{SERVERS}.deployments"),
    "uvloop": ("processes", "wire"),
    "waitress": ("serving", f"{SERVERS}.deployments"),
    "werkzeug": (SERVERS,),
    "xdist": ("pytest_plugin",),
    "yaml": ("text", "store.baseline*"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A Python file and the unit it belongs to."""

    file: Path
    name: str  # below the package or folder: `engines.found`, `servers.flask_bare`

    @property
    def unit(self) -> str:
        return self.name.split(".", maxsplit=1)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One imported module, where it is imported."""

    module: Module
    line: int
    imported: str

    def __str__(self) -> str:
        return f"{self.module.file}:{self.line}: {self.module.unit} imports {self.imported}"


def modules(checkout: Path) -> Iterator[Module]:
    package = checkout / "harness" / OURS
    for file in sorted(package.rglob("*.py")):
        below = file.relative_to(package).with_suffix("").parts
        yield Module(file=file, name=".".join(below))
    for file in sorted((checkout / SERVERS).rglob("*.py")):
        below = file.relative_to(checkout).with_suffix("").parts
        yield Module(file=file, name=".".join(below))


def imports(module: Module) -> Iterator[Import]:
    tree = ast.parse(module.file.read_text("utf-8"))
    for node in ast.walk(tree):
        for name in _imported_names(node):
            yield Import(module=module, line=getattr(node, "lineno", 0), imported=name)


def _imported_names(node: ast.AST) -> tuple[str, ...]:
    match node:
        case ast.Import(names=names):
            return tuple(alias.name for alias in names)
        case ast.ImportFrom(module=str(name), names=names, level=0) if name == OURS:
            return tuple(f"{OURS}.{alias.name}" for alias in names)
        case ast.ImportFrom(module=str(name), level=0):
            return (name,)
        case ast.ImportFrom(module=name):
            return (f"relative import of {name or '.'}",)
        case _:
            return ()


def strays(checkout: Path) -> list[str]:
    """Every import that points the wrong way or has left its home, as `file:line: ...`."""
    servers = {file.stem for file in (checkout / SERVERS).glob("*.py")}
    found = (each for module in modules(checkout) for each in imports(module))
    return [str(each) for each in found if not _is_allowed(each, servers)]


def _is_allowed(each: Import, servers: set[str]) -> bool:
    top, _, below = each.imported.partition(".")
    if top == OURS:
        imported = below.split(".")[0]
        own = {each.module.unit, "", "__version__"}
        return imported in own | MAY_IMPORT.get(each.module.unit, set())
    if top in sys.stdlib_module_names:
        return True
    if each.module.unit == SERVERS and top in servers:
        return True
    return any(_lives_in(each.module, home) for home in HOMES.get(top, ()))


def _lives_in(module: Module, home: str) -> bool:
    return fnmatch(module.name, home) or module.name.startswith(f"{home}.")


def test_imports_point_one_way() -> None:
    assert strays(CHECKOUT) == []


def test_the_table_has_no_cycle() -> None:
    graph = {unit: below - {unit} for unit, below in MAY_IMPORT.items()}
    assert set(TopologicalSorter(graph).static_order()) == set(graph)  # else CycleError names it


def test_the_table_names_every_unit_and_no_other() -> None:
    assert {module.unit for module in modules(CHECKOUT)} == set(MAY_IMPORT)


SAMPLES = {
    "downwards": (
        "harness/cors_harness/planning/plan.py",
        "from cors_harness.model.cell import Cell",
        True,
    ),
    "own unit": ("harness/cors_harness/wire/tap.py", "import cors_harness.wire.framing", True),
    "standard library": ("harness/cors_harness/terms/modes.py", "import enum", True),
    "version": ("harness/cors_harness/run/api.py", "from cors_harness import __version__", True),
    "server": ("servers/flask_bare.py", "import flask", True),
    "server to server": ("servers/flask_fixed.py", "import flask_bare", True),
    "Playwright at home": ("harness/cors_harness/engines/playwright.py", "import playwright", True),
    "upwards": (
        "harness/cors_harness/planning/plan.py",
        "from cors_harness.run.api import run",
        False,
    ),
    "upwards as a name": (
        "harness/cors_harness/planning/plan.py",
        "from cors_harness import run",
        False,
    ),
    "inside a function": (
        "harness/cors_harness/judge/rules.py",
        "def late():\n    from cors_harness import wire",
        False,
    ),
    "under TYPE_CHECKING": (
        "harness/cors_harness/model/cell.py",
        "if TYPE_CHECKING:\n    from cors_harness.planning.plan import Plan",
        False,
    ),
    "front door to front door": (
        "harness/cors_harness/cli/run.py",
        "import cors_harness.pytest_plugin",
        False,
    ),
    "relative": ("harness/cors_harness/engines/base.py", "from .found import Driver", False),
    "server to judge": ("servers/flask_bare.py", "import cors_harness.judge", False),
    "Playwright abroad": ("harness/cors_harness/engines/base.py", "import playwright", False),
    "without a home": ("harness/cors_harness/run/api.py", "import requests", False),
}


@pytest.mark.parametrize(("place", "text", "allowed"), SAMPLES.values(), ids=SAMPLES)
def test_strays_are_found(tmp_path: Path, place: str, text: str, allowed: bool) -> None:
    sibling = tmp_path / SERVERS / "flask_bare.py"
    sibling.parent.mkdir(parents=True)
    sibling.touch()
    file = tmp_path / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"\n{text}\n")
    line = 2 + text.count("\n")
    found = strays(tmp_path)
    assert found == [] if allowed else found[0].startswith(f"{file}:{line}: ")


def test_no_module_is_too_long() -> None:
    lengths = {
        module.name: len(module.file.read_text("utf-8").splitlines())
        for module in modules(CHECKOUT)
    }
    assert {name: lines for name, lines in lengths.items() if lines > LINES_LIMIT} == {}
