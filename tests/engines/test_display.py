"""The virtual display that a browser without a headless mode runs on."""

import asyncio
import shutil
import socket
import stat
import struct
from pathlib import Path

import pytest

from cors_harness.engines.minibrowser import Display
from cors_harness.errors import EngineFailed

COOKIE = b"MIT-MAGIC-COOKIE-1"
needs_xvfb = pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")


@needs_xvfb
@pytest.mark.browser
def test_virtual_displays_are_all_different() -> None:
    async def test() -> list[str]:
        displays = [Display() for _ in range(3)]
        try:
            await asyncio.gather(*(each.start(headed=False) for each in displays))
            return [each.name for each in displays]
        finally:
            for each in displays:
                await each.stop()
                await each.stop()

    names = asyncio.run(test())
    assert len(set(names)) == 3
    assert all(name[0] == ":" and name[1:].isdigit() for name in names)


@needs_xvfb
@pytest.mark.browser
def test_display_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)

    async def test() -> None:
        display = Display()
        for headed in (False, True):  # headed without a display of the user's is virtual as well
            await display.start(headed=headed)
            assert display.name
            await display.stop()

    asyncio.run(test())


@needs_xvfb
@pytest.mark.browser
def test_virtual_display_takes_only_who_can_read_its_cookie() -> None:
    async def test() -> Path:
        display = Display()
        await display.start(headed=False)
        cookie = Path(display.variables["XAUTHORITY"])
        try:
            assert [mode(cookie), mode(cookie.parent)] == [0o600, 0o700]
            assert not is_let_in(display.name, b"", b"")
            assert not is_let_in(display.name, COOKIE, bytes(16))
            assert is_let_in(display.name, COOKIE, end_of(cookie))
        finally:
            await display.stop()
        return cookie

    assert not asyncio.run(test()).exists()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def end_of(cookie: Path) -> bytes:
    return cookie.read_bytes()[-16:]


def is_let_in(display: str, name: bytes, data: bytes) -> bool:
    """Whether an X client gets a connection; see "Connection Setup" of the X protocol."""
    client = socket.socket(socket.AF_UNIX)
    with client:
        client.settimeout(60)
        client.connect(f"/tmp/.X11-unix/X{display[1:]}")  # noqa: S108 - where displays are
        padded = (part + bytes(-len(part) % 4) for part in (name, data))
        setup = struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(name), len(data))
        client.sendall(setup + b"".join(padded))
        return client.recv(1) == b"\x01"


def test_headed_uses_the_display_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":77")
    display = Display()
    asyncio.run(display.start(headed=True))
    assert display.name == ":77"
    assert display.variables == {"DISPLAY": ":77"}


XVFB = {
    "none": (None, "apt install xvfb"),
    "ends at once": ("#!/bin/sh\nexit 1\n", "Xvfb ended at once"),
    "is no program": ("no program", "Xvfb"),
}


@pytest.mark.parametrize(("script", "told"), XVFB.values(), ids=XVFB)
def test_display_that_cannot_be_had_is_an_engine_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, told: str
) -> None:
    if script is not None:
        program = tmp_path / "Xvfb"
        program.write_text(script)
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    async def test() -> None:
        display = Display()
        try:
            await display.start(headed=False)
        finally:
            await display.stop()

    with pytest.raises(EngineFailed, match=told):
        asyncio.run(test())
