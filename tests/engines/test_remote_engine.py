"""RemoteEngine against an endpoint on loopback: what it asks for, and that no session stays."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.engines.endpoint import REFUSED, Endpoint, Reply, begun

from cors_harness.engine_kinds.kind import EngineKind
from cors_harness.engine_kinds.table import kind_of
from cors_harness.engines import proxy_probe, remote_sessions, webdriver
from cors_harness.engines.base import LaunchOptions, PageNeed, PageOptions
from cors_harness.engines.capabilities import Wishes, asked_capabilities, label
from cors_harness.engines.registry import make_remote
from cors_harness.engines.remote import RemoteEngine
from cors_harness.engines.webdriver import NewSession
from cors_harness.errors import EngineFailed, UsageError
from cors_harness.model.remote import Remote, remote_of

REAL = LaunchOptions(ca=Path("ca.pem"))
URL = "http://127.0.0.1:1/page"
Test = Callable[[Endpoint, RemoteEngine], Awaitable[None]]


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The endpoint has no browser that might use a proxy in a moment."""
    monkeypatch.setattr(proxy_probe, "SEEN_S", 0.01)


def run_with(endpoint: Endpoint, test: Test, options: LaunchOptions, **capabilities: Any) -> None:
    """Runs a test with an engine that is not started; it is stopped, and leaves no session."""

    async def body() -> None:
        async with asyncio.timeout(60), endpoint:
            engine = RemoteEngine(endpoint.remote(**capabilities), options)
            try:
                await test(endpoint, engine)
            finally:
                await engine.stop()
            assert endpoint.open == []

    asyncio.run(body())


def drop(_line: str) -> None:
    """Takes what nobody says."""


def kind(name: str) -> EngineKind:
    found = kind_of(name)
    assert found is not None
    return found


# What is asked for


@pytest.mark.parametrize(
    ("name", "browser"),
    [
        ("chromium", "chrome"),
        ("chrome-grid", "chrome"),
        ("edge-windows", "MicrosoftEdge"),
        ("firefox", "firefox"),
        ("safari-mac", "safari"),
        ("minibrowser", "MiniBrowser"),
        ("webkit", None),
    ],
)
def test_browser_name_that_is_asked_for_is_that_of_the_column(
    name: str, browser: str | None
) -> None:
    asked = asked_capabilities(remote_of(name, "http://mac:1"), kind(name), Wishes())
    assert asked.get("browserName") == browser


def test_capabilities_of_the_user_come_before_ours() -> None:
    stated = {
        "browserName": "Safari Technology Preview",
        "webSocketUrl": False,
        "safari:automaticInspection": True,
    }
    remote = remote_of("safari", "http://mac:1", stated)
    asked = asked_capabilities(remote, kind("safari"), Wishes())
    assert asked == {
        "browserName": "Safari Technology Preview",
        "safari:automaticInspection": True,
    }


def test_options_of_the_maker_have_the_settings_of_local_engines_and_then_the_users() -> None:
    mine = {"args": ["--headless=new"], "binary": "/opt/edge"}
    remote = remote_of("edge", "http://win:1", {"ms:edgeOptions": mine})
    options = asked_capabilities(remote, kind("edge"), Wishes())["ms:edgeOptions"]
    assert options["binary"] == "/opt/edge"
    assert options["args"][-1] == "--headless=new"
    assert "--no-pings" in options["args"]
    # On another machine it has to find this one.
    assert not any(each.startswith("--host-resolver-rules") for each in options["args"])


def test_firefox_gets_preferences_that_send_loopback_through_the_proxy() -> None:
    remote = remote_of("firefox", "http://win:1", {"moz:firefoxOptions": {"prefs": {"my.pref": 1}}})
    prefs = asked_capabilities(remote, kind("firefox"), Wishes())["moz:firefoxOptions"]["prefs"]
    assert prefs["network.proxy.allow_hijacking_localhost"] is True
    assert prefs["my.pref"] == 1
    assert "network.dns.disabled" not in prefs


def test_chromium_is_told_that_loopback_goes_through_the_proxy_too() -> None:
    wishes = Wishes(page=PageOptions(proxy="socks5://127.0.0.1:9"), insecure_certs=True, bidi=True)
    asked = asked_capabilities(remote_of("chrome", "http://win:1"), kind("chrome"), wishes)
    assert asked["proxy"] == {
        "proxyType": "manual",
        "socksProxy": "127.0.0.1:9",
        "socksVersion": 5,
        "noProxy": ["<-loopback>"],
    }
    assert (asked["acceptInsecureCerts"], asked["webSocketUrl"]) == (True, True)


def test_session_without_bidi_is_asked_for_again_without() -> None:
    async def test(endpoint: Endpoint, engine: RemoteEngine) -> None:
        version = await engine.start()
        assert [each.get("webSocketUrl") for each in endpoint.asked[:2]] == [True, None]
        assert (engine.hears_console, engine.tabs, engine.shares_hsts) == (False, 1, False)
        assert version.label == "Safari 26.1 on macOS"
        assert version.driver == (
            "WebDriver classic (what the engine says is not heard; no proxy, so its pages may reach"
            " the network)"
        )
        assert version.build == f"remote http://127.0.0.1:{endpoint.port}"
        assert {*engine.lacks} == {PageNeed.PROXY}

    run_with(Endpoint(), test, LaunchOptions())


def test_bidi_that_the_user_does_not_want_is_not_asked_for() -> None:
    async def test(endpoint: Endpoint, engine: RemoteEngine) -> None:
        await engine.start()
        assert endpoint.asked[0] == {"browserName": "safari"}
        assert not any("webSocketUrl" in asked for asked in endpoint.asked)

    run_with(Endpoint(), test, LaunchOptions(), webSocketUrl=False)


# What it lacks


async def as_old_safari(method: str, path: str, sent: Any) -> Reply:
    """A driver that knows neither proxies nor insecure certificates."""
    if (method, path) != ("POST", "/session"):
        return Reply()
    asked = sent["capabilities"]["alwaysMatch"]
    return begun() if asked == {"browserName": "safari"} else REFUSED


def test_driver_without_proxy_and_certificates_says_what_its_pages_cannot_have() -> None:
    async def test(endpoint: Endpoint, engine: RemoteEngine) -> None:
        await engine.start()
        assert {*engine.lacks} == {PageNeed.PROXY, PageNeed.CERTIFICATES}
        assert engine.lacks[PageNeed.PROXY] == (
            "safari: real origins go through a SOCKS proxy of the session, and its driver takes"
            " none: session not created: Failed to match"
        )
        assert endpoint.asked[-1]["proxy"]["socksVersion"] == 5

    run_with(Endpoint(answer=as_old_safari), test, REAL)


def test_proxy_that_is_taken_and_not_used_counts_as_none() -> None:
    async def test(_: Endpoint, engine: RemoteEngine) -> None:
        await engine.start()
        assert engine.lacks[PageNeed.PROXY].endswith("its driver takes one and does not use it")

    run_with(Endpoint(), test, REAL)


def test_proxy_on_another_machine_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(_: Endpoint, engine: RemoteEngine) -> None:
        await engine.start()
        assert PageNeed.PROXY not in engine.lacks

    monkeypatch.setattr(Remote, "is_on_this_machine", False)
    monkeypatch.setenv("NO_PROXY", "*")
    run_with(Endpoint(), test, REAL)


# Sessions, and that none stays


def test_page_has_a_session_of_its_own() -> None:
    async def test(endpoint: Endpoint, engine: RemoteEngine) -> None:
        await engine.start()
        (first,) = endpoint.open
        tab = await engine.open(URL, drop)
        (own,) = endpoint.open
        assert own != first
        await tab.close()
        assert endpoint.open == []
        await (await engine.open(URL, drop)).close()
        assert endpoint.commands.count(f"POST /session/{own}/url") == 1

    run_with(Endpoint(), test, LaunchOptions())


def test_second_page_at_the_same_time_is_refused() -> None:
    async def test(_: Endpoint, engine: RemoteEngine) -> None:
        await engine.start()
        tab = await engine.open(URL, drop)
        with pytest.raises(EngineFailed, match="one page at a time"):
            await engine.open(URL, drop)
        assert not tab.lost.done()
        await engine.stop()
        assert await tab.lost

    run_with(Endpoint(), test, LaunchOptions())


def test_page_with_a_proxy_gets_a_session_that_has_it() -> None:
    async def test(endpoint: Endpoint, engine: RemoteEngine) -> None:
        await engine.start()
        await engine.open(URL, drop, PageOptions(proxy="socks5://127.0.0.1:9"))
        assert endpoint.asked[-1]["proxy"]["socksProxy"] == "127.0.0.1:9"
        assert len(endpoint.open) == 1

    run_with(Endpoint(), test, LaunchOptions())


def test_session_that_begins_when_nobody_wants_it_any_more_is_deleted() -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(method: str, path: str, _sent: Any) -> Reply:
        if (method, path) != ("POST", "/session"):
            return Reply()
        entered.set()
        await go_on.wait()
        return begun()

    async def test(endpoint: Endpoint, engine: RemoteEngine) -> None:
        starting = asyncio.create_task(engine.start())
        await entered.wait()
        starting.cancel()
        await asyncio.wait({starting})
        stopping = asyncio.create_task(engine.stop())
        go_on.set()
        await stopping
        assert endpoint.commands[-1].startswith("DELETE")

    run_with(Endpoint(answer=slowly), test, LaunchOptions())


def test_session_that_does_not_begin_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    entered = asyncio.Event()

    async def never(method: str, path: str, _sent: Any) -> Reply:
        if (method, path) == ("POST", "/session"):
            entered.set()
            await asyncio.Event().wait()
        return Reply()

    async def test(_: Endpoint, engine: RemoteEngine) -> None:
        starting = asyncio.create_task(engine.start())
        await entered.wait()
        starting.cancel()
        await asyncio.wait({starting})
        await engine.stop()

    monkeypatch.setattr(remote_sessions, "BEGINNING_S", 0.01)
    run_with(Endpoint(answer=never), test, LaunchOptions())


def test_session_that_opens_no_page_is_deleted_and_its_words_are_told() -> None:
    async def no_page(method: str, path: str, _sent: Any) -> Reply:
        if (method, path) == ("POST", "/session"):
            return begun()
        words = {"error": "unknown error", "message": "no\nwindow for s3cret-Key"}
        return Reply() if path == "/status" else Reply(value=words, status=500)

    async def test(endpoint: Endpoint, engine: RemoteEngine) -> None:
        with pytest.raises(EngineFailed, match=r"opens no page: unknown error: no window for \*"):
            await engine.start()
        assert endpoint.open == []

    run_with(Endpoint(answer=no_page), test, LaunchOptions())


def test_session_of_another_engine_is_deleted_and_told() -> None:
    async def chrome(method: str, path: str, _sent: Any) -> Reply:
        is_new = (method, path) == ("POST", "/session")
        return begun(browserName="chrome") if is_new else Reply()

    async def test(endpoint: Endpoint, engine: RemoteEngine) -> None:
        with pytest.raises(EngineFailed) as failed:
            await engine.start()
        assert "found the browser chrome, whose engine is chromium" in str(failed.value)
        assert endpoint.open == []

    run_with(Endpoint(answer=chrome), test, LaunchOptions())


def test_session_that_is_refused_is_told_with_the_browser_and_the_drivers_words() -> None:
    async def refuse(*_: object) -> Reply:
        return REFUSED

    async def test(endpoint: Endpoint, engine: RemoteEngine) -> None:
        with pytest.raises(EngineFailed) as failed:
            await engine.start()
        assert str(failed.value).splitlines()[0] == (
            f"safari: http://127.0.0.1:{endpoint.port} gives no session for the browser safari:"
            " session not created: Failed to match"
        )
        assert "--capabilities safari=FILE" in str(failed.value)

    run_with(Endpoint(answer=refuse), test, LaunchOptions())


def test_bidi_that_is_not_reached_is_told_with_what_does_without() -> None:
    async def elsewhere(method: str, path: str, _sent: Any) -> Reply:
        is_new = (method, path) == ("POST", "/session")
        return begun(webSocketUrl="ws://127.0.0.1:1/session/x") if is_new else Reply()

    async def test(endpoint: Endpoint, engine: RemoteEngine) -> None:
        with pytest.raises(EngineFailed, match="webSocketUrl = false in --capabilities safari"):
            await engine.start()
        assert endpoint.open == []

    run_with(Endpoint(answer=elsewhere), test, LaunchOptions())


@pytest.mark.parametrize("code", ["invalid session id", "no such window", "unknown error"])
def test_page_is_lost_as_soon_as_its_session_is(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = asyncio.Event()

    async def answer(method: str, path: str, _sent: Any) -> Reply:
        if (method, path) == ("POST", "/session"):
            return begun()
        return Reply(value={"error": code, "message": ""}, status=404) if gone.is_set() else Reply()

    async def test(endpoint: Endpoint, engine: RemoteEngine) -> None:
        await engine.start()
        tab = await engine.open(URL, drop)
        gone.set()
        assert await tab.lost == f"the session is gone: {code}"
        assert "GET /session/3f2a-1/url" in endpoint.commands

    monkeypatch.setattr(webdriver, "WATCH_S", 0.01)
    run_with(Endpoint(answer=answer), test, LaunchOptions())


def test_session_that_nobody_uses_is_kept_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = asyncio.Event()

    async def answer(method: str, path: str, _sent: Any) -> Reply:
        if path.endswith("/timeouts"):
            kept.set()
        return begun() if (method, path) == ("POST", "/session") else Reply()

    async def test(_: Endpoint, engine: RemoteEngine) -> None:
        await engine.start()
        await kept.wait()

    monkeypatch.setattr(remote_sessions, "KEEP_ALIVE_S", 0.01)
    run_with(Endpoint(answer=answer), test, LaunchOptions())


def test_engine_goes_on_with_a_new_session_after_it_was_stopped() -> None:
    async def test(endpoint: Endpoint, engine: RemoteEngine) -> None:
        await engine.start()
        await engine.stop()
        with pytest.raises(EngineFailed, match="safari is not started"):
            await engine.open(URL, drop)
        await engine.start()
        await engine.open(URL, drop)
        assert len(endpoint.open) == 1

    run_with(Endpoint(), test, LaunchOptions())


# What it is called

CALLED: Mapping[str, tuple[Mapping[str, str], str]] = {
    "Safari": (
        {"browserName": "safari", "browserVersion": "26.1", "platformName": "mac"},
        "Safari 26.1 on mac",
    ),
    "WebKitGTK": (
        {"browserName": "MiniBrowser", "browserVersion": "2.50.6", "platformName": "linux"},
        "MiniBrowser 2.50.6 on linux, not Safari",
    ),
    "Edge": (
        {"browserName": "MicrosoftEdge", "browserVersion": "156", "platformName": "windows"},
        "Edge 156 on windows",
    ),
    "nothing said": ({}, "a browser without a name of unknown version"),
    "escapes": ({"browserName": "chr\x1bome", "browserVersion": "1\n2"}, "Chr�ome 1 2"),
}


@pytest.mark.parametrize(("capabilities", "text"), CALLED.values(), ids=CALLED)
def test_browser_is_called_what_its_session_says(
    capabilities: Mapping[str, str], text: str
) -> None:
    called = label(NewSession(id="1", capabilities=capabilities))
    assert called[:1].upper() + called[1:] == text[:1].upper() + text[1:]


def test_column_of_no_known_browser_has_no_engine() -> None:
    remote = Remote(name="netscape", url="http://old:1")
    with pytest.raises(UsageError, match="netscape"):
        make_remote(remote, LaunchOptions())
