"""Wrong paths: calls of an app that it has no answer to, told from its operations."""

from collections.abc import Collection, Iterator, Sequence

from cors_harness.drafts.operation import SAFELISTED, Operation

NO_SUCH_PAGE = "no-such-page"
METHODS = ("GET", "POST", "DELETE", "PUT", "PATCH")


def no_such_page(operation: Operation, every: Sequence[Operation]) -> str | None:
    """A path below that of `operation` that no route takes; None: one takes all."""
    path = operation.path.partition("?")[0]
    below = f"{path.removesuffix('/')}/{NO_SUCH_PAGE}"
    return None if any(each.takes(below) for each in every) else below


def no_such_method(operation: Operation, every: Sequence[Operation]) -> str | None:
    """A method that its path lacks; None: none that a page could try.

    One that needs no preflight if there is one, so that what comes out is the 405 and not what the
    preflight allows; else one that the app has elsewhere, which its preflight must allow.
    """
    path = operation.path.partition("?")[0]
    there = {each.method for each in every if each.takes(path)}
    elsewhere = {each.method for each in every}
    return next(_lacking(there, elsewhere), None)


def _lacking(there: Collection[str], elsewhere: Collection[str]) -> Iterator[str]:
    for method in METHODS:
        if method not in there and (method in SAFELISTED or method in elsewhere):
            yield method
