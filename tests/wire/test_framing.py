"""Messages come out the same however their bytes are cut up, and no input raises."""

import random
from collections.abc import Callable, Iterator

import pytest

from cors_harness.wire import framing
from cors_harness.wire.framing import Framer, Message, RequestFramer, ResponseFramer

GET = b"GET /a?cell=p.1 HTTP/1.1\r\nHost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

Seen = tuple[bytes, bytes, bool]  # start line, body, complete
Cut = Callable[[bytes], Iterator[bytes]]


def at_once(data: bytes) -> Iterator[bytes]:
    yield data


def byte_by_byte(data: bytes) -> Iterator[bytes]:
    return (data[i : i + 1] for i in range(len(data)))


def by_sevens(data: bytes) -> Iterator[bytes]:
    return (data[i : i + 7] for i in range(0, len(data), 7))


def cut_up(framer: Framer, pieces: Iterator[bytes], clean: bool = True) -> list[Message]:
    messages = [message for piece in pieces for message in framer.feed(piece)]
    return messages + framer.end(clean=clean)


def seen(messages: list[Message]) -> list[Seen]:
    return [(m.start_line, bytes(m.body), m.complete) for m in messages]


def responses_to(*methods: bytes) -> ResponseFramer:
    framer = ResponseFramer()
    framer.methods.extend(methods)
    return framer


REQUESTS: dict[str, tuple[bytes, list[Seen]]] = {
    "nothing": (b"", []),
    "blank lines only": (b"\r\n\r\n", []),
    "no body": (GET, [(b"GET /a?cell=p.1 HTTP/1.1", b"", True)]),
    "no header": (b"GET / HTTP/1.0\r\n\r\n", [(b"GET / HTTP/1.0", b"", True)]),
    "blank line before": (b"\r\n" + GET, [(b"GET /a?cell=p.1 HTTP/1.1", b"", True)]),
    "bare line feeds": (
        b"PUT / HTTP/1.1\nContent-Length: 2\n\nhi",
        [(b"PUT / HTTP/1.1", b"hi", True)],
    ),
    "two in one read": (GET + GET, [(b"GET /a?cell=p.1 HTTP/1.1", b"", True)] * 2),
    "body by length, then another": (
        b"POST / HTTP/1.1\r\ncontent-LENGTH: 4\r\n\r\na\r\nb" + GET,
        [(b"POST / HTTP/1.1", b"a\r\nb", True), (b"GET /a?cell=p.1 HTTP/1.1", b"", True)],
    ),
    "chunked body": (
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        [(b"POST / HTTP/1.1", b"hi", True)],
    ),
    "body cut short": (
        b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab",
        [(b"POST / HTTP/1.1", b"ab", False)],
    ),
    "head cut short": (b"GET /a HTTP/1.1\r\nHost: x\r\nAcc", [(b"GET /a HTTP/1.1", b"", False)]),
    "start line cut short": (b"GET /a", [(b"GET /a", b"", False)]),
    "not HTTP": (b"\x16\x03\x01\x02\n\r\n" + GET, [(b"\x16\x03\x01\x02", b"", False)]),
}

RESPONSES: dict[str, tuple[bytes, list[Seen]]] = {
    "length": (OK + b"Content-Length: 2\r\n\r\nhi", [(b"HTTP/1.1 200 OK", b"hi", True)]),
    "length 0": (OK + b"Content-Length: 0\r\n\r\n", [(b"HTTP/1.1 200 OK", b"", True)]),
    "same length twice": (
        OK + b"Content-Length: 2\r\nContent-Length: 2, 2\r\n\r\nhi",
        [(b"HTTP/1.1 200 OK", b"hi", True)],
    ),
    "length too large": (
        OK + b"Content-Length: 9\r\n\r\nhi",
        [(b"HTTP/1.1 200 OK", b"hi", False)],
    ),
    "length that is no number": (
        OK + b"Content-Length: +2\r\n\r\nhi, there",
        [(b"HTTP/1.1 200 OK", b"hi, there", True)],
    ),
    "until close": (OK + b"\r\nhi", [(b"HTTP/1.1 200 OK", b"hi", True)]),
    "until close without a body": (OK + b"\r\n", [(b"HTTP/1.1 200 OK", b"", True)]),
    "length in a value or another name": (
        OK + b"X: content-length: 1\r\nX-Content-Length: 1\r\n\r\nhi",
        [(b"HTTP/1.1 200 OK", b"hi", True)],
    ),
    "chunked": (
        CHUNKED + b"5\r\nhello\r\nA ;x=y\r\n, \r\n\r\n 0\r\n\r\n000\r\n\r\n",
        [(b"HTTP/1.1 200 OK", b"hello, \r\n\r\n 0\r\n", True)],
    ),
    "chunked with trailers": (
        CHUNKED + b"1\r\na\r\n0\r\nX-T: 1\r\nX-U: 2\r\n\r\n",
        [(b"HTTP/1.1 200 OK", b"a", True)],
    ),
    "chunked wins over length": (
        OK + b"Content-Length: 99\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        [(b"HTTP/1.1 200 OK", b"a", True)],
    ),
    "chunked, no last chunk": (CHUNKED + b"1\r\na\r\n", [(b"HTTP/1.1 200 OK", b"a", False)]),
    "chunk size is garbage": (CHUNKED + b"0x1\r\na\r\n", [(b"HTTP/1.1 200 OK", b"", False)]),
    "chunk longer than its size": (
        CHUNKED + b"1\r\nabc\r\n0\r\n\r\n",
        [(b"HTTP/1.1 200 OK", b"a", False)],
    ),
    "204 with a length": (
        b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
        [(b"HTTP/1.1 204 No Content", b"", True)],
    ),
    "304": (
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        [(b"HTTP/1.1 304 Not Modified", b"", True)],
    ),
    "interim responses are passed over": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        + OK
        + b"Content-Length: 2\r\n\r\nhi",
        [(b"HTTP/1.1 200 OK", b"hi", True)],
    ),
    "101 ends HTTP": (
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n" + OK + b"\r\n",
        [(b"HTTP/1.1 101 Switching", b"", True)],
    ),
    "several": (
        (OK + b"Content-Length: 1\r\n\r\na") * 3,
        [(b"HTTP/1.1 200 OK", b"a", True)] * 3,
    ),
    "not HTTP": (b"hello\r\n\r\n" + OK, [(b"hello", b"", False)]),
    "head cut short": (OK + b"Content-Le", [(b"HTTP/1.1 200 OK", b"", False)]),
}


@pytest.mark.parametrize("cut", [at_once, byte_by_byte, by_sevens])
@pytest.mark.parametrize(("wire", "expected"), REQUESTS.values(), ids=REQUESTS.keys())
def test_requests(wire: bytes, expected: list[Seen], cut: Cut) -> None:
    assert seen(cut_up(RequestFramer(), cut(wire))) == expected


@pytest.mark.parametrize("cut", [at_once, byte_by_byte, by_sevens])
@pytest.mark.parametrize(("wire", "expected"), RESPONSES.values(), ids=RESPONSES.keys())
def test_responses(wire: bytes, expected: list[Seen], cut: Cut) -> None:
    assert seen(cut_up(responses_to(b"GET"), cut(wire))) == expected


@pytest.mark.parametrize("cut", [at_once, byte_by_byte])
def test_response_to_head_has_no_body(cut: Cut) -> None:
    head = OK + b"Content-Length: 2\r\n\r\n"
    messages = cut_up(responses_to(b"HEAD", b"GET"), cut(head + head + b"hi"))
    assert [(bytes(m.body), m.complete) for m in messages] == [(b"", True), (b"hi", True)]


@pytest.mark.parametrize("cut", [at_once, byte_by_byte, by_sevens])
@pytest.mark.parametrize(("wire", "expected"), REQUESTS.values(), ids=REQUESTS.keys())
def test_requests_one_by_one(wire: bytes, expected: list[Seen], cut: Cut) -> None:
    framer, messages = RequestFramer(), []
    for piece in cut(wire):
        left = piece
        while left:
            fresh, eaten = framer.feed_one(left)
            assert len(fresh) <= 1
            messages += fresh
            left = left[eaten:]
    assert seen(messages + framer.end(clean=True)) == expected


def test_one_request_is_taken_and_the_next_is_left() -> None:
    post = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"
    assert RequestFramer().feed_one(post + GET)[1] == len(post)


def test_response_tells_of_its_body_and_of_those_before_it() -> None:
    framer = ResponseFramer(with_pieces=True)
    framer.methods.append(b"GET")
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    framer.feed(hints + CHUNKED + b"2\r\nhi\r\n1\r\n")
    assert [message.status for message in framer.take_interim()] == [103]
    assert (framer.take_body(), framer.take_interim()) == (b"hi", [])
    framer.feed(b"!\r\n0\r\n\r\n")
    assert (framer.take_body(), framer.take_body()) == (b"!", b"")


def test_until_close_is_incomplete_when_the_connection_broke() -> None:
    (message,) = cut_up(responses_to(b"GET"), at_once(OK + b"\r\nhi"), clean=False)
    assert not message.complete


def test_response_is_complete_at_its_last_byte() -> None:
    framer = responses_to(b"GET")
    (message,) = framer.feed(OK + b"Content-Length: 2\r\n\r\nh")
    assert not message.complete
    framer.feed(b"i")
    assert message.complete


HEADERS: dict[str, tuple[bytes, list[tuple[bytes, bytes]]]] = {
    "case, repeats and order": (
        b"X-a: 1\r\nB: 2\r\nx-A: 1\r\n",
        [(b"X-a", b"1"), (b"B", b"2"), (b"x-A", b"1")],
    ),
    "spaces and tabs around": (b"A: \t1 2\t \r\n", [(b"A", b"1 2")]),
    "only spaces and tabs": (b"A: \x0b1\x0c\xa0 \r\n", [(b"A", b"\x0b1\x0c\xa0")]),
    "empty value": (b"A:\r\nB: \r\n", [(b"A", b""), (b"B", b"")]),
    "odd bytes": (
        b"A: \x00\x01\x7f\x80\xff\r\n\xe9: \xc3\xa9\r\n",
        [(b"A", b"\x00\x01\x7f\x80\xff"), (b"\xe9", b"\xc3\xa9")],
    ),
    "carriage return inside": (b"A: 1\r2\r\r\n", [(b"A", b"1\r2\r")]),
    "colons": (b"A: http://x:1\r\n", [(b"A", b"http://x:1")]),
    "space before the colon": (b"A : 1\r\n", [(b"A ", b"1")]),
    "no colon": (b"A 1\r\nB: 2\r\n", [(b"A 1", b""), (b"B", b"2")]),
    "folded": (b"A: 1\r\n  2\r\nB: 3\r\n", [(b"A", b"1\r\n  2"), (b"B", b"3")]),
}


@pytest.mark.parametrize("cut", [at_once, byte_by_byte])
@pytest.mark.parametrize(("lines", "expected"), HEADERS.values(), ids=HEADERS.keys())
def test_headers(lines: bytes, expected: list[tuple[bytes, bytes]], cut: Cut) -> None:
    (message,) = cut_up(RequestFramer(), cut(b"GET / HTTP/1.1\r\n" + lines + b"\r\n"))
    assert message.headers == expected


STATUSES = {
    "usual": (b"HTTP/1.1 200 OK", 200),
    "no reason": (b"HTTP/1.1 404", 404),
    "leading zeros": (b"HTTP/1.1 007 Bond", 7),
    "too long": (b"HTTP/1.1 20000 Much", 20000),
    "trailing letters": (b"HTTP/1.0 20x", 20),
    "lower case": (b"http/1.1 200 ok", 200),
    "no number": (b"HTTP/1.1 OK", None),
    "no version": (b"200 OK", None),
}


@pytest.mark.parametrize(("line", "status"), STATUSES.values(), ids=STATUSES.keys())
def test_status(line: bytes, status: int | None) -> None:
    assert Message(line + b"\r\n\r\n").status == status


TARGETS = {
    "usual": (b"GET /a?b HTTP/1.1", b"GET", b"/a?b"),
    "lower-case method": (b"patch / HTTP/1.1", b"patch", b"/"),
    "space inside": (b"GET /a b HTTP/1.1", b"GET", b"/a b"),
    "no version": (b"GET /a", b"GET", b"/a"),
    "one word": (b"GET", b"GET", b""),
}


@pytest.mark.parametrize(("line", "method", "target"), TARGETS.values(), ids=TARGETS.keys())
def test_request_line(line: bytes, method: bytes, target: bytes) -> None:
    message = Message(line + b"\r\n\r\n")
    assert (message.method, message.target) == (method, target)


def test_body_is_counted_and_kept_up_to_the_limit() -> None:
    framer, size = responses_to(b"GET"), framing.BODY_LIMIT + 9
    (message,) = framer.feed(OK + b"Content-Length: %d\r\n\r\n" % size)
    for _ in range(size):
        framer.feed(b"x")
    assert (message.body_bytes, len(message.body), message.complete) == (
        size,
        framing.BODY_LIMIT,
        True,
    )


def test_head_over_the_limit_is_given_up_with_what_is_known() -> None:
    endless = b"GET /a HTTP/1.1\r\nA: 1\r\nB: " + b"x" * framing.HEAD_LIMIT
    (message,) = cut_up(RequestFramer(), iter([endless, b"\r\n\r\n" + GET]))
    assert (message.target, message.headers[0], message.complete) == (b"/a", (b"A", b"1"), False)


def test_message_began_with_its_first_byte() -> None:
    framer = RequestFramer()
    framer.feed(GET + b"\r\n", 1.0)
    framer.feed(GET[:1], 2.0)
    (message,) = framer.feed(GET[1:], 3.0)
    assert message.began == 2.0


def mutated(chance: random.Random, wire: bytes) -> bytes:
    data = bytearray(wire * 2)
    for _ in range(chance.randrange(4)):
        data[chance.randrange(len(data))] = chance.choice(b"\x00\r\n :;019afHT/\x80")
    start = chance.randrange(4)
    return bytes(data[start : chance.randrange(start, len(data) + 1)])


@pytest.mark.parametrize("seed", range(20))
def test_any_bytes_in_any_pieces_come_out_the_same(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    for wire, _ in [*RESPONSES.values(), *list(REQUESTS.values())[2:]]:
        data = mutated(chance, wire)
        for framer in (RequestFramer, ResponseFramer):
            whole = seen(cut_up(framer(), at_once(data)))
            assert seen(cut_up(framer(), byte_by_byte(data))) == whole
