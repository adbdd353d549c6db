"""Exchange: one request and its response as they were on the wire."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urljoin

from cors_harness.model.answer import ExchangeKind
from cors_harness.terms.headers import REDIRECT_STATUSES, HeaderList, get

_STATUS_LINE_START = b"HTTP/"


def begins_no_response(said: bytes) -> bool:
    """Whether that is more than the beginning of a status line, and no status line begins so.

    How much of a status line has come by the end of a call depends on the moment.
    """
    return not _STATUS_LINE_START.startswith(said[: len(_STATUS_LINE_START)])


class ResponsePart(StrEnum):
    """A part of a response."""

    HEAD = "head"
    BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its response.

    Attributes:
        kind: preflight or request.
        role: of the origin that received it: `server`, `other`, `third` or `page`; `elsewhere` for
            one that no scenario names, where nobody answers.
        origin: the origin as the browser addressed it, `http://127.0.0.1:41231`.
        target: request target as sent, `/api/data?cell=3.1`.
        status: None when no response head came.
        request_bytes, body_bytes: length of the bodies, without transfer coding.
        request_body, body: their first bytes, up to the recorder's limit. Where the server said
            something that is no response, `status` is None and `body` is that.
        complete: whether the whole response reached the browser's socket.
        broke_off: the part of the response in which the server ended it, while the browser still
            waited for the rest; `head` too where no byte of it came, and where what came is no
            HTTP, whoever closed the connection first. Else None where the browser has ended it.
        t_ms: milliseconds from the recorder's start to the first byte of the request.
        end_ms: to the last byte of the response from the server; None: it did not come whole.
        protocol: what the browser spoke, as ALPN names it: `http/1.1` or `h2`. Of h2 the target and
            the headers are kept in the form of HTTP/1.1, names in the case and order as sent.
        step: index of the step that caused it, from 0.
    """

    kind: ExchangeKind
    role: str
    origin: str
    method: str
    target: str
    request_headers: HeaderList
    request_bytes: int = 0
    request_body: bytes = b""
    status: int | None = None
    response_headers: HeaderList = ()
    body_bytes: int = 0
    body: bytes = b""
    complete: bool = True
    broke_off: ResponsePart | None = None
    t_ms: float = 0.0
    end_ms: float | None = None
    protocol: str = "http/1.1"
    step: int = 0

    @property
    def is_no_http(self) -> bool:
        """Whether something came that is no response."""
        return self.status is None and begins_no_response(self.body)

    @property
    def redirect_url(self) -> str | None:
        """Where the response redirects to, without fragment; None: nowhere, or to what is no URL.

        https://fetch.spec.whatwg.org/#concept-response-location-url
        """
        location = get(self.response_headers, "Location")
        if location is None or self.status not in REDIRECT_STATUSES:
            return None
        try:
            url = urljoin(self.origin + self.target, location.decode("latin-1"))
        except ValueError:
            return None
        return url.partition("#")[0]
