"""AppReader: how apps of one framework tell what is in them, and how their views are made to raise.

One module of `frameworks` has one for each framework. Objects of a framework are Any: none is
imported, and there are type stubs for few.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cors_harness.model.survey import FoundRoute

TEXT = "a bug: the server app-raising raises this in place of every view"


class UnhandledError(Exception):
    """What the views raise; no app has a handler for it, other than one for everything."""

    def __init__(self) -> None:
        super().__init__(TEXT)


def in_one_line(exc: Exception) -> str:
    """What was raised, for a message: `KeyError: 'name'`."""
    text = " ".join(str(exc).split())
    return f"{type(exc).__name__}: {text}" if text else type(exc).__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class MountedApp:
    """Something inside an app that answers by itself, and may be an app that we know.

    Attributes:
        prefix: of all its paths, that of the app around it included.
    """

    app: Any
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDocument:
    """The OpenAPI document that an app makes of itself.

    Attributes:
        prefix: stands before its paths, that of the app around it included.
        text: the document as JSON.
    """

    prefix: str
    text: str


Finding = FoundRoute | MountedApp | OwnDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedViews:
    """What was done to an app.

    Attributes:
        count: views that raise now.
        mounted: what is in the app and may be an app with views of its own, still unchanged.
    """

    count: int
    mounted: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppReader:
    """What one framework's module can do.

    Attributes:
        findings: what is in an app, from the app and the prefix of its paths. Pages and files that
            the framework serves by itself are left out; a document that cannot be made, too.
        raise_views: makes every view of an app raise UnhandledError, in place, but for OPTIONS.
    """

    findings: Callable[[Any, str], Iterator[Finding]]
    raise_views: Callable[[Any], ChangedViews]
