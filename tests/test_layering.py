"""Imports point one way: which unit may import which, and which third party lives where.

A unit is a module or package directly under `cors_harness`, and `servers/`. Imports inside
functions and under TYPE_CHECKING count too.
"""

import ast
import functools
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
OURS = "cors_harness"
SERVERS = "servers"
LINES_LIMIT = 400
FEWEST_LINES = 40
DOORS = ("cli", "pytest_plugin")  # nothing is above them, so only a test keeps their rows narrow

_WORDS = {"errors", "terms", "text", "model"}
_PARTS = {
    *_WORDS,
    "advice",
    "engine_kinds",
    "engines",
    "installing",
    "judge",
    "planning",
    "processes",
    "serving",
    "wire",
}
MAY_IMPORT: Mapping[str, set[str]] = {
    "terms": set(),
    "shipped_folders": set(),
    "text": {"terms"},
    "errors": {"terms", "text"},
    "model": {"terms", "text"},
    "corpus": {"terms"},
    "engine_kinds": {"terms"},
    "processes": {"errors"},
    "installing": {"engine_kinds", "errors", "processes"},
    "drafts": {"corpus", "model", "terms", "text"},
    "loading": {*_WORDS, "corpus", "engine_kinds"},
    "planning": _WORDS,
    "store": _WORDS,
    "changes": {*_WORDS, "engine_kinds"},
    "judge": {*_WORDS, "engine_kinds"},
    "advice": {*_WORDS, "corpus"},
    "wire": {*_WORDS, "processes"},
    "engines": {*_WORDS, "engine_kinds", "installing", "processes"},
    "serving": {*_WORDS, "installing", "processes", "shipped_folders"},
    "reports": {*_WORDS, "changes", "judge", "store"},
    "settings": {*_WORDS, "engine_kinds", "loading", "planning", "shipped_folders"},
    "run": _PARTS,
    "client": {*_WORDS, "engine_kinds", "judge", "planning", "run"},
    "bench": {
        *_WORDS,
        "engines",
        "loading",
        "planning",
        "run",
        "serving",
        "shipped_folders",
        "wire",
    },
    "live": {*_WORDS, "planning", "reports", "run", "store"},
    "cli": {
        *_WORDS,
        "advice",
        "bench",
        "changes",
        "drafts",
        "engine_kinds",
        "engines",
        "judge",
        "live",
        "loading",
        "planning",
        "reports",
        "run",
        "serving",
        "settings",
        "shipped_folders",
        "store",
    },
    "pytest_plugin": {
        "client",
        "engines",
        "errors",
        "judge",
        "loading",
        "model",
        "planning",
        "reports",
        "run",
        "serving",
        "settings",
        "store",
        "terms",
        "text",
    },
    "__init__": {"client"},
    "__main__": {"cli"},
    SERVERS: {"terms", "model"},
}
# Third party -> patterns of the modules that may import it, as `unit` or `unit.module`.
HOMES: Mapping[str, tuple[str, ...]] = {
    "aiohttp": (SERVERS,),
    "aiohttp_cors": (SERVERS,),
    "apiflask": (SERVERS,),
    "blacksheep": (SERVERS,),
    "bottle": (SERVERS,),
    "connexion": (SERVERS,),
    "corsheaders": (SERVERS,),
    "django": (SERVERS,),
    "falcon": (SERVERS,),
    "fastapi": (SERVERS,),
    "flask": (SERVERS,),
    "flask_cors": (SERVERS,),
    "granian": (f"{SERVERS}.deployments",),
    "h2": ("wire",),
    "httptools": ("wire",),
    "httpx2": ("engines.webdriver",),
    "junitparser": ("reports",),
    "litestar": (SERVERS,),
    "msgspec": ("drafts.har", "engines.bidi_connection", "live", "run", "store", "text"),
    "ninja": (SERVERS,),
    "playwright": ("engines.playwright*",),
    "pydantic": (SERVERS,),
    "pyramid": (SERVERS,),
    "pytest": ("pytest_plugin",),
    "quart": (SERVERS,),
    "quart_cors": (SERVERS,),
    "rest_framework": (SERVERS,),
    "rich": ("reports", "cli"),
    "sanic": (SERVERS,),
    "sanic_ext": (SERVERS,),
    "starlette": (SERVERS,),
    "tornado": (SERVERS,),
    "trustme": ("serving", "wire"),
    "uvicorn": ("live", "serving", f"{SERVERS}.deployments"),
    "uvloop": ("processes", "wire"),
    "waitress": ("serving", f"{SERVERS}.deployments"),
    "watchfiles": ("live.watching",),
    "websockets": ("engines.bidi_connection",),
    "werkzeug": (SERVERS,),
    "xdist": ("pytest_plugin",),
    "yaml": ("text",),
}
# Modules below FEWEST_LINES that one module of their unit imports, and why they stand alone.
SMALL: Mapping[str, str] = {
    "cli.schema": "a subcommand: one module for each",
}
_CAP_WORDS = re.compile(r"_?[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*")


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


def parsed(file: Path) -> ast.Module:
    """The syntax tree of a file."""
    return _tree(file.read_text("utf-8"))


@functools.cache
def _tree(text: str) -> ast.Module:
    return ast.parse(text)


def imports(module: Module) -> Iterator[Import]:
    tree = parsed(module.file)
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
    all_imports = (statement for module in modules(checkout) for statement in imports(module))
    return [str(statement) for statement in all_imports if not _is_allowed(statement, servers)]


def _is_allowed(statement: Import, servers: set[str]) -> bool:
    module = statement.module
    top, _, below = statement.imported.partition(".")
    if top == OURS:
        unit = below.split(".")[0]
        return unit in {module.unit, "", "__version__"} | MAY_IMPORT.get(module.unit, set())
    if top in sys.stdlib_module_names:
        return True
    if module.unit == SERVERS and top in servers:
        return True
    return any(_lives_in(module, home) for home in HOMES.get(top, ()))


def _lives_in(module: Module, home: str) -> bool:
    return fnmatch(module.name, home) or module.name.startswith(f"{home}.")


def test_imports_point_one_way() -> None:
    assert strays(CHECKOUT) == []


def test_the_table_has_no_cycle() -> None:
    graph = {unit: below - {unit} for unit, below in MAY_IMPORT.items()}
    assert set(TopologicalSorter(graph).static_order()) == set(graph)  # else CycleError names it


def import_graph(checkout: Path) -> dict[str, set[str]]:
    """Name of a module to those of the package that its own import needs, none inside functions."""
    homes = {f"{OURS}.{module.name}": module for module in package_modules(checkout)}
    return {
        name: {
            imported
            for statement in parsed(module.file).body
            for imported in _modules_named(statement)
            if imported in homes
        }
        for name, module in homes.items()
    }


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    graph = import_graph(CHECKOUT)
    assert set(TopologicalSorter(graph).static_order()) == set(graph)  # else CycleError names it


def test_circle_of_imports_is_found(tmp_path: Path) -> None:
    files = {
        "run/a.py": f"from {OURS}.run import b\n",
        "run/b.py": f"from {OURS}.run.c import x\n",
        "run/c.py": f"from {OURS}.run.a import y\n\nx = 1\n",
    }
    late = {**files, "run/c.py": f"x = 1\n\n\ndef f():\n    from {OURS}.run.a import y\n"}
    with pytest.raises(CycleError):
        TopologicalSorter(import_graph(package_with(tmp_path, files))).prepare()
    TopologicalSorter(import_graph(package_with(tmp_path, late))).prepare()


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


def test_doors_may_import_what_they_need_and_no_more() -> None:
    needed = defaultdict(set)
    for module in modules(CHECKOUT):
        for imported in imports(module):
            top, _, below = imported.imported.partition(".")
            if top == OURS and below:
                needed[module.unit].add(below.partition(".")[0])
    unused = {door: MAY_IMPORT[door] - needed[door] for door in DOORS}
    assert unused == {door: set() for door in DOORS}


def package_modules(checkout: Path) -> Iterator[Module]:
    return (module for module in modules(checkout) if module.unit != SERVERS)


def class_names(module: Module) -> Iterator[str]:
    """Names of its classes, wherever they are, and of types that it defines by assignment."""
    tree = parsed(module.file)
    yield from (node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    for node in tree.body:
        match node:
            case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar"))):
                pass  # stands for any type, and means nothing outside of a signature
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                if _CAP_WORDS.fullmatch(name):
                    yield name
            case _:
                pass


def names_of_two_things(checkout: Path) -> dict[str, list[str]]:
    """Name of a class or type to the modules that define it, where there are several."""
    homes: defaultdict[str, list[str]] = defaultdict(list)
    for module in package_modules(checkout):
        for name in class_names(module):
            homes[name].append(module.name)
    return {name: places for name, places in homes.items() if len(places) > 1}


def test_a_class_name_means_one_thing() -> None:
    assert names_of_two_things(CHECKOUT) == {}


def small_modules(checkout: Path) -> list[str]:
    """Modules of few lines that exist for one other module of their own unit."""
    importers: defaultdict[str, set[str]] = defaultdict(set)
    for module in package_modules(checkout):
        tree = parsed(module.file)
        for imported in (name for node in ast.walk(tree) for name in _modules_named(node)):
            importers[imported.removeprefix(f"{OURS}.")].add(module.name)
    return [
        module.name
        for module in package_modules(checkout)
        if not module.file.name.startswith("__")
        and len(module.file.read_text("utf-8").splitlines()) < FEWEST_LINES
        and [name.partition(".")[0] for name in importers[module.name]] == [module.unit]
    ]


def _modules_named(node: ast.AST) -> Iterator[str]:
    """The modules that a statement may import; what it imports may be a module or a name in one."""
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=str(name), names=names, level=0):
            yield name
            yield from (f"{name}.{alias.name}" for alias in names)
        case _:
            pass


def test_a_small_module_has_a_reason_to_stand_alone() -> None:
    assert [name for name in small_modules(CHECKOUT) if name not in SMALL] == []


def package_with(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        file = folder / "harness" / OURS / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def test_class_name_of_two_things_is_found(tmp_path: Path) -> None:
    files = {
        "run/a.py": "class Page:\n    pass\n\n\nLIMIT = 3\n",
        "wire/b.py": "def f():\n    class Page:\n        pass\n\n\nLIMIT = 3\n",
        "wire/c.py": "_Pair = tuple[str, str]\n",
        "run/d.py": "class _Pair:\n    pass\n",
    }
    assert names_of_two_things(package_with(tmp_path, files)) == {
        "Page": ["run.a", "wire.b"],
        "_Pair": ["run.d", "wire.c"],
    }


def test_small_module_for_one_other_is_found(tmp_path: Path) -> None:
    files = {
        "run/for_one.py": "x = 1\n",
        "run/for_one_by_name.py": "x = 1\n",
        "run/for_two.py": "x = 1\n",
        "run/for_another_unit.py": "x = 1\n",
        "run/large.py": "x = 1\n" * FEWEST_LINES,
        "run/a.py": (
            f"from {OURS}.run.for_one import x\nfrom {OURS}.run import for_one_by_name\n"
            f"from {OURS}.run.for_two import x\nfrom {OURS}.run.large import x\n"
        ),
        "run/b.py": f"import {OURS}.run.for_two\n",
        "cli/c.py": f"from {OURS}.run.for_another_unit import x\n",
    }
    package = package_with(tmp_path, files)
    assert small_modules(package) == ["run.for_one", "run.for_one_by_name"]
