"""Event: what happens in a run, in order; reports, journal, CLI and plugin consume them."""

from dataclasses import dataclass
from pathlib import Path

from cors_harness.model.advertised import Advertised
from cors_harness.model.advice import Advice
from cors_harness.model.cell import CellRecord
from cors_harness.model.route import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineVersion:
    """An engine that took part; never one in place of another.

    Attributes:
        name: `chromium`, `firefox` or `webkit`.
        version: as the browser says.
        build: `playwright chromium-1187`, `system /usr/bin/chromium`, ...
        driver: `playwright`, `playwright (WebDriver BiDi)` or `minibrowser (no automation)`.
        label: how reports call it, such as `WebKitGTK 2.50.6, not Safari`.
        sessions: how many of it ran side by side and shared its pages.
    """

    name: str
    version: str
    build: str
    driver: str
    label: str
    sessions: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerVersion:
    """A server under test, and what it is made of.

    Attributes:
        versions: (distribution, version) pairs; of a user's app all that it has imported.
        frameworks: of a user's app, by the classes of its objects, the outermost first; empty: of
            none that we know. None: nobody has looked, as where `versions` are declared.
    """

    name: str
    versions: tuple[tuple[str, str], ...]
    frameworks: tuple[str, ...] | None = None

    @property
    def made_of(self) -> tuple[str, ...]:
        """The distributions, without frameworks that are imported and not the app's own."""
        names = tuple(name for name, _ in self.versions)
        if self.frameworks is None:
            return names
        own = [name for framework in self.frameworks for name in _distributions(framework)]
        return (*own, *(name for name in names if name not in {*FRAMEWORKS, *own}))


# An app of one of these is one of another's too.
_STANDS_ON = {"fastapi": ("starlette",), "apiflask": ("flask",)}
FRAMEWORKS = frozenset(
    {
        *("aiohttp", "apiflask", "blacksheep", "bottle", "connexion", "django", "falcon"),
        *("fastapi", "flask", "litestar", "pyramid", "quart", "sanic", "starlette", "tornado"),
    }
)
"""Distributions whose apps are told by their class."""


def _distributions(framework: str) -> tuple[str, ...]:
    """The distributions of a framework by its name, such as `FastAPI`."""
    name = framework.lower()
    return (name, *_STANDS_ON.get(name, ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class StillStarting:
    """Before the first event, where that is long in coming: what is waited for.

    Attributes:
        waited_s: for how long by now.
        names: of engines, and of what serves.
    """

    waited_s: float
    names: tuple[str, ...]

    def sentence(self) -> str:
        """`still starting after 20 s: firefox, your app shop:app`."""
        return f"still starting after {self.waited_s:.0f} s: {', '.join(self.names)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """First event: what runs on what.

    Attributes:
        advertised: what is open for browsers on other machines; None: nothing, all is on loopback.
    """

    engines: tuple[EngineVersion, ...]
    servers: tuple[ServerVersion, ...]
    os: str
    cells: int
    advertised: Advertised | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFinished:
    """A cell has its verdict."""

    record: CellRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLost:
    """An engine crashed or hung; a fresh one runs the rest, or the other sessions of it do.

    Attributes:
        sessions: how many of it there were when the run began.
    """

    engine: str
    detail: str
    in_flight: int
    sessions: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLost:
    """A server under test or the wire recorder died.

    Attributes:
        detail: what died and how, as a sentence without a full stop.
        in_flight: how many cells were under way, in all engines.
        left: how many are left, for which it is started again.
    """

    detail: str
    in_flight: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FewerSessions:
    """Fewer sessions of an engine run than were asked for, or than began; they run all its cells.

    Attributes:
        sessions: how many there are.
        of: how many were asked for, or began.
        why: what the last one that is missing came to.
    """

    engine: str
    sessions: int
    of: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StrayExchanges:
    """Requests that reached a server after their cell was done, or that belong to no cell."""

    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionsRefused:
    """Connections of browsers that the gate refused, in a run with real origins."""

    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAdvised:
    """What only all the cells together show; not sent where they show nothing more.

    Attributes:
        advice: (`Cell.node_id`, advice) of the cells whose record has another one.
        hints: sentences on what fails no cell, each with its full stop.
    """

    advice: tuple[tuple[str, Advice | None], ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOutput:
    """What the user's server wrote in a run, once it has ended.

    Attributes:
        file: where it is kept; None: it is not, or nothing was written.
        lines: how many; all of them are in the file, unless `is_cut`.
        trouble: why it is not kept, or how the server did not end as it should; empty: no trouble.
    """

    file: Path | None = None
    lines: int = 0
    is_cut: bool = False
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """Last event of a run that was not interrupted.

    Attributes:
        cells: how many cells ran (skipped ones are not counted).
        cells_s: seconds from the first engine being ready to the last cell's verdict.
        total_s: seconds in all, engines and servers starting included.
    """

    cells: int
    cells_s: float
    total_s: float


Event = (
    StillStarting
    | RunStarted
    | CellFinished
    | EngineLost
    | ServerLost
    | FewerSessions
    | StrayExchanges
    | ConnectionsRefused
    | RunAdvised
    | ServerOutput
    | RunFinished
)
