"""NamedCall: a call in a matrix of errors, with what the app answers to it, as far as is known."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cors_harness.drafts.answers import is_error, note_on_error
from cors_harness.drafts.calls import YamlFields
from cors_harness.terms.headers import is_ok

NO_SUCH_METHOD, NOT_VALID, SLASH, UNHANDLED = "no-such-method", "not-valid", "slash", "unhandled"
# The status that is meant by the name of an error; by other names ok statuses are.
MEANT: Mapping[str, int] = {
    "no-such-page": 404,
    NO_SUCH_METHOD: 405,
    NOT_VALID: 422,  # as documents say; other apps are not asked
    UNHANDLED: 500,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCall:
    """A call in a matrix.

    Attributes:
        answer: the status that the app answers with; None: it is not known.
        is_meant: whether the scenario is about that status.
    """

    name: str
    request: YamlFields
    answer: int | None = None
    is_meant: bool = False


def named_call(error: str, name: str, request: YamlFields, answer: int | None) -> NamedCall:
    """The call for scenarios of `error`."""
    meant = MEANT.get(error)
    is_meant = is_ok(answer) if meant is None else answer == meant
    return NamedCall(name=name, request=request, answer=answer, is_meant=is_meant)


def by_status(calls: Iterable[NamedCall]) -> Iterator[tuple[int | None, Sequence[NamedCall]]]:
    """The calls by the status that is to be asserted; None: none is."""
    alike: dict[int | None, list[NamedCall]] = {}
    for each in calls:
        alike.setdefault(each.answer if each.is_meant else None, []).append(each)
    yield from alike.items()


def notes_on(error: str, calls: Iterable[NamedCall]) -> Iterator[str]:
    """What the reader is told of answers that are not what the scenarios of `error` are about."""
    for status in dict.fromkeys(each.answer for each in calls if not each.is_meant):
        is_told = is_error(status) or error in MEANT
        if status is not None and is_told and error != SLASH:
            yield note_on_error(error, status)
