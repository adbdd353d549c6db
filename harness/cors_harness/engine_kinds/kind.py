"""EngineKind: the facts of one engine, whoever drives it, and the small types that they need."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from cors_harness.terms.reasons import ReasonCode

LOOPBACK = "127.0.0.1"
LOOPBACK_NAMES = ("localhost", "*.localhost", LOOPBACK, "::1")
LOCAL_NETWORK = "local-network-access"


class WireEvidence(StrEnum):
    """What the wire can add where the words alone say too little."""

    ALLOW_ORIGIN = "allow-origin"  # the words cover a missing, wrong and repeated header alike
    PREFLIGHT_STATUS = "preflight-status"  # they cover error statuses and redirects alike
    PREFLIGHT_METHOD = "preflight-method"  # they do not name the method
    ANYTHING = "anything"  # they give no reason, or none but "it did not work"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsolePattern:
    """One form of words that an engine writes to its console.

    Attributes:
        text: a regular expression, searched for in one line; its group `detail` is what the words
            name.
        code: what the words mean; UNKNOWN where they give no reason by themselves.
        evidence: what the wire has to add; None where the words say it all.
    """

    text: str
    code: ReasonCode
    evidence: WireEvidence | None = None

    @property
    def pattern(self) -> re.Pattern[str]:
        """`text`, compiled when it is first needed: most commands judge nothing."""
        return _compiled(self.text)


@cache
def _compiled(text: str) -> re.Pattern[str]:
    return re.compile(text)


def says(text: str, code: ReasonCode, evidence: WireEvidence | None = None) -> ConsolePattern:
    """A row of a table of patterns."""
    return ConsolePattern(text=text, code=code, evidence=evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightCache:
    """What an engine makes of Access-Control-Max-Age.

    Attributes:
        cap_s: its imposed limit on max-age.
        digits_only: whether a value that has more than digits counts as 0; else a sign is read,
            and what is no number counts as absent.
        source: where in the engine's source the limit is declared.
    """

    cap_s: int
    digits_only: bool = False
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemBuilds:
    """Where builds lie that the user or the distribution installed.

    Attributes:
        products: what is looked for, in words.
        programs: names on PATH, best first.
        places: absolute patterns by `sys.platform`; those of Windows begin in its folders of
            programs.
    """

    products: str
    programs: tuple[str, ...]
    places: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaywrightNames:
    """What Playwright calls its own builds of an engine, and others that it can start.

    Attributes:
        executables: patterns of the program file below the build's folder, by Playwright's name
            for the build, best first. Folder names differ by operating system and by Playwright's
            version, hence patterns.
        headless_only: names of builds that have no window.
        named_by_file: names of builds that Playwright does not start by itself.
        channels: Playwright's names for other builds; `NAME-beta` and the like are meant as well.
    """

    executables: Mapping[str, tuple[str, ...]]
    headless_only: tuple[str, ...] = ()
    named_by_file: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def names(self, *, headed: bool) -> tuple[str, ...]:
        """Playwright's names for the builds that will do, best first."""
        return tuple(
            name for name in self.executables if not headed or name not in self.headless_only
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSettings:
    """What an engine is started with.

    Attributes:
        args: of its command line.
        prefs: Firefox's preferences.
    """

    args: tuple[str, ...] = ()
    prefs: Mapping[str, bool | int | str] = field(default_factory=dict)

    def __add__(self, more: "StartSettings") -> "StartSettings":
        """The settings of both; where they differ, those of `more`."""
        return StartSettings(args=self.args + more.args, prefs={**self.prefs, **more.prefs})

    def without(self, names: Collection[str]) -> "StartSettings":
        """The settings but those of these names: `--switch` of `--switch=value`, or a pref."""
        args = tuple(arg for arg in self.args if arg.partition("=")[0] not in names)
        prefs = {name: value for name, value in self.prefs.items() if name not in names}
        return StartSettings(args=args, prefs=prefs)


class PermissionControl(StrEnum):
    """Who can decide the permissions of a page, where a driver asks for it."""

    BROWSER = "browser"  # the browser, which can grant and deny
    CONTEXT = "context"  # a page's context, which can grant only
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """How an engine's permissions are decided; what cannot be decided stays as the engine has it.

    Attributes:
        control: who decides.
        names: the standard's name to the engine's, where those differ or nothing else is known.
        webdriver_names: the standard's name to those that the engine's WebDriver knows, where
            they differ.
    """

    control: PermissionControl = PermissionControl.NOBODY
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    webdriver_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class CaStore(StrEnum):
    """Where an engine looks for authorities that the user has installed."""

    HOME = "home"  # a database of NSS in the home folder
    PROFILE = "profile"  # a database of NSS in the browser's profile
    SYSTEM = "system"  # the system's own, which is not ours to change


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineKind:
    """What an engine is: a rendering engine with its network stack, whatever browser it is in.

    Attributes:
        name: `chromium`, `firefox`, `webkit`: in options, scenarios, journals and baselines.
        remark: what a reader of its name should know, mostly nothing.
        packages: Debian's; one tuple for each thing needed, the names that distributions give it
            inside.
        system: builds of the user's or the distribution's.
        playwright: Playwright's own builds.
        at_once: how many cells each of some pages may run at the same time, so that what the
            engine remembers of one of them outlives the others.
        shares_hsts: whether all contexts of one process know what one of them learnt of HSTS.
        settings: keep it from speaking to anybody outside this machine, and send everything
            through a proxy where there is one.
        loopback_only: names of settings among these with which it finds no host but this machine; a
            browser somewhere else is started without.
        public_address_space: settings that make some ports of 127.0.0.1 count as public address
            space, for Local Network Access; None: it has none.
        unattended: settings that refuse at once what Local Network Access would ask the user.
        proxy_bypass: what makes loopback go through the proxy of a context as well.
        knows_direct_ports: whether a context can have a proxy that single ports are called without.
        failure_names_that_say_nothing: None: the console names what failed. Else it says the same
            of all network errors, a driver that has names for them adds those, but for these.
        console_event: the event of WebDriver BiDi with what it writes to consoles itself; empty:
            `log.entryAdded` has it.
        is_silent_of_keepalive: whether its console says nothing of a request with `keepalive`.
        network_process: a word on the command line of the process that speaks to the network for
            all others; empty: the browser does that itself.
        permissions: how they are decided.
        ca_stores: by `sys.platform`; the system's where the platform is left out.
        preflight_cache: its limits.
        console_patterns: in order of precedence: exact words first, then words that the wire has
            to narrow down, network trouble next, and words that give no reason last. Where each
            comes from is named above it, as a path in the engine's own source.
        call_refused: begins error messages of `fetch()` that mean: the arguments were refused,
            there is no request.
    """

    name: str
    remark: str = ""
    packages: tuple[tuple[str, ...], ...]
    system: SystemBuilds
    playwright: PlaywrightNames
    at_once: int = 32  # a few leave Chromium idle
    shares_hsts: bool = False
    settings: StartSettings = field(default_factory=StartSettings)
    loopback_only: tuple[str, ...] = ()
    public_address_space: Callable[[Sequence[int]], StartSettings] | None = None
    unattended: StartSettings = field(default_factory=StartSettings)
    proxy_bypass: str = ""
    knows_direct_ports: bool = False
    failure_names_that_say_nothing: tuple[str, ...] | None = None
    console_event: str = ""
    is_silent_of_keepalive: bool = False
    network_process: str = ""
    permissions: Permissions = field(default_factory=Permissions)
    ca_stores: Mapping[str, CaStore] = field(default_factory=dict)
    preflight_cache: PreflightCache
    console_patterns: tuple[ConsolePattern, ...]
    call_refused: tuple[str, ...]

    def ca_store(self, platform: str) -> CaStore:
        """Where it looks for authorities of the user's on `platform`."""
        return self.ca_stores.get(platform, CaStore.SYSTEM)

    def start_settings(self, public_ports: Sequence[int], *, headed: bool) -> StartSettings:
        """The settings that the engine is started with.

        Args:
            public_ports: of 127.0.0.1, that shall count as public address space.
            headed: whether somebody sees its windows, and can answer what it asks.
        """
        if not public_ports or self.public_address_space is None:
            return self.settings
        settings = self.settings + self.public_address_space(public_ports)
        return settings if headed else settings + self.unattended
