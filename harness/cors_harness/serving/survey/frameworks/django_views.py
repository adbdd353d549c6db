"""methods_of(): the methods that a view of Django, REST framework or django-ninja takes."""

import contextlib
from collections.abc import Iterator
from functools import partial
from types import CodeType
from typing import Any

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Modules whose views are pages or files of a framework's own: documentation, static files, admin.
OWN_PAGES = (
    "debug_toolbar",
    "django.contrib.admin",
    "django.contrib.staticfiles",
    "django.views.static",
    "drf_spectacular",
    "drf_yasg",
    "ninja.openapi",
    "rest_framework.schemas",
)
_OF_METHODS = "django.views.decorators.http"
_SENT = frozenset(("POST", "FILES", "body"))  # attributes of a request with what was sent
DEEPEST = 20


def is_own_page(view: Any) -> bool:
    """Whether a framework has made the view by itself, of no code of the project's."""
    module = str(getattr(_inner(view), "__module__", ""))
    cls = getattr(view, "cls", None) or getattr(view, "view_class", None)
    names = (module, str(getattr(cls, "__module__", "")))
    return any(f"{name}.".startswith(f"{own}.") for name in names for own in OWN_PAGES)


def ninja_api(view: Any) -> Any:
    """The API of django-ninja that a page of its documentation belongs to; else None."""
    keywords = view.keywords if isinstance(view, partial) else {}
    return keywords.get("api") if is_own_page(view) else None


def methods_of(view: Any) -> tuple[str, ...]:
    """The methods that it answers; of a page that is none of the project's, none.

    A class has a function for each. A function takes those of `require_http_methods`; else GET, the
    methods that its code names, and POST where it reads what was sent: Django itself refuses none.
    """
    if is_own_page(view):
        return ()
    if actions := getattr(view, "actions", None):  # a ViewSet
        return _listed(name.upper() for name in actions)
    if cls := getattr(view, "view_class", None) or getattr(view, "cls", None):
        return _listed(name.upper() for name in cls.http_method_names if hasattr(cls, name))
    if operations := getattr(_variables(view).get("self"), "operations", None):  # django-ninja
        return _listed(method for each in operations for method in each.methods)
    return _methods_of_function(view)


def _listed(methods: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(method for method in methods if method != "OPTIONS"))


def _methods_of_function(view: Any) -> tuple[str, ...]:
    for each in _unwrapped(view):
        required = _variables(each).get("request_method_list")
        if required and getattr(each, "__globals__", {}).get("__name__") == _OF_METHODS:
            return tuple(required)
    code = getattr(_inner(view), "__code__", None)
    named = _named_methods(code) if code else frozenset()
    return tuple(method for method in METHODS if method == "GET" or method in named)


def _named_methods(code: CodeType) -> frozenset[str]:
    """The methods that a function compares with, and POST where it reads what was sent."""
    constants = frozenset(_texts(code.co_consts)) if "method" in code.co_names else frozenset()
    return constants | (frozenset(("POST",)) if _SENT.intersection(code.co_names) else frozenset())


def _texts(constants: Any) -> Iterator[str]:
    for each in constants:
        if isinstance(each, str):
            yield each
        elif isinstance(each, tuple | frozenset):
            yield from _texts(each)


def _inner(view: Any) -> Any:
    """The function inside all decorators that say what they wrap."""
    *_, inner = _unwrapped(view)
    return inner


def _unwrapped(view: Any) -> Iterator[Any]:
    for _ in range(DEEPEST):
        yield view
        inner = view.func if isinstance(view, partial) else getattr(view, "__wrapped__", None)
        if inner is None:
            return
        view = inner


def _variables(function: Any) -> dict[str, Any]:
    """The variables of outer functions that a function uses; those not set yet are left out."""
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    cells = getattr(function, "__closure__", None) or ()
    found: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=True):
        with contextlib.suppress(ValueError):  # it is empty
            found[name] = cell.cell_contents
    return found
