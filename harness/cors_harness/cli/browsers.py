"""`cors-harness browsers`: which browsers are here, and how to get the others."""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from cors_harness.cli.options import Command, add_browser, add_executable, invocation_of
from cors_harness.engine_kinds.table import engine_kinds
from cors_harness.engines.found import EngineFound
from cors_harness.errors import EngineMissing, UsageError
from cors_harness.settings.invocation import Invocation, check_engine
from cors_harness.store.codec import SCHEMA, Json

DESCRIPTION = """\
Shows which browser is used for each engine, its version and build, and for each that is missing
the command that installs it. `browsers install` installs what is missing: Playwright's own
builds, or those of the distribution where Playwright's cannot be downloaded."""

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
        _check_install(args.action, args.names)
        args.browser += args.names
        return _install(invocation_of(args).selection.engines)
    return _list(invocation_of(args), as_json=args.json)


def _list(invocation: Invocation, *, as_json: bool) -> int:
    files = invocation.executables
    by_playwright = invocation.by_playwright
    browsers = [
        _find(name, files.get(name), by_playwright=by_playwright)
        for name in invocation.selection.engines
    ]
    if as_json:
        print(json.dumps({"schema": SCHEMA, "browsers": [_json(*found) for found in browsers]}))
    else:
        print("\n".join(_table(browsers)))
    is_missing = any(isinstance(found, EngineMissing) for _, found in browsers)
    return EngineMissing.exit_status if is_missing else 0


NamedBrowser = tuple[str, EngineFound | EngineMissing]


def _find(name: str, executable: Path | None, *, by_playwright: bool) -> NamedBrowser:
    from cors_harness.engines.provision import find_engine

    try:
        return name, find_engine(name, executable, by_playwright=by_playwright)
    except EngineMissing as missing:
        return name, missing


def _json(name: str, browser: EngineFound | EngineMissing) -> Json:
    if isinstance(browser, EngineMissing):
        return {
            "name": name,
            "found": False,
            "why": str(browser),
            "install": browser.install_command,
        }
    return {
        "name": name,
        "found": True,
        "version": browser.version,
        "build": browser.build,
        "driver": browser.driver.value,
        "executable": None if browser.executable is None else str(browser.executable),
    }


def _table(browsers: Sequence[NamedBrowser]) -> Iterator[str]:
    rows = [HEADINGS, *(_row(*browser) for browser in browsers)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        cells = (f"{text:<{width}}" for text, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
    for _, browser in browsers:
        if isinstance(browser, EngineMissing):
            yield f"\n{browser}"
    for name, _ in browsers:
        if remark := engine_kinds()[name].remark:
            yield f"\n{remark}"


def _row(name: str, browser: EngineFound | EngineMissing) -> tuple[str, ...]:
    if isinstance(browser, EngineMissing):
        return name, "no", "-", "-", "-"
    version = browser.version or "known once it runs"
    return name, "yes", version, browser.build, browser.driver.value


def _check_install(action: str, names: Sequence[str]) -> None:
    if action != "install":
        raise UsageError(f"browsers: found {action!r}; expected install, or nothing")
    for name in names:
        check_engine(name, "browsers install")


def _install(engines: Sequence[str]) -> int:
    from cors_harness.engines.provision import install_engines

    install_engines(engines, print)
    return 0


COMMAND = Command(
    name="browsers",
    summary="show which browsers are here; `browsers install` gets the others",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)
