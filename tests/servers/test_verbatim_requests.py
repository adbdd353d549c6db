"""Requests are cut out of the stream however it is split, and whatever their method is called."""

import pytest

from verbatim_requests import BadRequest, Request, RequestReader

GET = b"GET /a?cell=3.1 HTTP/1.1\r\nHost: h\r\n\r\n"
LENGTH = b"POST /b HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: 1\r\n\r\n"
)
OWN_METHOD = b"chicken /d HTTP/1.1\r\n\r\n"


def read(*pieces: bytes) -> list[Request]:
    reader = RequestReader()
    received = []
    for piece in pieces:
        reader.feed(piece)
        while request := reader.next_request():
            received.append(request)
    return received


def test_head_has_method_target_and_lower_case_names() -> None:
    (request,) = read(b"\r\nGET /a?cell=3.1 HTTP/1.1\r\nORIGIN:  http://p \r\nX:\r\n\r\n")
    assert (request.method, request.target, request.path) == ("GET", "/a?cell=3.1", "/a")
    assert request.headers == {"origin": "http://p", "x": ""}


@pytest.mark.parametrize("size", [1, 7, 1000], ids=lambda size: f"{size} bytes at a time")
def test_requests_after_each_other(size: int) -> None:
    stream = GET + LENGTH + CHUNKED + OWN_METHOD
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert [(each.method, each.path) for each in read(*pieces)] == [
        ("GET", "/a"),
        ("POST", "/b"),
        ("PUT", "/c"),
        ("chicken", "/d"),
    ]


@pytest.mark.parametrize("missing", [1, 3, 30])
@pytest.mark.parametrize("whole", [GET, LENGTH, CHUNKED], ids=["head", "length", "chunked"])
def test_request_waits_for_its_last_byte(whole: bytes, missing: int) -> None:
    assert read(whole[:-missing]) == []


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(b"hello\r\n\r\n", id="no request line"),
        pytest.param(b"GET / HTTP/2\r\n\r\n", id="another version"),
        pytest.param(b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", id="no length"),
    ],
)
def test_nonsense_is_a_bad_request(stream: bytes) -> None:
    with pytest.raises(BadRequest):
        read(stream)


@pytest.mark.parametrize(
    ("head", "closes"),
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", False, id="1.1"),
        pytest.param(b"GET / HTTP/1.1\r\nConnection: Close\r\n\r\n", True, id="1.1 close"),
        pytest.param(b"GET / HTTP/1.0\r\n\r\n", True, id="1.0"),
        pytest.param(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", False, id="1.0 kept"),
    ],
)
def test_connection_is_kept_as_the_version_says(head: bytes, closes: bool) -> None:
    assert read(head)[0].wants_close is closes
