"""methods_of_any(): of a view that is called for every method, those that it is made for."""

from collections.abc import Collection, Iterator
from types import CodeType
from typing import Any

from cors_harness.serving.survey.views import innermost

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def methods_of_any(view: Any, sent: Collection[str]) -> tuple[str, ...]:
    """GET, the methods that its code names, and POST where it reads what was sent.

    For frameworks that refuse no method where none was declared. A class with a function for each
    method has those.

    Args:
        view: a function, or a class.
        sent: attributes of the framework's requests with what was sent.
    """
    function = innermost(view)
    if isinstance(function, type):
        return tuple(method for method in METHODS if hasattr(function, method.lower()))
    code = getattr(function, "__code__", None)
    named = _named(code, sent) if isinstance(code, CodeType) else frozenset()
    return tuple(method for method in METHODS if method == "GET" or method in named)


def _named(code: CodeType, sent: Collection[str]) -> frozenset[str]:
    constants = frozenset(_texts(code.co_consts)) if "method" in code.co_names else frozenset()
    return constants | (frozenset(("POST",)) if set(sent) & set(code.co_names) else frozenset())


def _texts(constants: Any) -> Iterator[str]:
    for each in constants:
        if isinstance(each, str):
            yield each
        elif isinstance(each, tuple | frozenset):
            yield from _texts(each)
