"""The verbatim server, byte for byte over a raw socket."""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator

import pytest

import verbatim
from cors_harness.model.answer import Answer, ExchangeKind, Fault

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
CORS = b"Origin: http://p\r\nAccess-Control-Request-Method: PUT\r\n"
PREFLIGHT, REQUEST = ExchangeKind.PREFLIGHT, ExchangeKind.REQUEST


def request(method: str = "GET", target: str = "/x?cell=s.1", headers: bytes = b"") -> bytes:
    return f"{method} {target} HTTP/1.1\r\nHost: h\r\n".encode() + headers + b"\r\n"


def last(method: str = "GET", target: str = "/x?cell=s.1", headers: bytes = b"") -> bytes:
    """A request after which the server is to close the connection."""
    return request(method, target, headers + b"Connection: close\r\n")


@contextlib.asynccontextmanager
async def connected(answers: list[Answer], role: str = "server") -> AsyncIterator[Streams]:
    loop = asyncio.get_running_loop()
    factory = verbatim.create_server({"s": answers}, role)
    async with await loop.create_server(factory, "127.0.0.1", 0) as server, asyncio.timeout(30):
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        yield reader, writer
        writer.close()
        await writer.wait_closed()


def talk(answers: list[Answer], *sent: bytes, role: str = "server") -> bytes:
    """Everything that comes back until the server closes the connection."""

    async def main() -> bytes:
        async with connected(answers, role) as (reader, writer):
            writer.writelines(sent)
            return await reader.read()

    return asyncio.run(main())


def statuses(received: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", received)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            Answer(headers=(("x-A", "1"), ("X-a", "2"), ("x-A", "")), body="hi"),
            b"HTTP/1.1 200 OK\r\nx-A: 1\r\nX-a: 2\r\nx-A: \r\nContent-Length: 2\r\n\r\nhi",
            id="order, case and repeats",
        ),
        pytest.param(
            Answer(headers=(("A", "\x00\x0b\x80\xff \t"),)),
            b"HTTP/1.1 200 OK\r\nA: \x00\x0b\x80\xff \t\r\nContent-Length: 0\r\n\r\n",
            id="NUL, VT, 0x80",
        ),
        pytest.param(
            Answer(headers=(("content-LENGTH", "1"),), body="x"),
            b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 1\r\n\r\nx",
            id="own Content-Length",
        ),
        pytest.param(
            Answer(headers=(("Transfer-Encoding", "chunked"),), body="1\r\nx\r\n0\r\n\r\n"),
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
            id="own chunks",
        ),
        pytest.param(
            Answer(status=204, body="no"), b"HTTP/1.1 204 No Content\r\n\r\n", id="204 has no body"
        ),
        pytest.param(
            Answer(status=304, headers=(("Content-Length", "9"),)),
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
            id="304 with a length",
        ),
        pytest.param(
            Answer(status=790), b"HTTP/1.1 790 \r\nContent-Length: 0\r\n\r\n", id="unknown status"
        ),
        pytest.param(
            Answer(headers=(("Location", "http://o/l?{cell}"),), body='{"t": "{token}", "{x}": 1}'),
            b"HTTP/1.1 200 OK\r\nLocation: http://o/l?cell=s.1\r\nContent-Length: 22\r\n\r\n"
            b'{"t": "s.1", "{x}": 1}',
            id="placeholders",
        ),
        pytest.param(
            Answer(body="\xe9"),
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\xe9",
            id="latin-1 body",
        ),
        pytest.param(
            Answer(body="\u20ac"),
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\xe2\x82\xac",
            id="other text as UTF-8",
        ),
    ],
)
def test_answer_goes_out_byte_for_byte(answer: Answer, expected: bytes) -> None:
    assert talk([answer], last()) == expected


REPEATING = Answer(
    headers=(
        ("Access-Control-Allow-Origin", "{origin}"),
        ("X-Both", "{request.header.X-A}, {request.header.x-b}"),
        ("Vary", "Origin"),
    ),
    body='{"origin": "{origin}", "a": "{request.header.X-A}", {0} {request.header}}',
)


@pytest.mark.parametrize(
    ("sent", "headers", "body"),
    [
        pytest.param(
            b"Origin: http://p\r\nx-a: 1\r\nX-B: 2\r\n",
            b"Access-Control-Allow-Origin: http://p\r\nX-Both: 1, 2\r\n",
            b'{"origin": "http://p", "a": "1", {0} {request.header}}',
            id="all of them",
        ),
        pytest.param(
            b"X-A: 1\r\n",
            b"",
            b'{"origin": "", "a": "1", {0} {request.header}}',
            id="a line without its header is left out",
        ),
        pytest.param(
            b"Origin:\r\n",
            b"Access-Control-Allow-Origin: \r\n",
            b'{"origin": "", "a": "", {0} {request.header}}',
            id="empty is not absent",
        ),
        pytest.param(
            b"Origin: \x00\x0b\xff{token}{request.header.x-a}\nX: y\r\n",
            b"Access-Control-Allow-Origin: \x00\x0b\xff{token}{request.header.x-a} X: y\r\n",
            b'{"origin": "\x00\x0b\xff{token}{request.header.x-a} X: y", "a": "", {0} '
            b"{request.header}}",
            id="hostile bytes, braces that stay, and no line of their own",
        ),
        pytest.param(
            b"X-A: 1\r\nX-B: 3\r\nx-a: 2\r\n",
            b"X-Both: 1, 2, 3\r\n",
            b'{"origin": "", "a": "1, 2", {0} {request.header}}',
            id="repeated headers are joined",
        ),
    ],
)
def test_answer_repeats_what_the_request_said(sent: bytes, headers: bytes, body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\n" + headers + b"Vary: Origin\r\n"
    expected = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    assert talk([REPEATING], last(headers=sent)) == expected


def test_requests_of_one_cell_have_their_own_values() -> None:
    received = talk(
        [REPEATING], request(headers=b"Origin: http://p\r\n"), last(headers=b"Origin: null\r\n")
    )
    assert re.findall(rb"Allow-Origin: (.*)\r\n", received) == [b"http://p", b"null"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (b"X-Status: 403\r\n", 403),
        (b"x-status: 299\r\n", 299),
        (b"", 500),
        (b"X-Status: 1000\r\n", 500),
        (b"X-Status: 199\r\n", 500),
        (b"X-Status: -20\r\n", 500),
    ],
)
def test_status_may_be_asked_for(asked: bytes, status: int) -> None:
    answer = Answer(status=500, status_from="X-Status")
    assert statuses(talk([answer], last(headers=asked))) == [status]


def test_status_that_is_asked_for_decides_whether_there_is_a_body() -> None:
    answer = Answer(status=500, status_from="X-Status", body="no")
    received = talk([answer], last(headers=b"X-Status: 204\r\n"))
    assert received == b"HTTP/1.1 204 No Content\r\n\r\n"


def test_head_gets_the_length_without_the_body() -> None:
    received = talk([Answer(body="hello")], last("HEAD"))
    assert received == b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"


@pytest.mark.parametrize(
    ("conditions", "sent", "fits"),
    [
        pytest.param(Answer(on=PREFLIGHT), last("OPTIONS", headers=CORS), True, id="preflight"),
        pytest.param(Answer(on=REQUEST), last("OPTIONS", headers=CORS), False, id="no request"),
        pytest.param(Answer(on=REQUEST), last("OPTIONS"), True, id="OPTIONS of a page"),
        pytest.param(Answer(method="PUT"), last("PUT"), True, id="method"),
        pytest.param(Answer(method="PATCH"), last("patch"), False, id="case of the method"),
        pytest.param(Answer(path="/x"), last(), True, id="path without query"),
        pytest.param(Answer(path="/y"), last(), False, id="another path"),
        pytest.param(Answer(role="other"), last(), False, id="another port"),
    ],
)  # fmt: skip
def test_conditions_choose_the_answer(conditions: Answer, sent: bytes, fits: bool) -> None:
    assert statuses(talk([conditions], sent)) == [200 if fits else 404]


def test_times_are_counted_for_each_cell() -> None:
    answers = [Answer(times=1, status=201), Answer(times=2, status=202)]
    cells = [request(target=f"/x?a=b&cell=s.{serial}") for serial in (1, 2, 1, 1, 2)]
    received = talk(answers, *cells, last(target="/x?cell=s.1"))
    assert statuses(received) == [201, 201, 202, 202, 202, 404]


def test_every_role_counts_for_itself() -> None:
    answers = [Answer(), Answer(role="other", status=201)]
    assert statuses(talk(answers, last(), role="other")) == [201]


@pytest.mark.parametrize(
    ("target", "phrases"),
    [
        pytest.param("/x", b"no `cell=K.N` in the query of request PUT /x at server", id="no cell"),
        pytest.param("/x?cell=t.1", b"nothing at this port", id="no such scenario"),
        pytest.param("/x?cell=s.1", b"- status 204 for on preflight, path /y", id="nothing fits"),
    ],
)
def test_request_without_answer_is_told_why(target: str, phrases: bytes) -> None:
    answer = Answer(on=PREFLIGHT, path="/y", status=204)
    received = talk([answer], last("PUT", target))
    assert statuses(received) == [404]
    assert phrases in received
    assert b"Access-Control" not in received


def test_bodies_are_read_and_the_connection_kept() -> None:
    length = request("POST", headers=b"Content-Length: 4\r\n") + b"GET "
    chunked = request("PUT", headers=b"Transfer-Encoding: chunked\r\n") + b"2\r\nhi\r\n0\r\n\r\n"
    assert statuses(talk([Answer()], length, chunked, last())) == [200, 200, 200]


def test_delayed_answer_keeps_its_place() -> None:
    answers = [Answer(path="/slow", delay_ms=20, status=201), Answer()]
    received = talk(answers, request(target="/slow?cell=s.1"), last())
    assert statuses(received) == [201, 200]


def test_answer_that_says_close_closes() -> None:
    received = talk([Answer(headers=(("Connection", "close"),))], request())
    assert received == b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def test_nonsense_is_a_400_and_the_end() -> None:
    assert statuses(talk([], b"hello\r\n\r\n", request())) == [400]


def test_thousand_requests_in_one_piece() -> None:
    assert len(statuses(talk([Answer()], request() * 999, last()))) == 1000


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(Answer(fault=Fault.CLOSE, body="x"), b"", id="close"),
        pytest.param(
            Answer(fault=Fault.TRUNCATE, body="12345678"),
            b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n1234",
            id="truncate",
        ),
        pytest.param(
            Answer(fault=Fault.TRUNCATE),
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ntrun",
            id="truncate without a body",
        ),
    ],
)
def test_fault_ends_the_connection(answer: Answer, expected: bytes) -> None:
    assert talk([answer], request()) == expected


def test_hang_never_answers_and_ends_with_the_client() -> None:
    async def main() -> bytes:
        async with connected([Answer(fault=Fault.HANG)]) as (reader, writer):
            writer.write(request() + last())
            writer.write_eof()
            return await reader.read()

    assert asyncio.run(main()) == b""


def test_endless_body_goes_on_until_the_client_leaves() -> None:
    async def main() -> tuple[bytes, bytes]:
        async with connected([Answer(fault=Fault.ENDLESS_BODY, body="drip")]) as (reader, writer):
            writer.write(last())
            head = await reader.readuntil(b"\r\n\r\n")
            return head, await reader.readexactly(len("drip") * 5)

    assert asyncio.run(main()) == (b"HTTP/1.1 200 OK\r\n\r\n", b"drip" * 5)


def test_header_that_has_no_bytes_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="latin-1"):
        verbatim.create_server({"s": [Answer(headers=(("A", "\u20ac"),))]}, "server")


def test_client_that_leaves_before_a_delayed_answer_is_forgotten() -> None:
    async def main() -> bytes:
        async with connected([Answer(path="/slow", delay_ms=60_000), Answer()]) as (reader, writer):
            address = writer.get_extra_info("peername")
            with socket.create_connection(address) as left:
                left.sendall(request(target="/slow?cell=s.1"))
            writer.write(last())
            return await reader.read()

    assert statuses(asyncio.run(main())) == [200]
