"""The three engines, each with one page open: it goes to a file, and runs a piece of script there.

Chromium and WebKit are driven by classic WebDriver, a stock Firefox by WebDriver BiDi: what a test
asks of them is the same.
"""

import asyncio
import base64
import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from tests.webdriver_programs import HEADLESS, DriverProgram, chromedriver, webkit_driver

from cors_harness.engines.bidi_connection import BidiConnection
from cors_harness.engines.firefox_process import FirefoxProcess
from cors_harness.engines.provision import find_engine

COMMAND_S = 120
SETTLED = "const settled = (value) => arguments[arguments.length - 1]({value});"
FAILED = "const failed = (error) => arguments[arguments.length - 1]({error: String(error)});"

READY = """
const until = async (what) => {
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    const found = what();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited in vain: ${what}`);
};
const $ = (selector) => document.querySelector(selector);
await until(() => document.documentElement.dataset.ready);
await until(() => $(".evidence blockquote"));
"""
"""Script that waits for the page, and knows `until` and `$`."""
OPEN = f"""{READY}
$("#cells").scrollIntoView();
(await until(() => $("button.mark.s-unexpected"))).click();
await until(() => $("#cell[open] .diagram"));
"""
"""Script that opens the first cell that is not as expected."""


class PageBrowser(Protocol):
    """A browser with one page."""

    def open(self, url: str) -> None:
        """Goes there, and waits until the page has loaded."""

    def run(self, body: str) -> Any:
        """What the body of an async function returns, as JSON; AssertionError where it throws."""

    def picture(self) -> bytes:
        """What the window shows, as PNG."""


class _WebDriverPage:
    """A session of classic WebDriver."""

    def __init__(self, program: DriverProgram, capabilities: Mapping[str, Any]) -> None:
        self._url = program.url
        asked = {"capabilities": {"alwaysMatch": capabilities}}
        self._session = f"/session/{self._command('/session', asked)['sessionId']}"
        self._command(f"{self._session}/timeouts", {"script": COMMAND_S * 1000})

    def open(self, url: str) -> None:
        self._command(f"{self._session}/url", {"url": url})

    def run(self, body: str) -> Any:
        script = f"{SETTLED}{FAILED}(async () => {{{body}}})().then(settled, failed);"
        found = self._command(f"{self._session}/execute/async", {"script": script, "args": []})
        assert "error" not in found, found["error"]
        return found.get("value")

    def picture(self) -> bytes:
        return base64.b64decode(self._command(f"{self._session}/screenshot", None, method="GET"))

    def close(self) -> None:
        self._command(self._session, None, method="DELETE")

    def _command(self, path: str, body: object, *, method: str = "POST") -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - an endpoint on loopback
            self._url + path, data=data, method=method, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=COMMAND_S) as response:  # noqa: S310
            return json.load(response)["value"]


@contextmanager
def _by_webdriver(
    program: AbstractContextManager[DriverProgram], capabilities: Mapping[str, Any]
) -> Iterator[PageBrowser]:
    with program as endpoint:
        page = _WebDriverPage(endpoint, capabilities)
        try:
            yield page
        finally:
            page.close()


class _FirefoxPage:
    """A stock Firefox, over WebDriver BiDi."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        executable = find_engine("firefox").executable
        assert executable, "a Firefox of Playwright's own is driven by Playwright"
        self._process = FirefoxProcess(executable)
        self._connection, self._context = runner.run(self._begun())

    async def _begun(self) -> tuple[BidiConnection, str]:
        await self._process.make_profile({}, None)
        address = await self._process.start(headed=False)
        connection = await BidiConnection.open(f"{address}/session")
        await connection.call("session.new", capabilities={})
        tree = await connection.call("browsingContext.getTree")
        return connection, tree["contexts"][0]["context"]

    def open(self, url: str) -> None:
        self._call("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def run(self, body: str) -> Any:
        target = {"context": self._context}
        expression = f"(async () => {{{body}}})().then((value) => JSON.stringify({{value}}))"
        found = self._call(
            "script.evaluate", expression=expression, target=target, awaitPromise=True
        )
        assert found["type"] == "success", found
        return json.loads(found["result"]["value"]).get("value")

    def picture(self) -> bytes:
        found = self._call("browsingContext.captureScreenshot", context=self._context)
        return base64.b64decode(found["data"])

    def close(self) -> None:
        self._runner.run(self._process.stop())
        self._runner.run(self._connection.close())

    def _call(self, method: str, **params: Any) -> Any:
        return self._runner.run(self._connection.call(method, **params))


@contextmanager
def _firefox() -> Iterator[PageBrowser]:
    with asyncio.Runner() as runner:
        page = _FirefoxPage(runner)
        try:
            yield page
        finally:
            page.close()


BROWSERS: Mapping[str, Callable[[], AbstractContextManager[PageBrowser]]] = {
    "chromium": lambda: _by_webdriver(chromedriver(), HEADLESS),
    "firefox": _firefox,
    "webkit": lambda: _by_webdriver(webkit_driver(), {}),
}
"""By engine: opens one."""
