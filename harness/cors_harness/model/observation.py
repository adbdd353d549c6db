"""Observation: what the page saw of one call; StepMessages: what others told of it beside."""

from dataclasses import dataclass

from cors_harness.model.route import Refusal

BODY_KEPT = 4096  # characters of a body that an observation has at most; see page/runner.js


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilled:
    """`fetch()` gave a response.

    Attributes:
        status_text: `Response.statusText`; empty of a response over HTTP/2, which has no reason
            phrase, and of an opaque one.
        headers: (name, value) pairs that page code can read, names lower-case.
        body: first characters of the text, None where reading it failed.
        body_ended: whether the end of the body was seen. If not, `body` is what had come when the
            reading was given up, and the call with it.
        body_error: name and message of the error that reading the body gave.
    """

    response_type: str
    status: int
    url: str
    redirected: bool
    status_text: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    body_ended: bool = True
    body_error: str | None = None
    duration_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """`fetch()` rejected; the error's name is data, the message is for people."""

    error_name: str
    error_message: str
    duration_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """The call's own deadline passed, or the engine stalled.

    Attributes:
        by_deadline: whether it was the call's own deadline, in a page that was well.
    """

    after_ms: float
    detail: str = ""
    by_deadline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Crashed:
    """The engine went away while the call was in flight."""

    detail: str


Observation = Fulfilled | Rejected | TimedOut | Crashed


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMessages:
    """What was told about one call besides what the page saw.

    Attributes:
        console: the engine's own lines, unchanged, in the order they came.
        has_console: whether the engine's console can be read at all.
        refusals: what our gate refused this engine at the address it wanted last; never the
            engine's words.
        cookies_of_others: names of cookies that were sent and are other cells' own: cells of one
            page share a cookie jar.
    """

    console: tuple[str, ...] = ()
    has_console: bool = True
    refusals: tuple[Refusal, ...] = ()
    cookies_of_others: frozenset[str] = frozenset()
