"""Resets of the user's server: what is run or asked, and what is said of one that fails."""

import asyncio
import re
import shlex
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.wire.tap_builders import OK, Reader, Writer, serving

from cors_harness.errors import HarnessError, ServerFailed, UsageError
from cors_harness.model.route import Address
from cors_harness.model.subject import AppSubject, Reset, ResetCommand, ResetRequest
from cors_harness.serving.user.reset import ResetTarget, UserReset

Serve = Callable[[Reader, Writer], Awaitable[None]]

POST = ResetRequest(method="POST", path="/testing/reset")


def of(reset: Reset | None, timeout_s: int = 60) -> UserReset:
    return UserReset(AppSubject(spec="a:b", folder=Path(), reset=reset, start_timeout_s=timeout_s))


def asked(answer: bytes, timeout_s: int = 60, *, forwarded: bool = False) -> bytes:
    """The head of the request that a server gets, which gives this answer."""
    heads: list[bytes] = []

    async def serve(reader: Reader, writer: Writer) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        if not answer:
            await reader.read()

    async def main() -> None:
        async with serving(serve) as port:
            address = Address(port=port)
            target = ResetTarget(address=address, host="api.example.org", forwarded=forwarded)
            await of(POST, timeout_s).run("firefox", [target])

    asyncio.run(main())
    return heads[0]


def test_path_is_asked_for_as_browsers_ask() -> None:
    head = asked(OK)
    assert head.startswith(b"POST /testing/reset HTTP/1.1\r\n")
    assert b"\r\nHost: api.example.org\r\n" in head
    assert b"\r\nContent-Length: 0\r\n" in head
    assert b"X-Forwarded" not in head


def test_server_behind_https_is_told_so() -> None:
    assert b"\r\nX-Forwarded-Proto: https\r\n" in asked(OK, forwarded=True)


REFUSALS = {
    "an error": (
        b"HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nno \x1b[2Jdb\r\n0\r\n\r\n",
        "reset (POST /testing/reset) for firefox is answered 500; expected 200 to 299; "
        "it said:\nno db",
    ),
    "a redirect": (
        b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n",
        "is answered 302 to /login; expected 200 to 299; its body is empty",
    ),
    "no HTTP": (
        b"hel\x1b[2Jlo\r\n\r\n",
        "reset (POST /testing/reset) for firefox got no answer: hello",
    ),
}


@pytest.mark.parametrize(("answer", "words"), REFUSALS.values(), ids=REFUSALS)
def test_server_that_refuses_is_quoted(answer: bytes, words: str) -> None:
    with pytest.raises(ServerFailed, match=re.escape(words)) as caught:
        asked(answer)
    assert caught.value.exit_status == 3
    assert "\x1b" not in str(caught.value)


def test_server_that_does_not_answer_is_not_waited_for() -> None:
    words = "is not over after 1 s\n  --start-timeout SECONDS waits longer"
    with pytest.raises(ServerFailed, match=re.escape(words)):
        asked(b"", timeout_s=1)


def test_nobody_there() -> None:
    async def main() -> None:
        async with serving(lambda _reader, _writer: asyncio.sleep(0)) as port:
            pass
        await of(POST).run("firefox", [ResetTarget(address=Address(port=port), host="h")])

    with pytest.raises(ServerFailed, match=r"got no answer: .*refused"):
        asyncio.run(main())


def command(folder: Path, code: str, *more: str, before: str = "") -> ResetCommand:
    words = shlex.join((sys.executable, "-c", code, *more))
    return ResetCommand(text=f"{before} {words}".strip(), folder=folder)


@pytest.mark.programs
def test_command_is_run_in_its_folder_and_knows_the_engine(tmp_path: Path) -> None:
    code = (
        "import os, sys; open('done', 'a').write("
        "' '.join((*sys.argv[1:], os.environ['CORS_HARNESS_ENGINE'], os.environ['DB'])))"
    )
    reset = command(tmp_path, code, "{engine}.db", ":{port}", before="DB=of-{engine}")
    server = ResetTarget(address=Address(port=81), host="h")
    asyncio.run(of(reset).run("webkit", [server]))
    assert (tmp_path / "done").read_text() == "webkit.db :81 webkit of-webkit"


@pytest.mark.programs
def test_command_that_fails_is_quoted(tmp_path: Path) -> None:
    reset = command(tmp_path, "import sys; print('\\x1b[31mno database'); sys.exit(4)")
    words = f"reset ({sys.executable}) for webkit ended with status 4; it said:\nno database"
    with pytest.raises(ServerFailed, match=re.escape(words)):
        asyncio.run(of(reset).run("webkit", []))


COMMANDS = {
    "no such program": ("pyhton3 reset.py", "reset: there is no program 'pyhton3' on PATH"),
    "no such file": ("./reset.sh", "reset: there is no file './reset.sh' in"),
    "a shell's": ("dropdb x && createdb x", "reset: found '&&', which only a shell understands"),
    "open quotes": ("echo 'a", "reset: cannot be read: no closing quotation"),
}


@pytest.mark.parametrize(("text", "words"), COMMANDS.values(), ids=COMMANDS)
def test_command_that_cannot_be_run_is_said_before_anything_starts(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        of(ResetCommand(text=text, folder=Path())).check()


def test_nothing_is_done_where_nothing_is_asked() -> None:
    for reset in (of(None), UserReset(None)):
        assert not reset.is_asked
        reset.check()
        asyncio.run(reset.run("webkit", []))
    assert issubclass(ServerFailed, HarnessError)
