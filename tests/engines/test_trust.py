"""Real origins: everything goes through the proxy, and certificates count as in production."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tests.engines.net import EXPIRED, NAME, STRANGE, Answer, Net
from tests.wait_for_exit import HANG_S

from cors_harness.engines.base import Engine, LaunchOptions, PageOptions
from cors_harness.engines.found import Driver, EngineFound
from cors_harness.engines.minibrowser import CaBundleOverlay
from cors_harness.engines.provision import find_engine
from cors_harness.engines.registry import make_engine
from cors_harness.engines.trust import Trust, make_database
from cors_harness.errors import EngineFailed, EngineMissing

PAGE = """<!doctype html><link rel="icon" href="data:,"><script>
const answer = (url) => fetch(url).then((it) => it.status, () => "refused");
(async () => {
  const told = [location.origin];
  for (const url of URLS) told.push(await answer(url));
  throw Error(`answers: ${told.join(", ")}.`);
})();
</script>"""
SECURE = (
    "https://api.example.org",
    f"https://{EXPIRED}",
    f"https://{STRANGE}",
    "https://nope.test",
)
HOSTS = ("api.example.org", EXPIRED, STRANGE, "nope.test")
PLAIN = ("http://localhost:3000", "http://127.0.0.1:3000", "http://app.localhost")
SITE, LOOPBACK = "https://app.example.com", "http://localhost:8123"
LOCAL = {("localhost", 8123), ("localhost", 3000), ("127.0.0.1", 3000), ("app.localhost", 80)}
SERVED = {
    **{f"{url}:443/": Answer(body="ok") for url in SECURE[:-1]},
    **{f"{url}/": Answer(body="ok") for url in PLAIN[:-1]},
    f"{PLAIN[-1]}:80/": Answer(body="ok"),
}


def page(urls: Sequence[str]) -> Answer:
    return Answer(body=PAGE.replace("URLS", json.dumps([f"{url}/" for url in urls])))


async def answers(engine: Engine, url: str, net: Net) -> str:
    """What the page tells in a tab of its own."""
    told: asyncio.Queue[str] = asyncio.Queue()
    await engine.open(f"{url}/", told.put_nowait, PageOptions(proxy=net.proxy))
    while "answers: " not in (words := await told.get()):
        pass
    return words


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go, in a folder whose name must be quoted."""
    folder = tmp_path / "it's $HOME"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.browser
@pytest.mark.parametrize("name", ["chromium", "firefox", "webkit"])
def test_certificates_count_and_loopback_goes_through_the_proxy_as_well(
    name: str, tmp_path: Path, temporary: Path
) -> None:
    async def test() -> None:
        secure = Net(SERVED | {f"{SITE}:443/": page(SECURE)})
        plain = Net(SERVED | {f"{LOOPBACK}/": page(PLAIN)})
        async with asyncio.timeout(HANG_S), secure, plain, AsyncExitStack() as stack:
            engine = make_engine(
                find_engine(name), LaunchOptions(ca=secure.write_authority(tmp_path))
            )
            stack.push_async_callback(engine.stop)
            version = await engine.start()
            assert "ignored" not in version.driver
            words = await answers(engine, SITE, secure)
            assert f"answers: {SITE}, 200, refused, refused, refused." in words
            words = await answers(engine, LOOPBACK, plain)
            assert f"answers: {LOOPBACK}, 200, 200, 200." in words
        assert {each.host for each in secure.asked} >= set(HOSTS)
        assert {(each.host, each.port) for each in plain.asked} == LOCAL
        assert all(each.kind == NAME for each in plain.asked if each.host != "127.0.0.1")

    asyncio.run(test())
    assert list(temporary.iterdir()) == []


def found(name: str, driver: Driver, channel: str | None = None) -> EngineFound:
    return EngineFound(name=name, executable=None, driver=driver, build="x", channel=channel)


def test_missing_certutil_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(EngineMissing, match=r"^certutil is missing: firefox needs it") as missing:
        asyncio.run(make_database(tmp_path, tmp_path / "ca.pem", "firefox"))
    assert missing.value.install_command == "sudo apt-get install libnss3-tools"
    assert missing.value.exit_status == 3


@pytest.mark.browser
def test_authority_that_is_none_is_told_in_certutils_words(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(EngineFailed, match="certutil -A ended with status 255: certutil: "):
        asyncio.run(make_database(tmp_path, tmp_path / "ca.pem", "firefox"))


def test_channel_of_firefox_must_be_named_as_a_file(tmp_path: Path, temporary: Path) -> None:
    trust = Trust()
    channel = found("firefox", Driver.PLAYWRIGHT_BIDI, "moz-firefox-beta")
    with pytest.raises(EngineFailed, match="name it with --browser-executable firefox=FILE"):
        asyncio.run(trust.make(channel, tmp_path / "ca.pem", "/usr/bin/firefox"))
    trust.close()
    assert list(temporary.iterdir()) == []


def test_playwrights_webkit_ignores_errors_and_admits_it(tmp_path: Path) -> None:
    trust = Trust()
    asyncio.run(trust.make(found("webkit", Driver.PLAYWRIGHT), tmp_path / "ca.pem", ""))
    assert trust.context == {"ignore_https_errors": True}
    assert trust.note == "certificate errors ignored"


WAYS = {
    "bwrap": (("bwrap", "unshare"), "bwrap", ()),
    "unshare": (("unshare",), "unshare", ()),
    "neither": ((), "", ("--ignore-tls-errors",)),
}


@pytest.mark.browser
@pytest.mark.parametrize(("there", "program", "options"), WAYS.values(), ids=WAYS)
def test_minibrowser_is_shown_our_file_in_the_way_that_works_here(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    there: tuple[str, ...],
    program: str,
    options: tuple[str, ...],
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "mount", "cmp", "setpriv", *there):
        (programs / name).symlink_to(shutil.which(name) or "/nonexistent")
    authority = tmp_path / "ca.pem"
    authority.write_text("our authority")
    monkeypatch.setenv("PATH", str(programs))
    trust = CaBundleOverlay()
    asyncio.run(trust.make(authority))
    assert "".join(trust.prefix[:1]) == program
    assert (str(authority) in trust.prefix) == bool(program)  # itself, with nothing beside it
    assert trust.options == options
    assert bool(trust.note) == bool(options)
