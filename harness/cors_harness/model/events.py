"""Event: what happens in a run, in order; reports, journal, CLI and plugin consume them."""

from dataclasses import dataclass
from pathlib import Path

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
    """

    name: str
    version: str
    build: str
    driver: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerVersion:
    """A server under test: (distribution, version) pairs of what it is made of."""

    name: str
    versions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """First event: what runs on what."""

    engines: tuple[EngineVersion, ...]
    servers: tuple[ServerVersion, ...]
    os: str
    cells: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFinished:
    """A cell has its verdict."""

    record: CellRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLost:
    """An engine crashed or hung; a fresh one runs the rest."""

    engine: str
    detail: str
    in_flight: int


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
    RunStarted
    | CellFinished
    | EngineLost
    | StrayExchanges
    | ConnectionsRefused
    | ServerOutput
    | RunFinished
)
