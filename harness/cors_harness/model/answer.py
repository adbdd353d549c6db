"""Answer: what the verbatim server sends, byte for byte, for the requests that it matches."""

from dataclasses import dataclass
from enum import StrEnum


class ExchangeKind(StrEnum):
    """A CORS-preflight request or any other request.

    https://fetch.spec.whatwg.org/#cors-preflight-request
    """

    PREFLIGHT = "preflight"
    REQUEST = "request"


class Fault(StrEnum):
    """What the verbatim server does instead of answering properly."""

    CLOSE = "close"  # closes the connection without a byte
    HANG = "hang"  # keeps the connection open and never answers
    TRUNCATE = "truncate"  # sends half of the announced body, then closes
    ENDLESS_BODY = "endless-body"  # sends the head, then body bytes for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One canned response; the first whose conditions all hold is sent.

    Attributes:
        role: of the origin that received the request: `server`, `other` or `third`.
        on: only for this kind of request; None for both.
        method: only for this method, as on the wire; None for any.
        path: only for this path, without the query; None for any.
        times: sent that many times per cell, then no longer matches; None for ever.
        status: status code on the status line; of `status_from` where that is no status.
        status_from: the request header that has the status code; empty: `status` is it.
        headers: (name, value) pairs sent exactly so, in this order; latin-1 text, one character
            a byte; `{page}`, `{cell}` and the other placeholders are filled in, and those of
            `terms.request_value` with what the request had; without it the line is left out.
        body: latin-1 text or text that is sent as UTF-8 where it is not latin-1.
        delay_ms: milliseconds to wait before the first byte.
        fault: what goes wrong instead; None for a proper answer.
    """

    role: str = "server"
    on: ExchangeKind | None = None
    method: str | None = None
    path: str | None = None
    times: int | None = None
    status: int = 200
    status_from: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    delay_ms: int = 0
    fault: Fault | None = None
