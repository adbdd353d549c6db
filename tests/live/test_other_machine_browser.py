"""A phone, as it were: a browser on another machine reads the QR code, and joins by `--host`."""

from pathlib import Path
from typing import Any

import pytest
from tests.live.other_machine import ADDRESS, joined_from_elsewhere
from tests.live.qr_reading import read_svg
from tests.run.batches import SPEC
from tests.run.few_scenarios import ALLOWED_PUT

pytestmark = pytest.mark.browser

SCENARIOS = f"""\
{ALLOWED_PUT}- id: blocked
  title: A server that allows somebody else
  spec: {SPEC}
  response: {{headers: {{Access-Control-Allow-Origin: "https://example.com"}}}}
  request: {{}}
  expect: {{outcome: blocked, reason: allow-origin-mismatch, wire: [request]}}
- id: own-origin
  title: The page asks its own origin, which is recorded there
  spec: {SPEC}
  request: {{at: page, path: /none}}
  response: {{status: 200}}
  expect: {{outcome: allowed, status: 404}}
- id: localhost
  title: A page on the browser's own machine
  spec: {SPEC}
  page: localhost
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
  request: {{}}
  expect: {{outcome: allowed}}
- id: real
  title: Between real origins
  spec: {SPEC}
  page: https://app.example.com
  origins: {{server: https://api.example.org}}
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
  request: {{}}
  expect: {{outcome: allowed}}
"""


def test_browser_of_another_machine_joins_by_the_address_of_the_qr_code(tmp_path: Path) -> None:
    (tmp_path / "cors.yaml").write_text(SCENARIOS)
    found: dict[str, Any] = joined_from_elsewhere(tmp_path)
    assert read_svg(found["code"]["svg"]) == [found["url"]]
    assert found["url"] in found["code"]["text"]
    came_to = {
        row["scenario"]: row["came_to"][0]
        for row in found["rows"]
        if row["engine"] == "chromium-linux"
    }
    assert came_to == {
        **dict.fromkeys(("put", "blocked", "own-origin"), "as-expected"),
        **dict.fromkeys(("localhost", "real"), "skipped"),
    }
    assert ["localhost is the browser's own machine", 1] in [
        [reason.partition(",")[0], count] for reason, count in found["skips"]
    ]
    assert f"warning  the page answers on {ADDRESS}, not only on this machine" in found["said"]
    assert f"open     advertised as {ADDRESS} for chromium-linux: " in found["said"]
    lines = found["said"].splitlines()
    first, second = (line for line in lines if line.startswith("open "))
    assert first.count(",") == second.count(",")  # as many ports, and not those of before too
    assert "they answer machines whose browser has shown a ticket of this run" in found["said"]
