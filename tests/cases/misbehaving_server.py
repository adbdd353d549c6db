"""A server that breaks HTTP in another way on every path: `python misbehaving_server.py PORT`."""

import socketserver
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

OK = b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n"
SAYS_2 = b"Content-Length: 2\r\n\r\nok"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
BLOCK = b"a" * 65536
LARGE = 1600 * BLOCK  # 100 MB
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"

Send = Callable[[bytes], None]
Misbehaviour = Callable[[Send], None]


def _says(*parts: bytes) -> Misbehaviour:
    """Sends this, and closes."""

    def misbehave(send: Send) -> None:
        for part in parts:
            send(part)

    return misbehave


def _for_ever(first: bytes, again: bytes, pause_s: float = 0) -> Misbehaviour:
    def misbehave(send: Send) -> None:
        send(first)
        while True:
            send(again)
            time.sleep(pause_s)

    return misbehave


def _slowly(send: Send) -> None:
    for byte in OK + SAYS_2:
        send(bytes([byte]))
        time.sleep(1)


MISBEHAVIOURS: Mapping[str, Misbehaviour] = {
    "never-answers": lambda _: time.sleep(3600),
    "one-byte-a-second": _slowly,
    "body-one-byte-a-second": _for_ever(OK + b"Content-Length: 900\r\n\r\n", b"x", 1),
    "header-of-100-mb": _says(OK + b"X-Large: ", LARGE, b"\r\n" + SAYS_2),
    "very-many-headers": _says(OK, b"".join(b"X-%d: y\r\n" % n for n in range(200_000)), SAYS_2),
    "body-without-end": _for_ever(OK + CHUNKED, b"10000\r\n" + BLOCK + b"\r\n"),
    "body-of-100-mb": _says(OK + b"Content-Length: %d\r\n\r\n" % len(LARGE), LARGE),
    "length-too-large": _says(OK + b"Content-Length: 2000\r\n\r\nshort"),
    "length-too-small": _says(OK + b"Content-Length: 2\r\n\r\nlonger than that"),
    "length-below-zero": _says(OK + b"Content-Length: -5\r\n\r\nok"),
    "two-lengths": _says(OK + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\nhellohi"),
    "length-and-chunks": _says(OK + b"Content-Length: 9\r\n" + CHUNKED + b"2\r\nok\r\n0\r\n\r\n"),
    "chunk-of-no-size": _says(OK + CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n"),
    "very-many-interim": _says(100_000 * INTERIM, OK + SAYS_2),
    "interim-without-end": _for_ever(b"", 100 * INTERIM),
    "http-0-9": _says(b"<html>hello</html>"),
    "bytes-of-all-kinds": _says(10 * bytes(range(256))),
    "nul-in-a-header": _says(OK + b"X-Nul: a\0b\r\n" + SAYS_2),
    "two-responses": _says(OK + b"Content-Length: 0\r\n\r\n" + OK + b"\r\nevil"),
    "gzip-that-is-none": _says(OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"),
}
"""By path."""


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with suppress(OSError):
            while line := self.rfile.readline():
                while self.rfile.readline().strip():
                    pass
                name = line.split()[1].decode().strip("/").partition("?")[0]
                if misbehave := MISBEHAVIOURS.get(name):
                    misbehave(self.request.sendall)
                    return
                self.request.sendall(OK + SAYS_2)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 100


if __name__ == "__main__":
    _Server(("127.0.0.1", int(sys.argv[1])), _Handler).serve_forever()
