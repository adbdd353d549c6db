"""Answers exactly the status, header list and body that a scenario writes: for testing browsers.

What goes out is `HTTP/1.1 STATUS PHRASE` (the registered phrase, else none), then the headers of
the answer in their order, with their case, repeats and odd bytes, then the body. One header is
added, `Content-Length` as the last one, and only when the answer gives neither Content-Length nor
Transfer-Encoding, its status allows a body (not 1xx, 204, 304), and its body is to end. No Date, no
Server. A body is not sent to HEAD nor with a status that allows none. An answer that gives
Transfer-Encoding writes its own chunks. The connection is kept unless the request or the answer
says `Connection: close`.

A header or body may repeat what the request said: `{origin}` is its `Origin`, and
`{request.header.X-Name}` any header of it, byte for byte. A header line that repeats one which the
request does not have is left out, as servers do that reflect; in a body nothing stands there. Where
the status is such a header and that has none, it is 500.

A request that no answer fits gets a 404 without CORS headers, whose body says what was asked for
and what there was.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from http import HTTPStatus
from typing import cast

from cors_harness.model.answer import Answer, ExchangeKind, Fault
from cors_harness.terms.request_value import REQUEST_VALUE
from verbatim_requests import BadRequest, Request, RequestReader

Answers = Mapping[str, Sequence[Answer]]
Values = tuple[tuple[str, str], ...]  # placeholders, in their braces, with what stands for them

_TOKEN = re.compile(r"[?&]cell=([0-9A-Za-z._-]+)")
_PLACEHOLDER = re.compile(rf"\{{(?:cell|token)\}}|{REQUEST_VALUE.pattern}")
_STATUS = re.compile("[2-9][0-9]{2}")
_LINE_BREAK = re.compile(r"[\r\n]")
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_DRIP_S = 0.02  # endless, but no flood: 50 pieces a second


def create_server(answers: Answers, role: str) -> Callable[[], asyncio.Protocol]:
    """A protocol factory for the port of the role `role` (`server`, `other` or `third`).

    `answers` has, by the key K of the cell token K.N, the answers of a scenario; the first whose
    conditions all hold is sent, with its placeholders filled in.

    Raises:
        ValueError: a header is not latin-1, so it has no bytes to send.
    """
    book = _Book(answers, role)
    return lambda: VerbatimProtocol(book)


class VerbatimProtocol(asyncio.Protocol):
    """One connection; its requests are answered one after the other."""

    def __init__(self, book: "_Book") -> None:
        self._book = book
        self._reader = RequestReader()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._busy = False
        self._writable = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of asyncio.Protocol."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Part of asyncio.Protocol; a delayed or endless answer ends here."""
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()

    def pause_writing(self) -> None:
        """Part of asyncio.Protocol; an endless body waits for its reader."""
        self._writable = False

    def resume_writing(self) -> None:
        """Part of asyncio.Protocol."""
        self._writable = True

    def data_received(self, data: bytes) -> None:
        """Part of asyncio.Protocol."""
        self._reader.feed(data)
        self._answer_all()

    def _answer_all(self) -> None:
        while not self._busy:
            try:
                request = self._reader.next_request()
            except BadRequest as exc:
                return self._finish(*_bytes_of(_text(400, str(exc)), ()), close=True)
            if request is None:
                return None
            self._begin(request)
        return None

    def _begin(self, request: Request) -> None:
        answer, token = self._book.choose(request)
        answer = _with_status(answer, request)
        self._busy = True
        if answer.delay_ms > 0:
            self._later(answer.delay_ms / 1000, lambda: self._resume(request, answer, token))
        else:
            self._answer(request, answer, token)

    def _resume(self, request: Request, answer: Answer, token: str) -> None:
        self._answer(request, answer, token)
        self._answer_all()

    def _later(self, delay_s: float, action: Callable[[], None]) -> None:
        self._timer = asyncio.get_running_loop().call_later(delay_s, action)

    def _answer(self, request: Request, answer: Answer, token: str) -> None:
        head, body = _bytes_of(answer, _values(answer, request, token))
        match answer.fault:
            case Fault.HANG:
                pass
            case Fault.CLOSE:
                self._finish(b"", b"", close=True)
            case Fault.TRUNCATE:
                self._finish(head, body[: len(body) // 2], close=True)
            case Fault.ENDLESS_BODY:
                self._drip(head, body or b".")
            case None:
                body = b"" if request.method == "HEAD" or not _allows_body(answer) else body
                self._finish(head, body, close=request.wants_close or _says_close(answer))

    def _finish(self, head: bytes, body: bytes, *, close: bool) -> None:
        if self._transport is not None:
            self._transport.write(head + body)
            self._busy = close
            if close:
                self._transport.close()

    def _drip(self, piece: bytes, then: bytes) -> None:
        if self._transport is not None:
            if self._writable:
                self._transport.write(piece)
            self._later(_DRIP_S, lambda: self._drip(then, then))


class _Book:
    """The answers of one port, and how often each was sent to each cell."""

    def __init__(self, answers: Answers, role: str) -> None:
        self._role = role
        self._answers = {k: tuple(a for a in v if a.role == role) for k, v in answers.items()}
        self._sent: Counter[tuple[str, int]] = Counter()
        for answer in (a for listed in self._answers.values() for a in listed):
            _bytes_of(answer, tuple((name, "") for name in _names(answer)))

    def choose(self, request: Request) -> tuple[Answer, str]:
        """The answer to a request, and the cell token that the request carries ("" for none)."""
        found = _TOKEN.search(request.target)
        token = found[1] if found else ""
        kind = _kind(request)
        for number, answer in enumerate(self._answers.get(token.rpartition(".")[0], ())):
            if _fits(answer, request, kind) and self._take((token, number), answer.times):
                return answer, token
        return self._nothing(request, kind, token), token

    def _take(self, use: tuple[str, int], times: int | None) -> bool:
        if times is None:
            return True
        self._sent[use] += 1
        return self._sent[use] <= times

    def _nothing(self, request: Request, kind: ExchangeKind, token: str) -> Answer:
        asked = f"{kind} {request.method} {request.target} at {self._role}"
        if not token:
            return _text(404, f"no `cell=K.N` in the query of {asked}")
        listed = self._answers.get(token.rpartition(".")[0], ())
        had = "\n".join(f"- {_conditions(answer)}" for answer in listed) or "- nothing at this port"
        return _text(404, f"no answer fits {asked}; the scenario has\n{had}")


def _fits(answer: Answer, request: Request, kind: ExchangeKind) -> bool:
    return (
        answer.on in {None, kind}
        and answer.method in {None, request.method}
        and answer.path in {None, request.path}
    )


def _kind(request: Request) -> ExchangeKind:
    """https://fetch.spec.whatwg.org/#cors-preflight-request ."""
    asks = "origin" in request.headers and "access-control-request-method" in request.headers
    return ExchangeKind.PREFLIGHT if request.method == "OPTIONS" and asks else ExchangeKind.REQUEST


def _conditions(answer: Answer) -> str:
    limits = {"on": answer.on, "method": answer.method, "path": answer.path, "times": answer.times}
    given = ", ".join(f"{name} {limit}" for name, limit in limits.items() if limit is not None)
    status = answer.status_from or answer.status
    return f"status {status} for {given or 'every request'}"


def _text(status: int, text: str) -> Answer:
    headers = (("Content-Type", "text/plain; charset=utf-8"),)
    return Answer(status=status, headers=headers, body=f"verbatim: {text}\n")


@lru_cache(maxsize=4096)
def _names(answer: Answer) -> tuple[str, ...]:
    """The placeholders in an answer, with their braces."""
    texts = (answer.body, *(value for _, value in answer.headers))
    return tuple(dict.fromkeys(m[0] for text in texts for m in _PLACEHOLDER.finditer(text)))


def _values(answer: Answer, request: Request, token: str) -> Values:
    """What stands for the placeholders of an answer, but those that the request has nothing for."""
    named = ((name, _value(name, request, token)) for name in _names(answer))
    return tuple((name, value) for name, value in named if value is not None)


def _value(name: str, request: Request, token: str) -> str | None:
    if name in {"{cell}", "{token}"}:
        return f"cell={token}" if name == "{cell}" else token
    header = REQUEST_VALUE.fullmatch(name)
    value = request.header((header and header["name"]) or "origin")
    # A lone CR or LF is all that could end a line; https://httpwg.org/specs/rfc9110.html#fields.values
    return None if value is None else _LINE_BREAK.sub(" ", value)


def _allows_body(answer: Answer) -> bool:
    return answer.status >= 200 and answer.status not in {204, 304}


def _with_status(answer: Answer, request: Request) -> Answer:
    """The answer with the status that the request asks for; its own where that is none."""
    asked = (answer.status_from and request.header(answer.status_from)) or ""
    return replace(answer, status=int(asked)) if _STATUS.fullmatch(asked) else answer


def _says_close(answer: Answer) -> bool:
    return any(n.lower() == "connection" and v.lower() == "close" for n, v in answer.headers)


@lru_cache(maxsize=4096)
def _bytes_of(answer: Answer, values: Values) -> tuple[bytes, bytes]:
    """Head and body on the wire, placeholders filled in."""
    known = dict(values)
    body = _encoded(_filled(answer.body, known))
    if answer.fault is Fault.TRUNCATE:
        body = body or b"truncated"
    lines = [f"HTTP/1.1 {answer.status} {_PHRASES.get(answer.status, '')}"]
    lines += [
        f"{name}: {_filled(value, known)}"
        for name, value in answer.headers
        if known.keys() >= {match[0] for match in _PLACEHOLDER.finditer(value)}
    ]
    if _needs_length(answer):
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), body


def _needs_length(answer: Answer) -> bool:
    framed = {"content-length", "transfer-encoding"} & {name.lower() for name, _ in answer.headers}
    return not framed and _allows_body(answer) and answer.fault is not Fault.ENDLESS_BODY


def _filled(text: str, known: Mapping[str, str]) -> str:
    """Once and for all: braces in what is filled in stay."""
    return _PLACEHOLDER.sub(lambda match: known.get(match[0], ""), text)


def _encoded(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()
