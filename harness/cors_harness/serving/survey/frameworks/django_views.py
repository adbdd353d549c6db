"""methods_of(): the methods that a view of Django, REST framework or django-ninja takes."""

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from cors_harness.model.survey import RouteKind
from cors_harness.serving.survey.view_methods import methods_of_any
from cors_harness.serving.survey.views import is_made_by, kind_of_view, unwrapped

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
# A generic view takes PUT as it takes POST, and a redirect every method as it takes GET.
_GENERIC = "django.views.generic"
_OF_METHODS = "django.views.decorators.http"
_SENT = ("POST", "FILES", "body")  # attributes of a request with what was sent


def is_own_page(view: Any) -> bool:
    """Whether a framework has made the view by itself, of no code of the project's."""
    return is_made_by(view, OWN_PAGES) or is_made_by(_class_of(view), OWN_PAGES)


def ninja_api(view: Any) -> Any:
    """The API of django-ninja that a page of its documentation belongs to; else None."""
    keywords = view.keywords if isinstance(view, partial) else {}
    return keywords.get("api") if is_own_page(view) else None


def methods_of(view: Any) -> tuple[str, ...]:
    """The methods that it answers; of a page that is none of the project's, none.

    A class has a function for each. A function takes those of `require_http_methods`; else GET, the
    methods that its code names, and POST where it reads what was sent or is exempt from the check
    of CSRF, which GET never has: Django itself refuses none.
    """
    if is_own_page(view):
        return ()
    if actions := getattr(view, "actions", None):  # a ViewSet
        return _listed(name.upper() for name in actions)
    if cls := _class_of(view):
        return _listed(name.upper() for name in cls.http_method_names if _has_own(cls, name))
    if operations := _ninja_operations(view):
        return _listed(method for each in operations for method in each.methods)
    return _methods_of_function(view)


def kind_of(view: Any) -> RouteKind:
    """What it answers with; of what has a function for each method, what that for GET does."""
    return kind_of_view(_for_get(view))


def _for_get(view: Any) -> Any:
    cls, actions = _class_of(view), getattr(view, "actions", None)
    function = getattr(cls, actions.get("get", "get") if actions else "get", view)
    for operation in _ninja_operations(view):
        if "GET" in operation.methods:
            function = operation.view_func
    return _variables(function).get("func", function)  # of REST framework's @api_view


def _ninja_operations(view: Any) -> list[Any]:
    operations: list[Any] = getattr(_variables(view).get("self"), "operations", [])
    return operations


def _class_of(view: Any) -> Any:
    """The class that makes the view, of Django's or of REST framework's; else None."""
    return getattr(view, "view_class", None) or getattr(view, "cls", None)


def _has_own(cls: Any, name: str) -> bool:
    """Whether the class has a function for a method that does more than call one for another."""
    function = getattr(cls, name, None)
    module = str(getattr(function, "__module__", ""))
    if not module.startswith(_GENERIC):
        return function is not None
    return name == "get" or (name == "post" and module != f"{_GENERIC}.base")  # of a redirect


def _listed(methods: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(method for method in methods if method != "OPTIONS"))


def _methods_of_function(view: Any) -> tuple[str, ...]:
    for each in unwrapped(view):
        required = _variables(each).get("request_method_list")
        if required and getattr(each, "__globals__", {}).get("__name__") == _OF_METHODS:
            return tuple(required)
    named = methods_of_any(view, _SENT)
    is_exempt = getattr(view, "csrf_exempt", False) and named == ("GET",)
    return (*named, "POST") if is_exempt else named


def _variables(function: Any) -> dict[str, Any]:
    """The variables of outer functions that a function uses; those not set yet are left out."""
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    cells = getattr(function, "__closure__", None) or ()
    found: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=True):
        with contextlib.suppress(ValueError):  # it is empty
            found[name] = cell.cell_contents
    return found
