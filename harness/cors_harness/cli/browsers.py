"""`cors-harness browsers`: which browsers are here, and how to get the others."""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from cors_harness.cli.options import (
    Command,
    add_browser,
    add_executable,
    check_engine,
    engine_names,
    executables,
)
from cors_harness.engine_kinds.table import engine_kinds
from cors_harness.engines.found import EngineFound
from cors_harness.errors import EngineMissing, UsageError
from cors_harness.store.codec import SCHEMA, Json

DESCRIPTION = """\
Shows which browser would be used for each engine, its version and build, and for each that is
missing the command that installs it. `browsers install` installs what is missing: Playwright's
own builds, or the distribution's where those cannot be downloaded."""

EXAMPLES = """\
examples:
  cors-harness browsers                   what is here
  cors-harness browsers install           install all that are missing
  cors-harness browsers install webkit    only this one
  cors-harness browsers --browser firefox --browser-executable firefox=/opt/firefox/firefox

exit status: 0 all are here, 3 one is missing"""

HEADINGS = ("browser", "found", "version", "build", "driver")


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `browsers`."""
    parser.add_argument(
        "action", nargs="?", metavar="install", help="install the browsers that are missing"
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="install only these")
    add_browser(parser)
    add_executable(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def execute(args: argparse.Namespace) -> int:
    """Lists or installs; returns the exit status."""
    if args.action is not None:
        return _install(args)
    files = executables(args)
    looked = [_look(name, files.get(name)) for name in engine_names(args)]
    if args.json:
        print(json.dumps({"schema": SCHEMA, "browsers": [_json(*each) for each in looked]}))
    else:
        print("\n".join(_table(looked)))
    missing = any(isinstance(found, EngineMissing) for _, found in looked)
    return EngineMissing.exit_status if missing else 0


Looked = tuple[str, EngineFound | EngineMissing]


def _look(name: str, executable: Path | None) -> Looked:
    from cors_harness.engines.provision import find_engine

    try:
        return name, find_engine(name, executable)
    except EngineMissing as missing:
        return name, missing


def _json(name: str, found: EngineFound | EngineMissing) -> Json:
    if isinstance(found, EngineMissing):
        return {"name": name, "found": False, "why": str(found), "install": found.install_command}
    return {
        "name": name,
        "found": True,
        "version": found.version,
        "build": found.build,
        "driver": found.driver.value,
        "executable": None if found.executable is None else str(found.executable),
    }


def _table(looked: Sequence[Looked]) -> Iterator[str]:
    rows = [HEADINGS, *(_row(*each) for each in looked)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        yield "  ".join(
            f"{text:<{width}}" for text, width in zip(row, widths, strict=True)
        ).rstrip()
    for _, found in looked:
        if isinstance(found, EngineMissing):
            yield f"\n{found}"
    for name, _ in looked:
        if remark := engine_kinds()[name].remark:
            yield f"\n{remark}"


def _row(name: str, found: EngineFound | EngineMissing) -> tuple[str, ...]:
    if isinstance(found, EngineMissing):
        return name, "no", "-", "-", "-"
    version = found.version or "known once it runs"
    return name, "yes", version, found.build, found.driver.value


def _install(args: argparse.Namespace) -> int:
    from cors_harness.engines.provision import install_engines

    if args.action != "install":
        raise UsageError(f"browsers: found {args.action!r}; expected install, or nothing")
    for name in args.names:
        check_engine(name, "browsers install")
    args.browser += args.names
    install_engines(engine_names(args), print)
    return 0


COMMAND = Command(
    name="browsers",
    summary="show which browsers are here; `browsers install` gets the others",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)
