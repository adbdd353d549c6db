"""ScenarioFile and CellItem: a scenario file as a collector, a cell as a test."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cors_harness.errors import HarnessError, NothingSelected
from cors_harness.loading.scenarios import load_file
from cors_harness.model.cell import Cell, CellRecord, Skip, recorded
from cors_harness.model.scenario import Scenario
from cors_harness.model.verdict import Status
from cors_harness.planning.plan import Plan, make_plan
from cors_harness.planning.real_origins import (
    assumed_servers,
    assumption,
    local_calls,
    not_public,
    relocated,
)
from cors_harness.pytest_plugin.ending_signals import ENDING_SIGNALS
from cors_harness.pytest_plugin.live_run import LIVE_RUN
from cors_harness.pytest_plugin.options import INVOCATION, servers
from cors_harness.pytest_plugin.summary import SESSION_SUMMARY
from cors_harness.reports.transcript import transcript
from cors_harness.text.printable import printable_lines


class CellFailed(Exception):  # noqa: N818 - reads as what happened
    """A cell did not come out as its scenario says."""

    def __init__(self, record: CellRecord) -> None:
        self.record = record
        super().__init__(record.cell.id)


class ScenarioFile(pytest.File):
    """One YAML file; good scenarios become items, problems become one item that fails."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yields an item for the problems, if any, then one for each cell, in file order."""
        scenarios, problems = load_file(self.path)
        texts = [str(problem) for problem in problems]
        items: list[pytest.Item] = []
        # An id that comes twice is among the problems; only its first scenario can have the node
        # id. One by one: what is wrong with a scenario must not stop the others.
        first_by_id = {scenario.id: scenario for scenario in reversed(scenarios)}
        for scenario in reversed(first_by_id.values()):
            try:
                items += self._items(scenario)
            except HarnessError as error:
                texts.append(str(error))
        if texts:
            yield ProblemItem.from_parent(self, name="problems", text="\n".join(texts))
        yield from items

    def _items(self, scenario: Scenario) -> Iterator[pytest.Item]:
        plan = self._plan(scenario)
        for cell in plan.cells:
            yield CellItem.from_parent(self, name=cell.id, cell=cell)
        for skip in plan.skips:
            yield SkipItem.from_parent(self, name=skip.cell.id, skip=skip)

    def _plan(self, scenario: Scenario) -> Plan:
        invocation = self.config.stash[INVOCATION]
        target = invocation.target
        moved = relocated([scenario], target.page, target.server)
        for origin in assumed_servers([scenario], moved, target.server):
            self.config.stash[SESSION_SUMMARY].add(assumption(origin, "--cors-server-origin"))
        for page, server in local_calls(moved):
            self.config.stash[SESSION_SUMMARY].add(not_public(page, server))
        try:
            return make_plan(moved, servers(invocation), invocation.selection)
        except NothingSelected:  # it is not for the servers that --cors-server names
            return Plan(cells=())


class CellItem(pytest.Item):
    """One cell; its run is shared with every other cell of the session."""

    def __init__(self, *, cell: Cell, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cell = cell
        self.extra_keyword_matches.update({cell.engine, cell.server, cell.scenario.id})

    def runtest(self) -> None:
        """Waits for the cell's record; raises CellFailed unless it is as expected."""
        self.config.stash[ENDING_SIGNALS].take()
        record = self.config.stash[LIVE_RUN].record(self.cell, self._selected)
        verdict = record.verdict
        self.user_properties.append(("verdict", str(verdict.status)))
        if verdict.status is Status.SKIPPED:
            pytest.skip(printable_lines(verdict.note))
        if verdict.status not in {Status.AS_EXPECTED, Status.KNOWN_DIFFERENCE}:
            raise CellFailed(record)

    def _selected(self) -> Iterable[Cell]:
        """Every cell of the session, once: pytest has taken out what is not selected."""
        items = (item for item in self.session.items if isinstance(item, CellItem))
        return {item.cell.node_id: item.cell for item in items}.values()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The transcript of the cell, or the harness' own trouble; a traceback only for bugs."""
        if isinstance(excinfo.value, CellFailed):
            rerun_options = self.config.stash[INVOCATION].options.rerun_argv()
            return "\n".join(transcript(recorded(excinfo.value.record), rerun_options))
        if isinstance(excinfo.value, HarnessError):
            return printable_lines(f"{self.cell.scenario.source}: {excinfo.value}")
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str], int, str]:
        """Where the scenario stands."""
        return self.path, self.cell.scenario.source.line - 1, self.cell.id


class SkipItem(pytest.Item):
    """A cell that cannot run: its server cannot express the policy, or is not there."""

    def __init__(self, *, skip: Skip, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.skip, self.cell = skip, skip.cell
        self.add_marker(
            pytest.mark.skip(reason=printable_lines(f"{self.cell.scenario.id}: {skip.reason}"))
        )

    def runtest(self) -> None:
        """Is never reached: the mark skips it, in the name of the scenario's line."""

    def reportinfo(self) -> tuple[os.PathLike[str], int, str]:
        """Where the scenario stands."""
        return self.path, self.cell.scenario.source.line - 1, self.cell.id


class ProblemItem(pytest.Item):
    """The problems of a scenario file, as one failure that does not stop the good scenarios."""

    def __init__(self, *, text: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._text = text

    def runtest(self) -> None:
        """Fails with every problem of the file."""
        pytest.fail(self._text, pytrace=False)

    def reportinfo(self) -> tuple[os.PathLike[str], int, str]:
        """The file as a whole."""
        return Path(self.path), 0, "problems"
