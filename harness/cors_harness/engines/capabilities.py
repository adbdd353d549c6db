"""What a session of a remote browser is asked for, and what is said of the one that comes.

https://w3c.github.io/webdriver/#capabilities
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cors_harness.engine_kinds.kind import EngineKind
from cors_harness.engines.base import DEFAULT_PAGE, PageOptions
from cors_harness.engines.bidi_pages import manual_proxy
from cors_harness.engines.webdriver import NewSession
from cors_harness.model.remote import Remote
from cors_harness.terms.engine_names import ENGINE_OF_BROWSER, browser_of, engine_of

WEB_SOCKET_URL = "webSocketUrl"
INSECURE_CERTS = "acceptInsecureCerts"
# The browserName of each; WebKitWebDriver starts what it was built for where none is asked.
BROWSER_NAMES: Mapping[str, str] = {
    "chromium": "chrome",
    "chrome": "chrome",
    "edge": "MicrosoftEdge",
    "msedge": "MicrosoftEdge",
    "opera": "opera",
    "firefox": "firefox",
    "safari": "safari",
    "epiphany": "Epiphany",
    "minibrowser": "MiniBrowser",
}
# Under which capability a browser takes what it is started with.
VENDOR_OPTIONS: Mapping[str, str] = {
    "chrome": "goog:chromeOptions",
    "MicrosoftEdge": "ms:edgeOptions",
    "opera": "goog:chromeOptions",
    "firefox": "moz:firefoxOptions",
}
# A page that no window shows, or another one covers, is to run as fast as one that is seen.
IN_BACKGROUND = (
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)
TITLES: Mapping[str, str] = {"microsoftedge": "Edge", "msedge": "Edge"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a session is asked for where its driver knows it.

    Attributes:
        bidi: a WebSocket for WebDriver BiDi.
        insecure_certs: certificates that the browser does not trust are accepted.
        page: how its pages get to where they call; the proxy of it.
    """

    bidi: bool = False
    insecure_certs: bool = False
    page: PageOptions = DEFAULT_PAGE

    def capabilities(self, kind: EngineKind) -> Iterator[tuple[str, Any]]:
        """The same as WebDriver names it, for an engine of a kind."""
        if self.bidi:
            yield WEB_SOCKET_URL, True
        if self.insecure_certs:
            yield INSECURE_CERTS, True
        if self.page.proxy is not None:
            yield "proxy", manual_proxy(self.page.proxy, self.page.past_proxy(kind))


def asked_capabilities(remote: Remote, kind: EngineKind, wishes: Wishes) -> Mapping[str, Any]:
    """All that a session must have: what the user states comes before what we do."""
    stated = remote.capabilities
    browser_name = stated.get("browserName") or BROWSER_NAMES.get(browser_of(remote.name))
    asked: dict[str, Any] = {"browserName": browser_name} if browser_name else {}
    if vendor := VENDOR_OPTIONS.get(str(browser_name)):
        asked[vendor] = _with_settings(stated.get(vendor), kind)
    # webSocketUrl and acceptInsecureCerts may be stated to be false: then they are not asked for.
    own = {name for name in (WEB_SOCKET_URL, INSECURE_CERTS) if name in stated}
    others = {name: value for name, value in stated.items() if name not in {*asked, *own}}
    return {**asked, **others, **dict(wishes.capabilities(kind))}


def _with_settings(stated: object, kind: EngineKind) -> Mapping[str, Any]:
    """The options of a browser's maker, with the settings that local ones have."""
    options = dict(stated) if isinstance(stated, Mapping) else {}
    settings = kind.settings.without(kind.loopback_only)
    if settings.prefs:
        options["prefs"] = {**settings.prefs, **dict(options.get("prefs") or {})}
    if settings.args:
        options["args"] = [*settings.args, *IN_BACKGROUND, *(options.get("args") or ())]
    return options


def engine_that_came(session: NewSession) -> str:
    """The name of the engine of the browser that the session says it has; empty: unknown."""
    browser = session.text("browserName").lower().partition(" ")[0].partition("-")[0]
    engine = engine_of({"microsoftedge": "edge"}.get(browser, browser))
    return engine if engine in ENGINE_OF_BROWSER.values() else ""


def label(session: NewSession) -> str:
    """What reports call the browser: `Safari 26.1 on macOS`."""
    name = session.text("browserName") or "a browser without a name"
    title = TITLES.get(name.lower(), name[:1].upper() + name[1:])
    version = session.text("browserVersion") or "of unknown version"
    platform = session.text("platformName")
    text = f"{title} {version}" + (f" on {platform}" if platform else "")
    is_other_webkit = engine_that_came(session) == "webkit" and "safari" not in name.lower()
    return f"{text}, not Safari" if is_other_webkit else text
