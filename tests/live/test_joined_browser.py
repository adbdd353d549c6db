"""Browsers that somebody has open, as columns of the live page: three at once, beside their twins.

Each is a browser of its own, started by the test and not by `serve`: it opens the live page, and
its window is opened by a click.
"""

import base64
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.live.serve_program import assert_quiet, serve
from tests.live.shown import seen
from tests.reports.html.page_browsers import BROWSERS, PageBrowser
from tests.run.batches import SPEC
from tests.run.few_scenarios import ALLOWED_PUT, BETWEEN_REAL_ORIGINS, BLOCKED_IN_PLACES

pytestmark = pytest.mark.browser

SCENARIOS = f"""\
{ALLOWED_PUT}- id: method
  title: A method that the server does not allow
  spec: {SPEC}
  policy: {{allow_origins: ["{{page}}"], allow_methods: [PUT]}}
  servers: [flask-cors]
  request: {{method: DELETE}}
  expect: {{outcome: blocked, reason: method-not-allowed, wire: [preflight]}}
- id: redirected
  title: A redirect to another origin of the run
  spec: {SPEC}
  response:
    - status: 302
      headers: {{Access-Control-Allow-Origin: "{{page}}", Location: "{{other}}/there?{{cell}}"}}
    - {{at: other, path: /there, headers: {{Access-Control-Allow-Origin: "*"}}}}
  request: {{}}
  expect: {{outcome: allowed, redirected: true, wire: [request, request]}}
{BLOCKED_IN_PLACES}- id: localhost
  title: A page on another loopback name
  spec: {SPEC}
  page: localhost
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
  request: {{}}
  expect: {{outcome: allowed, sent: {{Sec-Fetch-Mode: cors}}}}
- id: twice
  title: The preflight is kept for the second call
  spec: {SPEC}
  page: localhost
  server_host: localhost
  response:
    headers:
      Access-Control-Allow-Origin: "*"
      Access-Control-Allow-Methods: PUT
      Access-Control-Max-Age: "60"
  steps:
    - {{request: {{method: PUT}}, expect: {{outcome: allowed, wire: [preflight, request]}}}}
    - {{request: {{method: PUT}}, expect: {{outcome: allowed, wire: [request]}}}}
- id: own-origin
  title: The page asks its own origin
  spec: {SPEC}
  request: {{at: page, path: /none}}
  response: {{status: 200}}
  expect: {{outcome: allowed, status: 404}}
{BETWEEN_REAL_ORIGINS}- id: cookie
  title: A cookie that would stay with the user
  spec: {SPEC}
  response:
    headers:
      Access-Control-Allow-Origin: "{{page}}"
      Access-Control-Allow-Credentials: "true"
      Set-Cookie: seen=yes
  request: {{credentials: include}}
  expect: {{outcome: allowed}}
- id: credentials
  title: A call with the cookies that there are
  spec: {SPEC}
  response:
    headers:
      Access-Control-Allow-Origin: "{{page}}"
      Access-Control-Allow-Credentials: "true"
  request: {{credentials: include}}
  expect: {{outcome: allowed}}
"""
SKIPPED = {
    "own-origin": "real origins, and calls of a page to its own, go through a proxy",
    "real": "real origins, and calls of a page to its own, go through a proxy",
    "cookie": "it has to run without cookies and caches from before, or would leave some",
}
WITH_COOKIE = "firefox"  # in which the user has one for this host, of another port
RERUN_OF_PUT = """
const wish = { method: "POST", body: JSON.stringify({ scenario: "put" }) };
return (await fetch("rerun", wish)).ok;
"""


def by_column(rows: list[dict[str, Any]]) -> Mapping[str, Mapping[str, list[str]]]:
    columns: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        columns.setdefault(row["engine"], {})[row["scenario"]] = row["came_to"]
    return columns


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("joined")
    (made / "cors.yaml").write_text(SCENARIOS)
    return made


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """A live page that everything in this module is shown on."""
    with serve(folder, "cors.yaml") as served:
        yield served.url
    assert_quiet(served)


@pytest.fixture(scope="module")
def browsers(url: str) -> Iterator[Mapping[str, PageBrowser]]:
    """Three browsers of somebody's, all of which have joined."""
    with ExitStack() as stack:
        opened = {name: stack.enter_context(make()) for name, make in BROWSERS.items()}
        for name, browser in opened.items():
            browser.open(url)
            if name == WITH_COOKIE:
                browser.run("document.cookie = 'mine=secret; path=/'")
            browser.click(".live-here")
        yield opened


@pytest.fixture(scope="module")
def whole(browsers: Mapping[str, PageBrowser]) -> dict[str, Any]:
    """What the page shows once all six columns are full."""
    return seen(browsers["chromium"], "state === 'idle' && rows.length === 72")


@pytest.mark.parametrize("name", BROWSERS)
def test_column_has_the_verdicts_of_the_driven_engine_of_its_kind(
    name: str, whole: dict[str, Any]
) -> None:
    columns = by_column(whole["rows"])
    twin, joined = columns[name], columns[f"{name}-linux"]
    assert {came_to[0] for came_to in twin.values()} == {"as-expected"}
    skipped = {*SKIPPED, *(["credentials"] if name == WITH_COOKIE else [])}
    ran = {scenario: of for scenario, of in twin.items() if scenario not in skipped}
    assert joined == ran | {name: ["skipped", "", ""] for name in skipped}
    reasons = {reason for reason, _ in whole["skips"] if reason.startswith(f"{name}-linux: ")}
    expected = {f"{name}-linux: {why}" for why in SKIPPED.values()}
    assert [why for why in expected if not any(told.startswith(why) for told in reasons)] == []
    assert len(reasons) == len(expected)


def test_cookie_of_the_user_decides_nothing_and_stands_nowhere(
    browsers: Mapping[str, PageBrowser], whole: dict[str, Any]
) -> None:
    why = f"{WITH_COOKIE}-linux: {SKIPPED['cookie']}"
    counts = [count for reason, count in whole["skips"] if reason.startswith(why)]
    assert counts == [2]  # what sets one, and what has got one
    packed = browsers["chromium"].run("return (await (await fetch('document')).json()).details")
    details = b"".join(zlib.decompress(base64.b64decode(chunk)) for chunk in packed)
    assert b"access-control-allow-credentials" in details.lower()
    assert b"mine=secret" not in details


@pytest.mark.parametrize("name", BROWSERS)
def test_record_names_the_browser_and_says_that_it_was_this_one(
    name: str, whole: dict[str, Any]
) -> None:
    engine = next(each for each in whole["engines"] if each["name"] == f"{name}-linux")
    assert engine["build"].startswith("this browser, as it says of itself: Mozilla/5.0 (X11; Linux")
    assert "no automation" in engine["driver"]
    assert engine["label"].endswith(" on Linux" + ", not Safari" * (name == "webkit"))
    assert f"{engine['label']} ({name}-linux) takes part" in whole["live"]


def test_edited_scenario_runs_again_in_windows_that_came_back(
    browsers: Mapping[str, PageBrowser], whole: dict[str, Any], folder: Path
) -> None:
    assert whole["rows"]
    text = SCENARIOS.replace("outcome: allowed, redirected: true", "outcome: blocked", 1)
    (folder / "cors.yaml").write_text(text)
    told = "row.scenario === 'redirected' && row.came_to[0] === 'unexpected'"
    found = seen(
        browsers["firefox"],
        f"state === 'idle' && rows.filter((row) => {told}).length === 6",
    )
    assert by_column(found["rows"])["webkit-linux"]["put"] == ["as-expected", "allowed", ""]


def test_stopped_browser_says_so_is_skipped_aloud_and_can_be_removed(
    browsers: Mapping[str, PageBrowser], whole: dict[str, Any]
) -> None:
    assert whole["rows"]
    webkit = browsers["webkit"]
    webkit.click("[aria-label='Stop webkit-linux']")
    seen(webkit, "live.includes('takes no part: it was stopped on the live page')")
    webkit.run(RERUN_OF_PUT)
    left_out = "(row) => row.engine === 'webkit-linux' && row.scenario === 'put'"
    found = seen(webkit, f"state === 'idle' && rows.find({left_out}).came_to[0] === 'skipped'")
    assert ["webkit-linux: it was stopped on the live page", 1] in found["skips"]
    webkit.click("[aria-label='Remove webkit-linux']")
    gone = "!rows.some((r) => r.engine === 'webkit-linux') && !live.includes('webkit-linux')"
    seen(webkit, f"state === 'idle' && {gone}")
