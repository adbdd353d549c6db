"""Which browser somebody has open, by what it says of itself."""

import pytest

from cors_harness.engines.user_agent import MOST, read_user_agent
from cors_harness.terms.engine_names import engine_of, is_column

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K)"
BLINK = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
KNOWN = {
    "Safari": (
        f"{MAC} {WEBKIT} Version/18.1 Safari/605.1.15",
        "",
        "safari-mac",
        "Safari 18.1 on macOS",
    ),
    "Safari on a phone": (
        f"{IPHONE} {WEBKIT} Version/18.1 Mobile/15E148 Safari/604.1",
        "",
        "safari-iphone",
        "Safari 18.1 on iPhone",
    ),
    "WebKitGTK": (
        f"{LINUX} {WEBKIT} Version/18.0 Safari/605.1.15",
        "",
        "webkit-linux",
        "WebKit 18 on Linux, not Safari",
    ),
    "Chrome on a phone of Apple's": (
        f"{IPHONE} {WEBKIT} CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
        "",
        "webkit-chrome-iphone",
        "Chrome 126.0.6478.54 on iPhone",
    ),
    "Firefox on a phone of Apple's": (
        f"{IPHONE} {WEBKIT} FxiOS/126.0 Mobile/15E148 Safari/605.1.15",
        "",
        "webkit-firefox-iphone",
        "Firefox 126 on iPhone",
    ),
    "Edge": (
        f"{WINDOWS} {BLINK} Safari/537.36 Edg/126.0.2592.61",
        '"Not/A)Brand";v="8", "Chromium";v="126", "Microsoft Edge";v="126"',
        "edge-windows",
        "Edge 126.0.2592.61 on Windows",
    ),
    "Chrome": (
        f"{WINDOWS} {BLINK} Safari/537.36",
        '"Chromium";v="126", "Google Chrome";v="126", "Not.A/Brand";v="99"',
        "chrome-windows",
        "Chrome 126 on Windows",
    ),
    "Chromium": (
        f"{LINUX} {BLINK} Safari/537.36",
        '"Not-A.Brand";v="24", "Chromium";v="126"',
        "chromium-linux",
        "Chromium 126 on Linux",
    ),
    "Brave": (
        f"{LINUX} {BLINK} Safari/537.36",
        '"Brave";v="126", "Chromium";v="126", "Not.A/Brand";v="99"',
        "chromium-brave-linux",
        "Brave 126 on Linux",
    ),
    "one of Chromium without brands": (
        f"{ANDROID} {BLINK} Mobile Safari/537.36",
        "",
        "chromium-android",
        "Chromium 126 on Android",
    ),
    "Samsung Internet": (
        f"{ANDROID} AppleWebKit/537.36 SamsungBrowser/25.0 Chrome/121.0.0.0 Safari/537.36",
        "",
        "chromium-samsung-android",
        "Samsung Internet 25 on Android",
    ),
    "Firefox": (
        f"{LINUX.removesuffix(')')}; rv:140.0) Gecko/20100101 Firefox/140.0",
        "",
        "firefox-linux",
        "Firefox 140 on Linux",
    ),
    "system that nobody knows": (
        "Mozilla/5.0 (Haiku; rv:140.0) Gecko/20100101 Firefox/140.0",
        "",
        "firefox",
        "Firefox 140",
    ),
}
ENGINES = {"edge": "chromium", "chrome": "chromium", "safari": "webkit"}


@pytest.mark.parametrize(("text", "brands", "column", "label"), KNOWN.values(), ids=KNOWN)
def test_browser_is_told_by_its_own_words(text: str, brands: str, column: str, label: str) -> None:
    agent = read_user_agent(text, brands)
    assert agent is not None
    assert (agent.column, agent.label, agent.text) == (column, label, text)
    assert is_column(column)
    first = column.partition("-")[0]
    assert engine_of(column) == ENGINES.get(first, first)


UNKNOWN = {
    "nothing": "",
    "curl": "curl/8.5.0",
    "Internet Explorer": "Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko",
    "EdgeHTML": f"{WINDOWS} {BLINK} Safari/537.36 Edge/18.19042",
    "Lynx": "Lynx/2.9.0 libwww-FM/2.14",
    "WebKit that names no browser": f"{LINUX} {WEBKIT}",
}


@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN)
def test_browser_of_no_known_engine_is_none(text: str) -> None:
    assert read_user_agent(text) is None


def test_what_a_browser_says_is_text_of_some_length() -> None:
    agent = read_user_agent(f"{LINUX}\u202e\x1b[31m Gecko/1 Firefox/140.0 {'x' * 1000}")
    assert agent is not None
    assert agent.text.isprintable()
    assert agent.text.isascii()
    assert len(agent.text) == MOST
