"""measure_small_app(): how long a user waits for the first line of `run --app` on a small app."""

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cors_harness.errors import HarnessError

RUNS = 3  # the median counts
UNEXPECTED = 1  # the exit status of a run that finds something, as this one must
WORDS = 2000  # characters of what it said, where it comes to something else

# No framework: what is measured is the harness. It forgot the method of its own route.
APP = """\
def app(environ, start):
    headers = [("Access-Control-Allow-Origin", "https://app.example.com")]
    if environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD"):
        headers.append(("Access-Control-Allow-Methods", "GET, POST"))
    start("200 OK", [("Content-Type", "application/json"), *headers])
    return [b"[]"]
"""
SCENARIOS = """\
- id: get-orders
  title: "{from} may GET /orders"
  spec: https://fetch.spec.whatwg.org/#concept-cors-check
  matrix: {from: [https://app.example.com]}
  page: "{from}"
  origins: {server: https://api.example.org}
  request: {path: /orders}
  expect: {outcome: allowed, status: 200}

- id: get-orders-stranger
  title: "{from} may not GET /orders"
  spec: https://fetch.spec.whatwg.org/#concept-cors-check
  matrix: {from: [https://stranger.example, https://app.example.com.stranger.example]}
  page: "{from}"
  origins: {server: https://api.example.org}
  request: {path: /orders}
  expect: {outcome: blocked, wire: [request]}

- id: put-order
  title: "{from} may PUT /orders/1"
  spec: https://fetch.spec.whatwg.org/#cors-preflight-fetch
  matrix: {from: [https://app.example.com]}
  page: "{from}"
  origins: {server: https://api.example.org}
  request: {method: PUT, path: /orders/1}
  expect: {outcome: allowed}
"""
CELLS = 4  # of each browser


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallRun:
    """What `run --app` on a small app takes, the median of a few.

    Attributes:
        cells: how many it has.
        first_line_s: seconds from its start to the first line that it prints as a result.
        total_s: seconds to its end.
    """

    cells: int
    first_line_s: float
    total_s: float


def measure_small_app(engines: Sequence[str]) -> SmallRun:
    """Has a process of its own run a small app with one mistake, as a user would.

    Raises:
        HarnessError: it does not come to what it must; with its words.
    """
    with TemporaryDirectory(prefix="cors-harness-bench-") as folder:
        (Path(folder) / "shop.py").write_text(APP, "utf-8")
        (Path(folder) / "cors.yaml").write_text(SCENARIOS, "utf-8")
        runs = [_run(engines, folder) for _ in range(RUNS)]
    first, total = (statistics.median(times) for times in zip(*runs, strict=True))
    return SmallRun(
        cells=CELLS * len(engines), first_line_s=round(first, 2), total_s=round(total, 2)
    )


def _run(engines: Sequence[str], folder: str) -> tuple[float, float]:
    """Seconds to its first line, and to its end."""
    names = (word for name in engines for word in ("--browser", name))
    argv = (sys.executable, "-m", "cors_harness", "run", "cors.yaml", "--app", "shop:app", *names)
    began = time.monotonic()
    with subprocess.Popen(  # noqa: S603 - ourselves
        argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            first = process.stdout.readline() if process.stdout else ""
            first_s = time.monotonic() - began
            rest, complaints = process.communicate()
        except BaseException:
            process.terminate()  # as Ctrl-C would: it ends what it has started
            process.wait()
            raise
        total_s = time.monotonic() - began
    if process.returncode != UNEXPECTED or not first:
        said = (complaints + rest)[-WORDS:]
        raise HarnessError(f"bench: the run of a small app: status {process.returncode}\n{said}")
    return first_s, total_s
