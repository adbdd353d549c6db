"""A scenario that `cors-harness new` writes, run as it stands on an app, in a real browser."""

import json
import sys
from io import StringIO
from pathlib import Path

import pytest
from tests.cli.program import program
from tests.client.shop import ALLOWED, APP, SHOP

pytestmark = pytest.mark.browser

# As Chromium copies it; the page asks for a method that the app allows, or for one that it forgot.
CURL = """\
curl 'https://api.example.org/orders/7' \\
  -X '{method}' \\
  -H 'accept: */*' \\
  -H 'content-type: application/json' \\
  -b 'session=s3cret' \\
  -H 'origin: {origin}' \\
  -H 'sec-fetch-mode: cors' \\
  --data-raw '{{"n":1}}'
"""


@pytest.mark.parametrize(
    ("request_by", "options", "status", "outcome"),
    [
        (("PUT", ALLOWED), ("--read", "X-Total"), 0, "allowed"),
        (("PUT", ALLOWED), ("--read", "X-Secret"), 1, "allowed"),
        (("PATCH", ALLOWED), (), 1, "blocked"),
        (("PUT", "https://evil.example"), ("--expect", "blocked"), 0, "blocked"),
    ],
    ids=["allowed", "a header that is not exposed", "a method that was forgotten", "a stranger"],
)
def test_curl_command_becomes_a_scenario_that_judges_the_app(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request_by: tuple[str, str],
    options: tuple[str, ...],
    status: int,
    outcome: str,
) -> None:
    method, origin = request_by
    (tmp_path / "shop.py").write_text(SHOP)
    monkeypatch.setattr(sys, "stdin", StringIO(CURL.format(method=method, origin=origin)))
    written = program(tmp_path, "new", "orders.yaml", "--from-curl", "-", *options)
    assert written.returncode == 0, written.stderr
    engine = ("--browser", "chromium", "--json")
    done = program(tmp_path, "run", "orders.yaml", "--app", APP, *engine)
    assert done.returncode == status, done.stderr
    (cell,) = json.loads(done.stdout)["cells"]
    assert cell["observation"]["outcome"] == outcome
