"""What the runner page posts, see page/runner.js: its shapes, and the observations in them."""

import functools
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from msgspec import Meta, Struct

from cors_harness.model.observation import Fulfilled, Observation, Rejected, TimedOut
from cors_harness.serving.page.server import PageReply, Payload
from cors_harness.text.typed_json import JsonDecoder

# A whole number stays one.
Milliseconds = Annotated[int, Meta(ge=0, le=10**12)] | Annotated[float, Meta(ge=0, le=1e12)]


class FulfilledPost(Struct, tag_field="kind", tag="fulfilled"):
    """`fetch()` gave a response."""

    response_type: str
    status: Annotated[int, Meta(ge=0, le=999)]
    status_text: str
    url: str
    redirected: bool
    headers: tuple[tuple[str, str], ...]
    body: str | None
    body_error: str | None
    duration_ms: Milliseconds
    body_ended: bool = True

    def observation(self) -> Observation:
        """What the page saw."""
        return Fulfilled(
            response_type=self.response_type,
            status=self.status,
            url=self.url,
            redirected=self.redirected,
            status_text=self.status_text,
            headers=self.headers,
            body=self.body,
            body_ended=self.body_ended,
            body_error=self.body_error,
            duration_ms=self.duration_ms,
        )


class RejectedPost(Struct, tag_field="kind", tag="rejected"):
    """`fetch()` rejected."""

    error_name: str
    error_message: str
    duration_ms: Milliseconds

    def observation(self) -> Observation:
        """What the page saw."""
        return Rejected(
            error_name=self.error_name,
            error_message=self.error_message,
            duration_ms=self.duration_ms,
        )


class TimedOutPost(Struct, tag_field="kind", tag="timed-out"):
    """Nothing came in time."""

    detail: str
    duration_ms: Milliseconds
    by_deadline: bool = False

    def observation(self) -> Observation:
        """What the page saw."""
        return TimedOut(after_ms=self.duration_ms, detail=self.detail, by_deadline=self.by_deadline)


ObservationPost = FulfilledPost | RejectedPost | TimedOutPost


class Hello(Struct):
    """The page is there."""

    origin: str = ""


class Nothing(Struct):
    """A post that says nothing more than its path does."""


class FinishedCell(Struct):
    """The last observation of a cell."""

    token: str
    observation: ObservationPost


class Report(Struct):
    """Cells that the page has started and cells that it has finished."""

    started: list[str]
    finished: list[FinishedCell]
    sentinel: str | None


class Mark(Struct):
    """A step that is not the cell's last one is over."""

    token: str
    observation: ObservationPost
    sentinel: str | None


class Late(Struct):
    """A cell was held up for longer than its scenario can bear."""

    token: str


Post = TypeVar("Post", bound=Struct)


def taking(shape: type[Post], reply: Callable[[Post], Awaitable[Payload]]) -> PageReply:
    """The reply to posts of a shape; it raises JsonError for any other."""
    decoder = _decoder(shape)

    async def answer(data: Payload) -> Payload:
        return await reply(decoder.convert(data))

    return answer


@functools.cache
def _decoder(shape: type[Post]) -> JsonDecoder[Post]:
    return JsonDecoder(shape)
