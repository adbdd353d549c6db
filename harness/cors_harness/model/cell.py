"""Cell: scenario x server x engine, the unit that runs and gets a verdict."""

from dataclasses import dataclass

from cors_harness.model.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One scenario on one server in one engine.

    Attributes:
        server: name of the server, `APP@DEPLOYMENT` where an app is deployed.
        acts_as: name of the server whose exceptions hold for this one too; empty: its own only.
    """

    scenario: Scenario
    server: str
    engine: str
    acts_as: str = ""

    @property
    def id(self) -> str:
        """Name within its file, such as `put-json-allowed[flask-cors-webkit]`."""
        return f"{self.scenario.id}[{self.server}-{self.engine}]"

    @property
    def node_id(self) -> str:
        """Name for pytest and `--cell`, such as `scenarios/preflight.yaml::ID`."""
        return f"{self.scenario.source.file}::{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A cell that does not run, and why."""

    cell: Cell
    reason: str
