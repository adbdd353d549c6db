"""Message: one HTTP/1 request or response with its bytes as they were, cut out of a stream.

Own code on purpose: httptools and h11 refuse or normalise what must be kept here (NUL, VT and 0x80
in header values, odd status codes, the case of names), and without the request they cannot know
that a response answers HEAD. Nothing here raises on any input; a stream that makes no sense is
followed no further, and its last message stays incomplete.
https://httpwg.org/specs/rfc9112.html#message.body.length
"""

import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable

BODY_LIMIT = 64 * 1024
HEAD_LIMIT = 512 * 1024  # Chromium takes 256 KiB at most, Firefox 384, libsoup 64
LINE_LIMIT = 16 * 1024
# Of a response: without end they keep Chromium and WebKit from all other calls.
INTERIM_LIMIT = 1000

_BLANK = re.compile(rb"[\r\n]*")
_HEAD_END = re.compile(rb"\n\r?\n")
_LINE_END = re.compile(rb"\n")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}(?=[ \t]*(?:;|\r?\n))")
_REQUEST_LINE = re.compile(rb"[^ \r\n]+ [^\r\n]* HTTP/")
_STATUS = re.compile(rb"(?i)HTTP/[\d.]* +(\d{1,9})")  # as lenient as browsers are
_BODY_HEADERS = re.compile(rb"\n(content-length|transfer-encoding):([^\n]*)")  # in lower case
_LENGTH = re.compile(rb"\d{1,18}")

FramedHeaders = list[tuple[bytes, bytes]]


class Message:
    """One request or response; it grows while more of its bytes are fed.

    Attributes:
        head: start line and headers as they came; the properties parse it anew at each use.
        body: the first BODY_LIMIT bytes of the body, without transfer coding.
        body_bytes: length of the body so far.
        complete: whether its last byte was seen.
        broke_off: whether its sender ended it early, or sent what cannot be the rest of it.
        began: the `now` of the feed that brought its first byte.
        ended: that of the feed that brought its last byte, where it is complete.
    """

    __slots__ = ("began", "body", "body_bytes", "broke_off", "complete", "ended", "head")

    def __init__(self, head: bytes, began: float = 0.0) -> None:
        self.head, self.began, self.ended = head, began, 0.0
        self.body, self.body_bytes = bytearray(), 0
        self.complete = self.broke_off = False

    @property
    def has_whole_head(self) -> bool:
        """Whether the head came to its end, the empty line."""
        return _HEAD_END.search(self.head) is not None

    @property
    def start_line(self) -> bytes:
        """Request line or status line, without its line end."""
        return self.head.partition(b"\n")[0].removesuffix(b"\r")

    @property
    def status(self) -> int | None:
        """The status code of a response; None where the status line has none."""
        status = _STATUS.match(self.head)
        return int(status[1]) if status else None

    @property
    def method(self) -> bytes:
        """The method of a request."""
        return self.start_line.partition(b" ")[0]

    @property
    def target(self) -> bytes:
        """The request target as sent; b"" where the request line has none."""
        rest = self.start_line.partition(b" ")[2]
        before, space, _version = rest.rpartition(b" ")
        return before if space else rest

    @property
    def headers(self) -> FramedHeaders:
        """(name, value) pairs in wire order, case and repeats kept.

        A value has lost the spaces and tabs around it and nothing else; of a folded value the
        line end stays inside. A line without a colon is a name with the value b"".
        """
        headers: FramedHeaders = []
        for line in self.head.split(b"\n")[1:]:
            bare = line[:-1] if line[-1:] == b"\r" else line
            if bare[:1] in {b" ", b"\t"} and headers:
                name, value = headers.pop()
                headers.append((name, (value + b"\r\n" + bare).rstrip(b" \t")))
            elif bare:
                name, _, value = bare.partition(b":")
                headers.append((name, value.strip(b" \t")))
        return headers

    def keep(self, data: bytes, start: int, stop: int) -> None:
        """Count `data[start:stop]` as body, and keep what the limit allows."""
        self.body_bytes += stop - start
        room = BODY_LIMIT - len(self.body)
        if room > 0:
            self.body += data[start : min(stop, start + room)]


class Framer(ABC):
    """Cuts one direction of a connection into messages; the subclasses know where bodies end."""

    def __init__(self) -> None:
        self._step: Callable[[bytes, int], int] = self._head
        self._partial = bytearray()  # a head or line that is not whole yet
        self._message: Message | None = None  # the one whose body is being read
        self._begun: list[Message] = []
        self._left = 0
        self._now = self._began = 0.0
        self._pieces: list[bytes] | None = None  # of bodies, where they are wanted

    @property
    def lost(self) -> bool:
        """Whether the stream makes no sense, and is followed no further."""
        return self._step == self._ignore

    @property
    def busy(self) -> bool:
        """Whether a message has begun that is not over."""
        return self._message is not None or bool(self._partial)

    def feed(self, data: bytes, now: float = 0.0) -> list[Message]:
        """The messages whose heads became whole with `data`; open ones go on growing.

        `now` is any clock's reading; a message keeps the one of its first byte.
        """
        self._now, self._begun = now, []
        at, size = 0, len(data)
        while at < size:
            at = self._step(data, at)
        return self._begun

    def feed_one(self, data: bytes, now: float = 0.0) -> tuple[list[Message], int]:
        """As `feed`, but no further than to the end of one message; and how many bytes it took."""
        self._now, self._begun = now, []
        at, size = 0, len(data)
        while at < size:
            at = self._step(data, at)
            if self._message is None and self._step == self._head and not self._partial:
                break
        return self._begun, at

    def end(self, *, clean: bool, awaited: bool = True) -> list[Message]:
        """As `abandon`; a body that ends with the connection is complete if the end is `clean`.

        `awaited`: the receiver still wanted more, so what is not complete has broken off.
        """
        if awaited and clean and self._message is not None and self._step == self._until_close:
            self._finish()
        unfinished = [self._message] if self._message is not None else []
        begun = self.abandon()
        for message in (*unfinished, *begun):
            message.broke_off = awaited
        return begun

    def abandon(self) -> list[Message]:
        """Follow the stream no further; gives what is known of a head that is not whole."""
        self._begun = []
        self._stop()
        return self._begun

    def _give_up(self) -> None:
        """Follow the stream no further, as what has come makes no sense."""
        if self._message is not None:
            self._message.broke_off = True
        self._stop()

    def _stop(self) -> None:
        if self._partial and self._message is None:
            self._begun.append(Message(bytes(self._partial), self._began))
        self._partial.clear()
        self._step = self._ignore

    @abstractmethod
    def _body_reader(self, message: Message) -> None:
        """Decide, by `_read_*` or `_finish`, how the body of `message` is to be read."""

    def _head(self, data: bytes, at: int) -> int:
        if not self._partial:
            at = _BLANK.match(data, at).end()  # type: ignore[union-attr] # matches anything
            if at == len(data):
                return at
            self._began = self._now
        block, at = self._gather(data, at, _HEAD_END, HEAD_LIMIT)
        if block:
            self._message = Message(block, self._began)
            self._body_reader(self._message)
        return at

    def _gather(
        self, data: bytes, at: int, end: re.Pattern[bytes], limit: int
    ) -> tuple[bytes, int]:
        """The bytes up to `end` once they are all there (before: b""), and where to go on."""
        partial = self._partial
        if not partial and (ending := end.search(data, at)):
            return data[at : ending.end()], ending.end()
        before = len(partial)
        partial += data[at : at + limit + 1 - before]
        if ending := end.search(partial, max(0, before - 2)):
            block = bytes(partial[: ending.end()])
            partial.clear()
            return block, at + len(block) - before
        if len(partial) > limit:
            self._overrun()
        return b"", len(data)

    def _overrun(self) -> None:
        """Follow the stream no further, as a head or line does not end."""
        self._stop()

    def _ignore(self, data: bytes, _at: int) -> int:
        return len(data)

    def _read_by_headers(self, message: Message) -> bool:
        """Read the body as Transfer-Encoding or Content-Length tell; False: they tell nothing."""
        fields = _BODY_HEADERS.findall(message.head.lower())
        codings = [value.strip() for name, value in fields if name[0:1] == b"t"]
        if codings and codings[-1].endswith(b"chunked"):
            self._step = self._chunk_size
            return True
        lengths = {part.strip() for _, value in fields for part in value.split(b",")}
        if codings or len(lengths) != 1 or not _LENGTH.fullmatch(length := lengths.pop()):
            return False
        self._left, self._step = int(length), self._sized
        if not self._left:
            self._finish()
        return True

    def _finish(self) -> None:
        if self._message is not None:
            self._message.complete, self._message.ended = True, self._now
        self._message, self._step = None, self._head

    def _take_left(self, data: bytes, at: int) -> int:
        stop = min(len(data), at + self._left)
        if self._message is not None:
            self._message.keep(data, at, stop)
        if self._pieces is not None:
            self._pieces.append(data[at:stop])
        self._left -= stop - at
        return stop

    def _sized(self, data: bytes, at: int) -> int:
        at = self._take_left(data, at)
        if not self._left:
            self._finish()
        return at

    def _until_close(self, data: bytes, at: int) -> int:
        self._left = len(data) - at
        return self._take_left(data, at)

    def _chunk_size(self, data: bytes, at: int) -> int:
        line, at = self._gather(data, at, _LINE_END, LINE_LIMIT)
        if not line:
            return at
        if not (size := _CHUNK_SIZE.match(line)):
            self._give_up()
            return len(data)
        self._left = int(size[0], 16)
        self._step = self._chunk if self._left else self._trailer
        return at

    def _chunk(self, data: bytes, at: int) -> int:
        at = self._take_left(data, at)
        if not self._left:
            self._step = self._chunk_end
        return at

    def _chunk_end(self, data: bytes, at: int) -> int:
        line, at = self._gather(data, at, _LINE_END, LINE_LIMIT)
        if line:
            self._step = self._chunk_size
        if line.strip(b"\r\n"):
            self._give_up()
        return at

    def _trailer(self, data: bytes, at: int) -> int:
        line, at = self._gather(data, at, _LINE_END, HEAD_LIMIT)
        if line in {b"\r\n", b"\n"}:
            self._finish()
        return at


class RequestFramer(Framer):
    """Requests: without Content-Length and Transfer-Encoding there is no body."""

    def _body_reader(self, message: Message) -> None:
        self._begun.append(message)
        if not _REQUEST_LINE.match(message.head):
            self._give_up()
        elif not self._read_by_headers(message):
            self._finish()


class ResponseFramer(Framer):
    """Responses; `methods` has the methods of the requests that wait for one, oldest first.

    Interim responses (1xx but 101) are passed over. Where INTERIM_LIMIT of them came, the last is
    taken for the response.

    Attributes:
        is_excessive: whether that is so, or a head is longer than HEAD_LIMIT: what comes then is
            nothing that a browser takes, and it may keep a browser from all other calls.
    """

    def __init__(self, *, with_pieces: bool = False) -> None:
        """`with_pieces`: interim responses and pieces of bodies are kept, to be taken."""
        super().__init__()
        self.methods: deque[bytes] = deque()
        self.is_excessive = False
        self._interim_count = 0
        self._interim: list[Message] | None = [] if with_pieces else None
        self._pieces = [] if with_pieces else None

    def take_interim(self) -> list[Message]:
        """The interim responses that came since the last call."""
        if not self._interim:
            return []
        interim, self._interim = self._interim, []
        return interim

    def take_body(self) -> bytes:
        """What came of bodies since the last call, without transfer coding."""
        pieces, self._pieces = self._pieces or [], []
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _body_reader(self, message: Message) -> None:
        status = message.status
        if status is not None and 100 <= status < 200 and status != 101:
            self._pass_over(message)
            return
        self._interim_count = 0
        self._begun.append(message)
        method = self.methods.popleft() if self.methods else b""
        if status is None:
            self._give_up()
        elif status in {101, 204, 304} or method == b"HEAD":
            self._finish()
        elif not self._read_by_headers(message):
            self._step = self._until_close
        if status == 101:
            self._give_up()

    def _overrun(self) -> None:
        self.is_excessive = self._message is None
        super()._overrun()

    def _pass_over(self, interim: Message) -> None:
        self._interim_count += 1
        if self._interim_count == INTERIM_LIMIT:
            self.is_excessive = True
            self._begun.append(interim)
            self._message = None
            self._stop()
            return
        self._finish()
        if self._interim is not None:
            self._interim.append(interim)
