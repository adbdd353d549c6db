"""The table of drivers: one row says all that the rest of the harness knows of one.

A new driver is a module with a class that keeps the contract of `base.Engine`, a member of Driver
and a row here. The class is imported only when it is made: Playwright takes a third of a second.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module, metadata

from cors_harness.engine_kinds.kind import CaStore
from cors_harness.engines.base import Engine, LaunchOptions
from cors_harness.engines.found import Driver, EngineFound
from cors_harness.errors import EngineUndrivable
from cors_harness.installing.machine import Machine
from cors_harness.installing.packages import Tool
from cors_harness.model.events import EngineVersion
from cors_harness.model.remote import Remote

CERTUTIL = Tool(
    program="certutil",
    what_for="needs it to trust the authority that signs for real origins",
    packages=("libnss3-tools",),
    formula="nss",
)
BWRAP = Tool(
    program="bwrap",
    what_for="trusts the authority that signs for real origins by means of it",
    packages=("bubblewrap", "ca-certificates"),
)


PLAYWRIGHT = "playwright"  # the distribution, as pip knows it
# The newest release that drives every browser that we tried with it.
OLDER_PLAYWRIGHT = "pip install 'playwright<1.65'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """Releases of a driver's package that cannot drive some versions of a browser, as measured.

    Attributes:
        release: how the package's versions begin; nothing is said of others.
        before: the first version of the browser that it can drive.
        unknown_command: what the browser answers so to.
    """

    release: tuple[int, ...]
    before: tuple[int, ...]
    unknown_command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverRow:
    """The facts of one driver.

    Attributes:
        engine_class: where its Engine is, as `module:class`.
        title: what a record calls it.
        note: what a record says beside that.
        labels: name of each engine that it drives, to what a record calls the browser then.
        system_builds: names of engines whose system builds it drives.
        programs: names of programs that it alone drives, wherever they lie. They cannot be asked
            for their version: even for that they want a display.
        needs_display: whether it has no headless mode.
        own_tool: what trusts an authority of ours in its browsers, in the place of certutil.
        channel: what Playwright calls the browsers that it drives; empty: they have no such name.
        misfits: versions that do not go together.
    """

    engine_class: str
    title: str
    note: str = ""
    labels: Mapping[str, str]
    system_builds: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    needs_display: bool = False
    own_tool: Tool | None = None
    channel: str = ""
    misfits: tuple[Misfit, ...] = ()


DRIVERS: Mapping[Driver, DriverRow] = {
    Driver.PLAYWRIGHT: DriverRow(
        engine_class="cors_harness.engines.playwright:PlaywrightEngine",
        title="Playwright",
        labels={
            "chromium": "Chromium {version}",
            "firefox": "Firefox, Playwright's patched build {version}",
            "webkit": "WebKit, Playwright's build, not Safari {version}",
        },
        system_builds=("chromium",),
    ),
    Driver.BIDI: DriverRow(
        engine_class="cors_harness.engines.stock_firefox:StockFirefoxEngine",
        title="WebDriver BiDi",
        labels={"firefox": "Firefox {version}"},
        system_builds=("firefox",),
    ),
    Driver.PLAYWRIGHT_BIDI: DriverRow(
        engine_class="cors_harness.engines.playwright:PlaywrightEngine",
        title="Playwright",
        note="WebDriver BiDi",
        labels={"firefox": "Firefox {version}"},
        channel="moz-firefox",
        misfits=(
            # Measured: Playwright 1.65.0 and 1.65.2 with Firefox 153.8.0esr. Firefox has had the
            # command since 159: https://bugzilla.mozilla.org/show_bug.cgi?id=2064354
            Misfit(
                release=(1, 65),
                before=(159,),
                unknown_command="emulation.setMediaFeaturesOverride",
            ),
        ),
    ),
    Driver.MINIBROWSER: DriverRow(
        engine_class="cors_harness.engines.minibrowser:MiniBrowserEngine",
        title="MiniBrowser",
        note="no automation",
        labels={"webkit": "WebKitGTK {version}, not Safari"},
        system_builds=("webkit",),
        programs=("MiniBrowser",),
        needs_display=True,
        own_tool=BWRAP,
    ),
}


def make_engine(browser: EngineFound, options: LaunchOptions) -> Engine:
    """An engine that is not started yet."""
    module, _, name = DRIVERS[browser.driver].engine_class.partition(":")
    make: Callable[[EngineFound, LaunchOptions], Engine] = getattr(import_module(module), name)
    return make(browser, options)


def make_remote(remote: Remote, options: LaunchOptions) -> Engine:
    """An engine that is a browser somewhere else, not started yet."""
    module = import_module("cors_harness.engines.remote")
    engine: Engine = module.RemoteEngine(remote, options)
    return engine


def system_driver(name: str, *, by_playwright: bool = False) -> Driver:
    """The driver of system builds of engine `name`; `by_playwright`: Playwright, where it can."""
    if by_playwright and (driver := _channel_driver(name)):
        return driver
    return next(driver for driver, row in DRIVERS.items() if name in row.system_builds)


def channel_driver(name: str) -> Driver:
    """The driver of browsers of engine `name` that Playwright knows by a channel."""
    return _channel_driver(name) or Driver.PLAYWRIGHT


def _channel_driver(name: str) -> Driver | None:
    rows = ((driver, row) for driver, row in DRIVERS.items() if name in row.labels)
    return next((driver for driver, row in rows if row.channel), None)


def engine_version(browser: EngineFound, version: str, note: str = "") -> EngineVersion:
    """What a record says of a browser that has started; `note`: what else it must admit."""
    row = DRIVERS[browser.driver]
    notes = "; ".join(filter(None, (row.note, note)))
    return EngineVersion(
        name=browser.name,
        version=version,
        build=browser.build,
        driver=f"{row.title} ({notes})" if notes else row.title,
        label=row.labels[browser.name].format(version=version),
    )


def tool_of(browser: EngineFound, platform: str) -> Tool | None:
    """What the browser needs beside it on that platform, where it needs anything."""
    if own_tool := DRIVERS[browser.driver].own_tool:
        return own_tool
    return None if browser.kind.ca_store(platform) is CaStore.SYSTEM else CERTUTIL


def missing_tools(machine: Machine, browsers: Sequence[EngineFound]) -> tuple[Tool, ...]:
    """The tools of these browsers that are not on PATH, each once."""
    wanted = (tool_of(browser, machine.platform) for browser in browsers)
    missing = (tool for tool in wanted if tool and machine.on_path(tool.program) is None)
    return tuple(dict.fromkeys(missing))


def check_driver_fits(browser: EngineFound) -> None:
    """Raises EngineUndrivable where the installed driver is known not to drive this version."""
    misfits = DRIVERS[browser.driver].misfits
    if not misfits or browser.version is None:
        return
    installed, browser_version = _numbers(playwright_version()), _numbers(browser.version)
    for misfit in misfits:
        if installed[: len(misfit.release)] == misfit.release and browser_version < misfit.before:
            raise undrivable(browser, browser.version, misfit.unknown_command)


def undrivable(browser: EngineFound, version: str, unknown_command: str) -> EngineUndrivable:
    """The error that the installed Playwright cannot drive the browser, with what to type."""
    label = DRIVERS[browser.driver].labels[browser.name].format(version=version)
    why = (
        f"Playwright {playwright_version()} gives {label} a command that it does not know,"
        f" {unknown_command}\n"
        f"  `cors-harness browsers install {browser.name}` gets a build of Playwright's own"
    )
    return EngineUndrivable(browser.name, why, OLDER_PLAYWRIGHT)


def playwright_version() -> str:
    """The version of the installed package; importing it would cost a third of a second."""
    return metadata.version(PLAYWRIGHT)


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version: (153, 8, 0) of `153.8.0esr`."""
    return tuple(int(number) for number in re.findall(r"\d+", version))
