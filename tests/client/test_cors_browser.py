"""Real browsers make one fetch after the other to the user's app."""

import asyncio
import signal
import threading
from pathlib import Path

import pytest
from tests.client.shop import ALLOWED, APP, SHOP
from tests.run.conftest import process_tree as process_tree  # noqa: PLC0414 - a fixture
from tests.run.process_tree import ProcessTree, descendants, send
from tests.wait_for_exit import ends

from cors_harness import Cors
from cors_harness.client.result import Result
from cors_harness.errors import EngineMissing, HarnessError, ServerFailed
from cors_harness.model.scenario import Outcome
from cors_harness.model.subject import AppSubject
from cors_harness.run.settings import RunSettings
from cors_harness.terms.headers import get

pytestmark = pytest.mark.browser

EVIL = "https://app.example.com.evil.test"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "shop.py").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    return APP


def order(cors: Cors, origin: str | None) -> Result:
    return cors.fetch("PUT", "/orders/7", origin=origin, json={"n": 1})


def test_all_engines_answer_from_every_sort_of_origin_and_forget_each_fetch(
    shop: str, process_tree: ProcessTree
) -> None:
    with Cors(shop) as cors:
        assert_sorts_of_origins(cors)
        asyncio.run(assert_nothing_is_left(cors))
    assert process_tree.survivors() == []


def assert_sorts_of_origins(cors: Cors) -> None:
    allowed, refused = order(cors, ALLOWED), order(cors, EVIL)
    null, own = order(cors, "null"), cors.fetch("GET", "/who")
    plain = cors.fetch("GET", "/who", origin="http://shop.example", mode="no-cors")
    assert [each.name for each in cors.engines] == ["chromium", "firefox", "webkit"]
    assert (allowed.allowed_in_all, allowed.preflighted) == (True, True)
    for each in allowed:
        assert (each.status, each.body) == (200, '{"number":7,"n":1}')
        assert (each.headers.get("X-Total"), each.headers.get("X-Secret")) == ("3", None)
        assert [str(e.kind) for e in each.exchanges] == ["preflight", "request"]
        assert {e.origin for e in each.exchanges} == {"https://server.test"}
    assert refused.blocked_in_all, refused
    assert all(each.preflight and len(each.exchanges) == 1 for each in refused)
    assert {each.reason for each in refused} <= {"allow-origin-missing", "preflight-status"}
    assert (null.allowed_in_all, own.blocked_in_all) == (True, True)
    assert {each.outcome for each in plain} == {Outcome.OPAQUE}


async def assert_nothing_is_left(cors: Cors) -> None:
    """Cookies, nor HSTS, which all pages of Firefox share; nor does a caller's own loop matter."""
    calls = ("https", "/login"), ("https", "/who"), ("http", "/who"), ("https", "/hsts")
    _, after_login, _, _, after_hsts = [
        cors.fetch("GET", path, origin=f"{scheme}://app.server.test", credentials="include")
        for scheme, path in (*calls, ("http", "/who"))
    ]
    cookies = [get(each.exchanges[-1].request_headers, "Cookie") for each in after_login]
    assert cookies == [None] * 3
    assert {e.origin for each in after_hsts for e in each.exchanges} == {"http://server.test"}
    origins = [get(each.exchanges[-1].request_headers, "Origin") for each in after_hsts]
    assert origins == [b"http://app.server.test"] * 3


def kill_whole(process_tree: ProcessTree, engine: str) -> None:
    """Kills the browser with every process that could still make a call for it."""
    browsers = process_tree.browsers(engine)
    whole = [*browsers, *descendants(browsers)]
    send(signal.SIGKILL, whole)
    assert all(ends(each.pid) for each in whole)


@pytest.mark.parametrize("engine", ["chromium", "webkit"])
def test_lost_engine_is_an_answer_and_a_fresh_one_gives_the_next(
    shop: str, process_tree: ProcessTree, engine: str
) -> None:
    results: list[Result] = []
    with Cors(shop, engines=[engine]) as cors:
        order(cors, ALLOWED)
        kill_whole(process_tree, engine)  # between two calls
        assert order(cors, ALLOWED).allowed_in_all
        asking = threading.Thread(
            target=lambda: results.append(cors.fetch("GET", "/never", origin=ALLOWED))
        )
        asking.start()
        while not Path("asked").exists():
            assert asking.is_alive()
            asking.join(timeout=0.05)
        send(signal.SIGKILL, process_tree.browsers(engine))
        asking.join()
        assert order(cors, ALLOWED).allowed_in_all
    assert [each.outcome for each in results[0]] == [Outcome.CRASHED]
    assert process_tree.survivors() == []


# In the order in which it goes wrong: it does not import, and then is none.
BROKEN = ("raise RuntimeError('no database')", "app = 3")


def test_app_that_does_not_start_is_told_each_time(shop: str, process_tree: ProcessTree) -> None:
    with Cors(shop, engines=["webkit"]) as cors:
        for text in BROKEN:
            Path("shop.py").write_text(text)
            with pytest.raises(HarnessError, match="shop"):
                order(cors, ALLOWED)
    assert process_tree.survivors() == []


def order_until_it_fails(cors: Cors) -> None:
    """The first call may come before the death is known; then it fails as calls do."""
    while True:
        order(cors, ALLOWED)


def test_app_that_dies_is_told(shop: str, process_tree: ProcessTree) -> None:
    with Cors(shop, engines=["webkit"]) as cors:
        order(cors, ALLOWED)
        victims = [
            p for p in process_tree.running() if "cors_harness.serving.reference.child" in p.command
        ]
        send(signal.SIGKILL, victims)
        assert victims
        with pytest.raises(ServerFailed):
            order_until_it_fails(cors)
    assert process_tree.survivors() == []


def test_missing_engine_is_no_silence(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", "/nowhere")
    with Cors(shop, engines=["webkit"]) as cors, pytest.raises(EngineMissing, match="install"):
        order(cors, ALLOWED)
    alone = RunSettings(allow_missing=True)
    with (
        Cors(shop, engines=["webkit"], settings=alone) as cors,
        pytest.raises(HarnessError, match="no engine is there"),
    ):
        order(cors, ALLOWED)


def test_start_that_takes_long_is_written_to_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("cors_harness.run.waiting.TELL_S", 0.1)
    (tmp_path / "shop.py").write_text("import signal\nsignal.pause()")
    subject = AppSubject(spec=APP, folder=tmp_path, start_timeout_s=2)
    settings = RunSettings(subject=subject)
    with Cors(engines=["webkit"], settings=settings) as cors, pytest.raises(ServerFailed):
        cors.fetch("GET", "/who")
    told = [record.getMessage() for record in caplog.records if record.name == "cors_harness"]
    assert "still starting after 1 s: your app shop:app" in told
