"""`cors-harness browsers`: which browsers are here, and how to get the others."""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from cors_harness.cli.options import Command, add_browser, add_executable, add_remote, invocation_of
from cors_harness.cli.saying import say
from cors_harness.engine_kinds.table import engine_kinds
from cors_harness.engines.found import EngineFound
from cors_harness.errors import EngineFailed, EngineMissing, HarnessError, UsageError
from cors_harness.model.events import EngineVersion
from cors_harness.model.remote import Remote
from cors_harness.settings.invocation import Invocation, check_engine
from cors_harness.store.codec import SCHEMA, Json

DESCRIPTION = """\
Shows which browser is used for each engine, its version and build, and for each that is missing
the command that installs it. `browsers install` installs what is missing: Playwright's own
builds, or those of the distribution where Playwright's cannot be downloaded. A remote browser
(--remote) is asked for a session, which says what it is and ends again."""

EXAMPLES = """\
examples:
  cors-harness browsers                   what is here
  cors-harness browsers install           install all that are missing
  cors-harness browsers install webkit    only this one
  cors-harness browsers --browser firefox --browser-executable firefox=/opt/firefox/firefox
  cors-harness browsers --browser safari --remote safari=http://mac.local:4444

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
    add_remote(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def execute(args: argparse.Namespace) -> int:
    """Lists or installs; returns the exit status."""
    if args.action is not None:
        _check_install(args.action, args.names)
        args.browser += args.names
        invocation = invocation_of(args)
        return _install(invocation)
    return _list(invocation_of(args), as_json=args.json)


def _list(invocation: Invocation, *, as_json: bool) -> int:
    files = invocation.executables
    by_playwright = invocation.by_playwright
    browsers = [
        _ask(remote)
        if (remote := invocation.remotes.get(name))
        else _find(name, files.get(name), by_playwright=by_playwright)
        for name in invocation.selection.engines
    ]
    if as_json:
        say(json.dumps({"schema": SCHEMA, "browsers": [_json(*found) for found in browsers]}))
    else:
        say("\n".join(_table(browsers)))
    is_missing = any(isinstance(found, HarnessError) for _, found in browsers)
    return EngineMissing.exit_status if is_missing else 0


# A browser of this machine or one somewhere else, there or not.
AnyBrowser = EngineFound | EngineMissing | EngineVersion | EngineFailed
NamedBrowser = tuple[str, AnyBrowser]


def _find(name: str, executable: Path | None, *, by_playwright: bool) -> NamedBrowser:
    from cors_harness.engines.provision import find_engine

    try:
        return name, find_engine(name, executable, by_playwright=by_playwright)
    except EngineMissing as missing:
        return name, missing


def _ask(remote: Remote) -> NamedBrowser:
    """Begins a session and ends it."""
    import asyncio

    from cors_harness.engines.base import LaunchOptions
    from cors_harness.engines.registry import make_remote

    async def ask() -> EngineVersion:
        engine = make_remote(remote, LaunchOptions())
        try:
            return await engine.start()
        finally:
            await engine.stop()

    try:
        return remote.name, asyncio.run(ask())
    except EngineFailed as error:
        return remote.name, error


def _json(name: str, browser: AnyBrowser) -> Json:
    match browser:
        case EngineMissing():
            why = {"why": str(browser), "install": browser.install_command}
            return {"name": name, "found": False, **why}
        case EngineFailed():
            return {"name": name, "found": False, "why": str(browser)}
        case EngineVersion(version=version, build=build, driver=driver, label=label):
            says = {"version": version, "build": build, "driver": driver, "label": label}
            return {"name": name, "found": True, **says}
        case EngineFound(version=found_version, executable=executable):
            return {
                "name": name,
                "found": True,
                "version": found_version,
                "build": browser.build,
                "driver": browser.driver.value,
                "executable": None if executable is None else str(executable),
            }


def _table(browsers: Sequence[NamedBrowser]) -> Iterator[str]:
    rows = [HEADINGS, *(_row(*browser) for browser in browsers)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        cells = (f"{text:<{width}}" for text, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
    for _, browser in browsers:
        if isinstance(browser, HarnessError):
            yield f"\n{browser}"
    for name, browser in browsers:
        is_local = isinstance(browser, EngineFound | EngineMissing)
        if is_local and (remark := engine_kinds()[name].remark):
            yield f"\n{remark}"


def _row(name: str, browser: AnyBrowser) -> tuple[str, ...]:
    match browser:
        case EngineFound(version=version, build=build, driver=driver):
            return name, "yes", version or "known once it runs", build, driver.value
        case EngineVersion(label=label, build=build, driver=driver_title):
            return name, "yes", label, build, driver_title
        case EngineMissing() | EngineFailed():
            return name, "no", "-", "-", "-"


def _check_install(action: str, names: Sequence[str]) -> None:
    if action != "install":
        raise UsageError(f"browsers: found {action!r}; expected install, or nothing")
    for name in names:
        check_engine(name, "browsers install")


def _install(invocation: Invocation) -> int:
    from cors_harness.engines.provision import install_engines

    engines = [n for n in invocation.selection.engines if n not in invocation.remotes]
    install_engines(engines, print, by_playwright=invocation.by_playwright)
    return 0


COMMAND = Command(
    name="browsers",
    summary="show which browsers are here; `browsers install` gets the others",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)
