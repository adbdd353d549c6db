"""KnownAnswers: what an app answers without a browser, for a draft to assert and to comment."""

from collections.abc import Iterator, Mapping, Sequence

from cors_harness.drafts.calls import YamlFields
from cors_harness.model.survey import Answers, AskedCall

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
FIRST_ERROR, FIRST_FAILURE = 400, 500
LOG_IN = "Let the page log in, in a step before or by a header"
HINTS = {
    400: "Let the app take this Host, and the page send values that it takes",
    401: LOG_IN,
    403: "Let the page send what the app asks for, such as a login or a token",
    404: "Put values that exist into its path",
    407: LOG_IN,
    429: "Let the app have no rate limit while it is tested",
}
WRITTEN_SHOWN = 12  # lines: the end of a traceback
FAILED, OTHER = "Mend it", "Put values that the app takes"


class KnownAnswers:
    """Statuses by call.

    Attributes:
        wanted: the calls that were looked up, each once.
    """

    def __init__(
        self,
        origins: Sequence[str],
        statuses: Mapping[AskedCall, int],
        elsewhere: Mapping[AskedCall, str],
    ) -> None:
        """What is known: `statuses`, and the origins of other servers that calls are led to.

        `origins`: of the pages that make the calls.
        """
        self._origins, self._statuses, self._elsewhere = origins, statuses, elsewhere
        self.wanted: dict[AskedCall, None] = {}

    def status(self, request: YamlFields, *, raises: bool = False) -> int | None:
        """What all pages are answered to `request:` of a scenario; None: unknown, or they differ.

        Asked for is only what changes nothing in an app: see who calls this.
        """
        calls = tuple(self._calls(request, raises=raises))
        self.wanted.update(dict.fromkeys(calls))
        statuses = {self._statuses.get(call) for call in calls}
        return next(iter(statuses)) if len(statuses) == 1 else None

    def elsewhere(self, request: YamlFields) -> str:
        """The origin of another server that a page is redirected to; empty: none is known."""
        led = (self._elsewhere.get(call, "") for call in self._calls(request, raises=False))
        return next(filter(None, led), "")

    def _calls(self, request: YamlFields, *, raises: bool) -> Iterator[AskedCall]:
        headers, body = request.get("headers", {}), request.get("body")
        pairs = headers.items() if isinstance(headers, Mapping) else ()
        for origin in self._origins:
            yield AskedCall(
                method=str(request.get("method", "GET")),
                target=str(request["path"]),
                headers=tuple((name, str(value)) for name, value in pairs),
                body=None if body is None else str(body),
                origin=origin,
                raises=raises,
            )


def is_safe(request: YamlFields) -> bool:
    """Whether the call is of a method that changes nothing.

    https://httpwg.org/specs/rfc9110.html#safe.methods
    """
    return request.get("method", "GET") in SAFE


def is_error(status: int | None) -> bool:
    """Whether it is no status of a call that works."""
    return status is not None and status >= FIRST_ERROR


def note_on(call: str, status: int) -> str:
    """What a reader of the draft is told of a route whose calls are answered by an error."""
    hint = HINTS.get(status, FAILED if status >= FIRST_FAILURE else OTHER)
    return (
        f"Asked without a browser, the app answers {call} with {status}. {hint}, and then say "
        f"which `status` must come. Until then these scenarios are about that {status}, and those "
        "of lookalikes may hold by it alone."
    )


def asked_notes(answers: Answers) -> Iterator[str]:
    """What a user is told of the asking itself: what cannot be had, and what the app wrote."""
    if answers.no_raising:
        yield f"no scenarios for the 500 of a bug: {answers.no_raising}"
    if answers.written:
        said = "asked without a browser, the app answered by an error of its own, and wrote:"
        yield "\n  ".join((said, *answers.written[-WRITTEN_SHOWN:]))


def note_on_elsewhere(call: str, origin: str) -> str:
    """What a reader is told of a route that redirects pages to another server."""
    return (
        f"Asked without a browser, the app redirects {call} to another server, {origin}, which is "
        "not part of this run: what pages may read there is for that server to say."
    )


def note_on_error(name: str, status: int) -> str:
    """What a reader is told of a kind of errors that is not what comes."""
    return (
        f"Asked without a browser, the app answers {status} to calls of `{name}`: as long as it "
        f"does, they are about that {status}."
    )
