"""UserAgent: which browser somebody has open, by its own words, and what its engine is.

The words are those of the `User-Agent` header, and of `Sec-CH-UA` where a browser sends it: only
that tells the browsers apart which are made of Chromium.
https://httpwg.org/specs/rfc9110.html#field.user-agent
https://wicg.github.io/ua-client-hints/#sec-ch-ua
"""

import re
from dataclasses import dataclass

MOST = 300  # characters of what is told of it
_BRAND = re.compile(r'"((?:[^"\\]|\\.)*)"\s*;\s*v\s*=\s*"(\d+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class _Product:
    """How one browser says who it is.

    Attributes:
        sign: in the `User-Agent`, before a `/` and the version.
        title: what people call it.
        column: how its column's name begins: the first word tells the engine.
    """

    sign: str
    title: str
    column: str


_SAMSUNG = _Product(sign="SamsungBrowser", title="Samsung Internet", column="chromium-samsung")
_HEADLESS = _Product(sign="HeadlessChrome", title="Chromium, headless,", column="chromium")
_CHROMIUM = _Product(sign="Chrome", title="Chromium", column="chromium")  # or one made of it
_SAFARI = _Product(sign="Version", title="Safari", column="safari")
# In this order: most browsers name those that they want to be taken for as well. On iOS all of them
# are WebKit.
_PRODUCTS = (
    _Product(sign="EdgiOS", title="Edge", column="webkit-edge"),
    _Product(sign="CriOS", title="Chrome", column="webkit-chrome"),
    _Product(sign="FxiOS", title="Firefox", column="webkit-firefox"),
    _Product(sign="OPT", title="Opera", column="webkit-opera"),
    _Product(sign="EdgA", title="Edge", column="edge"),
    _Product(sign="Edg", title="Edge", column="edge"),
    _Product(sign="OPR", title="Opera", column="opera"),
    _SAMSUNG,
    _Product(sign="Firefox", title="Firefox", column="firefox"),
    _HEADLESS,
    _CHROMIUM,
    _SAFARI,
)
_BRANDS = {
    "Microsoft Edge": _Product(sign="", title="Edge", column="edge"),
    "Google Chrome": _Product(sign="", title="Chrome", column="chrome"),
    "Opera": _Product(sign="", title="Opera", column="opera"),
    "Brave": _Product(sign="", title="Brave", column="chromium-brave"),
    "Samsung Internet": _SAMSUNG,
    "HeadlessChrome": _HEADLESS,
    "Chromium": _CHROMIUM,
}
_SYSTEMS = (
    ("iPhone", "iPhone", "iphone"),
    ("iPad", "iPad", "ipad"),
    ("Android", "Android", "android"),
    ("Windows", "Windows", "windows"),
    ("CrOS", "ChromeOS", "chromeos"),
    ("Macintosh", "macOS", "mac"),
    ("Linux", "Linux", "linux"),
)
_APPLE = ("iPhone", "iPad", "macOS")
_NOT_SAFARI = _Product(sign="", title="WebKit", column="webkit")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAgent:
    """A browser of an engine that is known.

    Attributes:
        column: how its column may be called, `edge-windows`; the first word tells the engine.
        label: what people call it: `Edge 126 on Windows`.
        version: as it says; empty: it says none.
        text: its `User-Agent`, cut where it is too long, without control characters.
    """

    column: str
    label: str
    version: str
    text: str


def read_user_agent(text: str, brands: str = "") -> UserAgent | None:
    """The browser with such headers; None: its engine is none that is known.

    Args:
        text: its `User-Agent`.
        brands: its `Sec-CH-UA`; empty: it sends none.
    """
    if "AppleWebKit/" not in text and "Gecko/" not in text:
        return None
    product = _product(text)
    if product is None or (product is _CHROMIUM and "Edge/" in text):  # EdgeHTML
        return None
    system, word = next(((s, w) for named, s, w in _SYSTEMS if named in text), ("", ""))
    version = _version(text, product.sign)
    if product is _SAFARI and system not in _APPLE:
        product = _NOT_SAFARI
    if product is _CHROMIUM and (told := _by_brands(brands)):
        product, version = told
    place = f" on {system}" if system else ""
    not_safari = ", not Safari" if product is _NOT_SAFARI else ""
    return UserAgent(
        column="-".join(filter(None, (product.column, word))),
        label=f"{product.title} {version}".strip() + place + not_safari,
        version=version,
        text=_shown(text),
    )


def _product(text: str) -> _Product | None:
    return next((each for each in _PRODUCTS if _version(text, each.sign)), None)


def _version(text: str, sign: str) -> str:
    found = re.search(rf"(?<![\w.]){re.escape(sign)}/([\w.]+)", text)
    # Browsers of Chromium write zeros for what they do not tell.
    return re.sub(r"(?:\.0)+$", "", found[1]) if found else ""


def _by_brands(brands: str) -> tuple[_Product, str] | None:
    named = dict(_BRAND.findall(brands))
    return next(((of, named[name]) for name, of in _BRANDS.items() if name in named), None)


def _shown(text: str) -> str:
    return re.sub(r"[^ -~]", "?", text)[:MOST]
