"""The handshake with a SOCKS5 client comes out the same however its bytes are cut up."""

import pytest

from cors_harness.wire.socks import Handshake

HELLO = b"\x05\x01\x00"
WELCOME = b"\x05\x00"
NAME = HELLO + b"\x05\x01\x00\x03\x0bexample.com\x01\xbb"

ASKED = {
    "name": (NAME, ("example.com", 443)),
    "name in capitals": (NAME.replace(b"exam", b"EXAM"), ("example.com", 443)),
    "name that is no ASCII": (HELLO + b"\x05\x01\x00\x03\x02\xe9\xff\x00\x50", ("éÿ", 80)),
    "empty name": (HELLO + b"\x05\x01\x00\x03\x00\x00\x50", ("", 80)),
    "IPv4": (HELLO + b"\x05\x01\x00\x01\x7f\x00\x00\x01\x0b\xb8", ("127.0.0.1", 3000)),
    "IPv6": (HELLO + b"\x05\x01\x00\x04" + bytes(15) + b"\x01\x0b\xb8", ("[::1]", 3000)),
    "IPv6 as a name": (HELLO + b"\x05\x01\x00\x03\x03::1\x0b\xb8", ("[::1]", 3000)),
    "IPv6 at length": (HELLO + b"\x05\x01\x00\x03\x070:0::01\x0b\xb8", ("[::1]", 3000)),
    "IPv4 as a name": (HELLO + b"\x05\x01\x00\x03\x09127.0.0.1\x0b\xb8", ("127.0.0.1", 3000)),
    "several methods": (b"\x05\x03\x02\x00\x01" + NAME[3:], ("example.com", 443)),
}
FAILED = {
    "no method that is none": (b"\x05\x01\x02", b"\x05\xff"),
    "no method at all": (b"\x05\x00", b"\x05\xff"),
    "SOCKS4": (b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00", b""),
    "HTTP proxy's client": (b"CONNECT example.com:443 HTTP/1.1\r\n\r\n", b""),
    "BIND": (HELLO + b"\x05\x02\x00\x01" + bytes(6), WELCOME + b"\x05\x07\x00\x01" + bytes(6)),
    "UDP": (HELLO + b"\x05\x03\x00\x01" + bytes(6), WELCOME + b"\x05\x07\x00\x01" + bytes(6)),
    "address type": (
        HELLO + b"\x05\x01\x00\x02" + bytes(9),
        WELCOME + b"\x05\x08\x00\x01" + bytes(6),
    ),
}


@pytest.mark.parametrize("size", [1, 4, 99])
@pytest.mark.parametrize(("data", "address"), ASKED.values(), ids=ASKED.keys())
def test_address_that_is_asked_for(data: bytes, address: tuple[str, int], size: int) -> None:
    handshake = Handshake()
    assert fed(handshake, data, size) == WELCOME
    assert (handshake.address, handshake.failed, handshake.rest) == (address, False, b"")


@pytest.mark.parametrize("size", [1, 4, 99])
@pytest.mark.parametrize(("data", "answer"), FAILED.values(), ids=FAILED.keys())
def test_failure_is_answered(data: bytes, answer: bytes, size: int) -> None:
    handshake = Handshake()
    assert fed(handshake, data, size) == answer
    assert (handshake.address, handshake.failed) == (None, True)


@pytest.mark.parametrize("length", range(len(NAME)))
def test_part_of_a_handshake_asks_for_nothing(length: int) -> None:
    handshake = Handshake()
    handshake.feed(NAME[:length])
    assert (handshake.address, handshake.failed) == (None, False)


def test_early_bytes_are_kept() -> None:
    handshake = Handshake()
    handshake.feed(NAME + b"GET / HTTP/1.1")
    assert handshake.rest == b"GET / HTTP/1.1"


def fed(handshake: Handshake, data: bytes, size: int) -> bytes:
    return b"".join(handshake.feed(data[i : i + size]) for i in range(0, len(data), size))
