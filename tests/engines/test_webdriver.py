"""Endpoints that are none, are gone, or say no: what the user is told, and that no key is in it."""

import asyncio
import socket
from collections.abc import Mapping

import pytest
from tests.engines.endpoint import Endpoint, Reply, begun

from cors_harness.engines import webdriver
from cors_harness.engines.webdriver import WebDriverEndpoint, WebDriverError
from cors_harness.errors import EngineFailed
from cors_harness.model.remote import remote_of

KEY = "s3cret-Key"
LOGIN = "bWU6czNjcmV0LUtleQ==".lower()  # me:s3cret-Key; the endpoint keeps headers in lower case
HTML = b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n<html>Jenkins\x1b["
NO_WEBDRIVER: Mapping[str, tuple[Reply, str]] = {
    "a web page": (
        Reply(raw=HTML),
        r"POST /session: found status 200 with '<html>Jenkins�['; expected JSON",
    ),
    "no HTTP": (Reply(raw=b"SSH-2.0-OpenSSH_9.2\r\n"), "no answer to POST /session: "),
    "nothing": (Reply(raw=b""), "no answer to POST /session: "),
    "no body": (
        Reply(raw=b"HTTP/1.1 404 X\r\ncontent-length: 0\r\n\r\n"),
        "found status 404 with no body; expected JSON",
    ),
    "JSON of another kind": (
        Reply(raw=b"HTTP/1.1 200 X\r\ncontent-length: 2\r\n\r\n[]"),
        "found status 200 with '[]'; expected JSON",
    ),
    "wrong login": (
        Reply(raw=b"HTTP/1.1 401 X\r\ncontent-length: 0\r\n\r\n"),
        "it refuses the credentials (status 401)",
    ),
    "a redirect": (
        Reply(
            raw=b"HTTP/1.1 302 X\r\ncontent-length: 0\r\n"
            b"location: https://hub.example/?token=s3cret-Key\r\n\r\n"
        ),
        "it redirects to https://hub.example/?token=***",
    ),
    "no id": (Reply(value={"capabilities": {}}), "it answers New Session without a sessionId"),
    "an id that is a path": (begun("../../x"), "it answers New Session without a sessionId"),
    "no capabilities": (
        Reply(value={"sessionId": "1"}),
        "it answers New Session without capabilities",
    ),
    "no end": (
        Reply(raw=b"HTTP/1.1 200 X\r\n\r\n" + b"x" * 5_000),
        "it answers POST /session without an end",
    ),
}


@pytest.fixture(autouse=True)
def _small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webdriver, "MOST_BYTES", 4_000)


async def refusal(reply: Reply) -> Exception:
    """What comes out where New Session is answered so."""

    async def answer(*_: object) -> Reply:
        return reply

    async with Endpoint(answer=answer) as endpoint:
        client = WebDriverEndpoint(endpoint.remote())
        try:
            await client.new_session({})
        except (EngineFailed, WebDriverError) as error:
            return error
        finally:
            await client.close()
    raise AssertionError("it is taken for a session")


@pytest.mark.parametrize(("reply", "message"), NO_WEBDRIVER.values(), ids=NO_WEBDRIVER)
def test_what_is_no_webdriver_endpoint_is_told(reply: Reply, message: str) -> None:
    error = asyncio.run(refusal(reply))
    assert isinstance(error, EngineFailed)
    assert message in str(error)
    assert str(error).startswith("safari: http://127.0.0.1:")
    assert KEY not in str(error)
    assert "\x1b" not in str(error)


def test_words_of_a_driver_are_one_line_without_keys_and_control_characters() -> None:
    message = f"no slot for {KEY}\n\x1b[31m  red\x07" + "x" * 1_000
    value = {"error": "session not created", "message": message}
    error = asyncio.run(refusal(Reply(value=value, status=500)))
    assert isinstance(error, WebDriverError)
    assert error.code == "session not created"
    assert error.message.startswith("no slot for *** �[31m red�xxx")
    assert len(error.message) <= webdriver.MESSAGE_CHARACTERS + 1


def test_error_without_words_has_its_status() -> None:
    error = asyncio.run(refusal(Reply(value="try later", status=503)))
    assert str(error) == "status 503: try later"


def test_credentials_are_sent_and_not_in_the_url() -> None:
    async def test() -> None:
        async with Endpoint() as endpoint:
            client = WebDriverEndpoint(endpoint.remote())
            await client.new_session({})
            assert endpoint.authorization == f"basic {LOGIN}"
            await client.close()

    asyncio.run(test())


def test_nobody_at_the_address_is_told() -> None:
    async def test() -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        client = WebDriverEndpoint(remote_of("edge", f"http://me:{KEY}@127.0.0.1:{port}"))
        try:
            with pytest.raises(EngineFailed) as failed:
                await client.check_alive()
        finally:
            await client.close()
        return str(failed.value)

    said = asyncio.run(test())
    assert "no answer to GET /status: " in said
    assert KEY not in said


def test_host_that_is_not_there_is_told() -> None:
    async def test() -> str:
        client = WebDriverEndpoint(remote_of("safari", "http://mac.invalid:4444"))
        try:
            with pytest.raises(EngineFailed) as failed:
                await client.check_alive()
        finally:
            await client.close()
        return str(failed.value)

    assert asyncio.run(test()).startswith("safari: http://mac.invalid:4444: no answer to GET")


def test_endpoint_that_keeps_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: object) -> Reply:
        await asyncio.Event().wait()
        raise AssertionError

    async def test() -> str:
        async with Endpoint(answer=hang) as endpoint:
            client = WebDriverEndpoint(endpoint.remote())
            with pytest.raises(EngineFailed) as failed:
                await client.check_alive()
            await client.close()
            return str(failed.value)

    monkeypatch.setattr(webdriver, "ALIVE_S", 0.01)
    assert "no answer to GET /status within 0 s" in asyncio.run(test())


def test_status_that_is_refused_is_no_reason_to_give_up() -> None:
    async def refuse(*_: object) -> Reply:
        return Reply(value={"error": "unknown command", "message": "no"}, status=404)

    async def test() -> None:
        async with Endpoint(answer=refuse) as endpoint:
            client = WebDriverEndpoint(endpoint.remote())
            await client.check_alive()
            await client.close()

    asyncio.run(test())
