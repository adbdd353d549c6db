"""without_own_start(): a module is imported, and the server that its last line starts is not.

Tutorials of many frameworks end in `run(app)` without `if __name__ == "__main__":`. As the `flask`
command does with `app.run()`, such a call is left out while the module is imported: it would block
for ever, and the app is served here. Later calls do what they always do.
"""

import contextlib
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# Module -> what in it starts a server and returns when that ends.
STARTS = {
    "aiohttp.web": "run_app",
    "bottle": "run",
    "flask.app": "Flask.run",
    "quart.app": "Quart.run",
    "sanic.app": "Sanic.run",
    "tornado.platform.asyncio": "BaseAsyncIOLoop.start",
    "tornado.web": "Application.listen",
    "uvicorn": "run",
    "waitress": "serve",
}


@contextlib.contextmanager
def without_own_start() -> Iterator[None]:
    """Leaves out what STARTS names, in modules that are there already and in those to come."""
    replaced = _Replaced()
    for name in STARTS:
        if name in sys.modules:
            replaced.replace(sys.modules[name])
    sys.meta_path.insert(0, replaced)
    try:
        yield
    finally:
        sys.meta_path.remove(replaced)
        replaced.restore()


class _Replaced(MetaPathFinder):
    """Finds what everybody else finds, and changes it when it was executed."""

    def __init__(self) -> None:
        self._originals: list[tuple[Any, str, Any]] = []

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module of STARTS; of every other module it knows nothing."""
        if fullname not in STARTS:
            return None
        others = [each for each in sys.meta_path if each is not self and hasattr(each, "find_spec")]
        specs = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next(filter(None, specs), None)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                self.replace(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec

    def replace(self, module: ModuleType) -> None:
        """Replaces what STARTS names in this module, if it is there."""
        *outer, name = STARTS[module.__name__].split(".")
        owner: Any = module
        for each in outer:
            owner = getattr(owner, each, None)
        original = getattr(owner, name, None)
        if original is not None:
            self._originals.append((owner, name, original))
            setattr(owner, name, _left_out(f"{module.__name__}.{STARTS[module.__name__]}"))

    def restore(self) -> None:
        for owner, name, original in self._originals:
            setattr(owner, name, original)


def _left_out(name: str) -> Callable[..., None]:
    def start(*arguments: Any, **_named: Any) -> None:
        for each in filter(inspect.iscoroutine, arguments):
            each.close()
        print(f"cors-harness: {name}() is left out: the app is served here", file=sys.stderr)  # noqa: T201

    return start
