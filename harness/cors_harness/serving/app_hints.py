"""App hints: what is wrong with an app spec that can be read, and what it probably meant."""

import inspect
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from cors_harness.errors import UsageError
from cors_harness.serving.app_spec import AppSpec, malformed
from cors_harness.serving.interfaces import NotAnApp, interface_of
from cors_harness.terms.nearest import nearest

_FACTORY_ENDINGS = ("app", "application", "wsgi", "asgi")
_MOST_NAMES = 8


def no_module(spec: AppSpec, name: str, folder: Path) -> UsageError:
    """For a spec whose module, or a package that it is in, is not there under `name`."""
    package, _, last = name.rpartition(".")
    path = getattr(sys.modules.get(package), "__path__", None) if package else [str(folder)]
    if path is None:
        return malformed(spec.text, f"there is no module {name}: {package} is no package")
    there = [module.name for module in pkgutil.iter_modules(path)]
    near = nearest(last, there)
    meant = spec.text.strip().replace(name, ".".join(filter(None, (package, near))), 1)
    found = f"there is no module {name}; looked in {folder}{_listed(there, 'it has')}"
    return malformed(spec.text, found, meant if near else None)


def no_attribute(spec: AppSpec, trail: Sequence[Any]) -> UsageError:
    """For a spec whose path ends too early; `trail` is the module and what was found in it."""
    *_, parent = trail
    before, name = spec.path[: len(trail) - 1], spec.path[len(trail) - 1]
    offers = list(_offers(parent))
    near = nearest(name, offers) or (offers[0] if len(offers) == 1 else "")
    found = f"there is no {name} in {'.'.join((spec.module, *before))}{_file(trail[0])}"
    meant = f"{spec.module}:{'.'.join((*before, near))}" if near else None
    return malformed(spec.text, found + _listed(offers, "apps there"), meant)


def no_app(spec: AppSpec, found: Any, trouble: NotAnApp) -> UsageError:
    """For a spec that leads to `found`, which cannot be served."""
    if spec.arguments is not None:
        forgot = "\n  did it forget to return the app?" if found is None else ""
        return malformed(spec.text, f"what {spec.named}() returned {trouble.why}{forgot}")
    inside = [f".{name}" for name in _offers(found)] if isinstance(found, ModuleType) else []
    suffix = next(iter(inside), trouble.suffix)
    meant = f"{spec.module}:{spec.named}{suffix}" if suffix else None
    return malformed(spec.text, f"{spec.named} {trouble.why}", meant)


def _file(module: ModuleType) -> str:
    """Its file where that is not among the user's: `site` is a module of Python's own."""
    file = getattr(module, "__file__", None)
    return f" ({file})" if file and not Path(file).is_relative_to(Path.cwd()) else ""


def _offers(parent: Any) -> Iterator[str]:
    """Names of what could be served: apps, and `name()` for functions that sound like factories."""
    for name, value in getattr(parent, "__dict__", {}).items():
        if name.startswith("_"):
            continue
        if inspect.isfunction(value):
            if name.endswith(_FACTORY_ENDINGS):
                yield f"{name}()"
        elif not inspect.isclass(value) and _looks_like_an_app(value):
            yield name


def _looks_like_an_app(value: Any) -> bool:
    try:
        interface_of(value)
    except Exception:  # noqa: BLE001 - a proxy such as flask.request may raise anything
        return False
    return True


def _listed(names: Sequence[str], label: str) -> str:
    shown = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
    return f" ({label}: {shown})" if names else ""
