"""LoadedApp: the user's app, imported from a module of theirs, and its interface.

A mistake in what names it is a UsageError. What the app itself raises while it is imported or made
is a ServerFailed with the app's own traceback: nothing of importlib or of this project above it.
"""

import asyncio
import importlib
import inspect
import pkgutil
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.processes.loop import runner_of_this_process
from cors_harness.serving.user.app_spec import BY_COMMAND, UNDER_MAIN, AppSpec, Arguments, malformed
from cors_harness.serving.user.interfaces import NotAnApp, interface_of
from cors_harness.serving.user.own_start import without_own_start
from cors_harness.text.problems import nearest

_FACTORY_ENDINGS = ("app", "application", "wsgi", "asgi")
_MOST_NAMES = 8
_TRACEBACK_PART = 4_000  # characters: of its beginning, and of its end
# File names that begin so are of Python or of this unit, and lead to the app's own code.
_LEADING = (
    "<frozen importlib",
    *map(str, (Path(importlib.__file__).parent, Path(asyncio.__file__).parent)),
    str(Path(__file__).parent.parent),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedApp:
    """An app, ready to be served.

    Attributes:
        interface: `wsgi`, `asgi`, `aiohttp` or `tornado`.
    """

    app: Any
    interface: str


def load_app(spec: AppSpec, folder: Path) -> LoadedApp:
    """The app that `spec` names; `folder`, the user's, must be on the module search path.

    Raises:
        UsageError: there is no such module or attribute, or what it names is no app.
        ServerFailed: the module, or the factory, raised; its traceback is in the text.
    """
    target = _attribute(_imported(spec, folder), spec)
    app = target if spec.arguments is None else _called(target, spec, spec.arguments)
    try:
        return LoadedApp(app=app, interface=interface_of(app))
    except NotAnApp as exc:
        raise no_app(spec, app, exc) from exc


def own_traceback(exc: BaseException) -> str:
    """`exc` as Python prints it, without the frames that led to code which is not ours.

    Of a text that is megabytes long only the beginning and the end.
    """
    text = "".join(traceback.format_exception(exc.with_traceback(_own_frames(exc)))).rstrip()
    cut = len(text) - 2 * _TRACEBACK_PART
    if cut <= 0:
        return text
    left_out = f"\n[... {cut} characters left out ...]\n"
    return text[:_TRACEBACK_PART] + left_out + text[-_TRACEBACK_PART:]


# Finding it


def _imported(spec: AppSpec, folder: Path) -> ModuleType:
    try:
        with without_own_start():
            return importlib.import_module(spec.module)
    except (Exception, SystemExit) as exc:
        if absent := _absent(spec, exc):
            raise no_module(spec, absent, folder) from None
        raise _raised(spec, f"importing {spec.module}", exc) from exc


def _absent(spec: AppSpec, exc: BaseException) -> str | None:
    """The name of the spec's module or package that is missing; None: `exc` says something else."""
    if not isinstance(exc, ModuleNotFoundError) or _own_frames(exc):
        return None
    return exc.name if exc.name and f"{spec.module}.".startswith(f"{exc.name}.") else None


def _attribute(module: ModuleType, spec: AppSpec) -> Any:
    trail: list[Any] = [module]
    for name in spec.path:
        try:
            trail.append(getattr(trail[-1], name))
        except AttributeError:
            raise no_attribute(spec, trail) from None
        except Exception as exc:  # a proxy such as flask.request raises what it likes
            raise _raised(spec, f"looking up {spec.named}", exc) from exc
    return trail[-1]


# Calling a factory


def _called(factory: Any, spec: AppSpec, arguments: Arguments) -> Any:
    if not callable(factory):
        what = f"{spec.named} is an object of {type(factory).__name__}, which cannot be called"
        raise malformed(spec.text, what, f"{spec.module}:{spec.named}")
    _check_arguments(factory, spec, arguments)
    try:
        app = factory(*arguments.positional, **arguments.by_name)
        return runner_of_this_process().run(app) if inspect.iscoroutine(app) else app
    except (Exception, SystemExit) as exc:
        raise _raised(spec, f"calling {spec.named}", exc) from exc


def _check_arguments(factory: Any, spec: AppSpec, arguments: Arguments) -> None:
    try:
        inspect.signature(factory).bind(*arguments.positional, **arguments.by_name)
    except TypeError as exc:
        raise malformed(spec.text, f"{spec.named}() {exc}") from exc
    except ValueError:  # it has no signature; the call will tell
        return


# What the spec gets wrong


def no_module(spec: AppSpec, name: str, folder: Path) -> UsageError:
    """The error for a spec whose module, or a package around it, is not there under `name`."""
    package, _, last = name.rpartition(".")
    path = getattr(sys.modules.get(package), "__path__", None) if package else [str(folder)]
    if path is None:
        return malformed(spec.text, f"there is no module {name}: {package} is no package")
    there = [module.name for module in pkgutil.iter_modules(path)]
    near = nearest(last, there)
    meant = spec.text.strip().replace(name, ".".join(filter(None, (package, near))), 1)
    problem = f"there is no module {name}; looked in {folder}{_listed(there, 'it has')}"
    return malformed(spec.text, problem, meant if near else "")


def no_attribute(spec: AppSpec, trail: Sequence[Any]) -> UsageError:
    """The error for a spec whose path ends too early; `trail` begins with the module."""
    *_, parent = trail
    before, name = spec.path[: len(trail) - 1], spec.path[len(trail) - 1]
    offers = list(_offers(parent))
    near = nearest(name, offers) or (offers[0] if len(offers) == 1 else "")
    problem = f"there is no {name} in {'.'.join((spec.module, *before))}{_file(trail[0])}"
    meant = f"{spec.module}:{'.'.join((*before, near))}" if near else ""
    hint = "" if offers else f"\n  {BY_COMMAND}"
    return malformed(spec.text, problem + _listed(offers, "apps there") + hint, meant)


def no_app(spec: AppSpec, target: Any, trouble: NotAnApp) -> UsageError:
    """The error for a spec that leads to `target`, which cannot be served."""
    if spec.arguments is not None:
        hint = "did it forget to return the app?" if target is None else BY_COMMAND
        return malformed(spec.text, f"what {spec.named}() returned {trouble.why}\n  {hint}")
    inside = [f".{name}" for name in _offers(target)] if isinstance(target, ModuleType) else []
    suffix = next(iter(inside), trouble.suffix)
    meant = f"{spec.module}:{spec.named}{suffix}" if suffix else ""
    hint = "" if meant else f"\n  {BY_COMMAND}"
    return malformed(spec.text, f"{spec.named} {trouble.why}{hint}", meant)


def _file(module: ModuleType) -> str:
    """The module's file where that is not the user's: `site` is a module of Python's own."""
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


# What the app itself raises


def _raised(spec: AppSpec, doing: str, exc: BaseException) -> ServerFailed:
    lines = [f"app {spec.text!r}: {doing} raised {type(exc).__name__}", own_traceback(exc)]
    if isinstance(exc, ModuleNotFoundError):
        lines.append(
            f"  the app is run by {sys.executable}; install what it needs there,"
            " or cors-harness where the app lives"
        )
    if isinstance(exc, SystemExit):
        lines.append(f"  {UNDER_MAIN}\n  {BY_COMMAND}")
    return ServerFailed("\n".join(lines))


def _own_frames(exc: BaseException) -> TracebackType | None:
    frame = exc.__traceback__
    while frame and frame.tb_frame.f_code.co_filename.startswith(_LEADING):
        frame = frame.tb_next
    return frame
