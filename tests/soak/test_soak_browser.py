"""Faults in whole runs: whatever is killed or stopped, no cell is lost unsaid or misjudged.

`pytest -m soak --soak-cells 200000 --soak-seed 7 -s` runs for hours; see tests/README.md.
"""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.soak.figures import Figures
from tests.soak.rounds import RunningRound, seen

pytestmark = [pytest.mark.browser, pytest.mark.soak]

SCENARIOS = Path(__file__).parents[2] / "scenarios"
LONG = 2_000  # cells; from there on rounds are runs of all scenarios but those of deployments
SLOW_TO_START = ("deployments.yaml", "shared-cache.yaml")
SHORT_PLAN = ("--server=flask-cors", str(SCENARIOS / "policy-preflight.yaml"))
FAULTS_A_ROUND = 6
FLAT = 1.3  # what the run itself has resident, the last rounds to the first ones


def plan(cells: int) -> Sequence[str]:
    if cells < LONG:
        return SHORT_PLAN
    files = sorted(SCENARIOS.glob("*.yaml"))
    return [str(file) for file in files if file.name not in SLOW_TO_START]


def chance_of(seed: int, number: int) -> random.Random:
    return random.Random(f"{seed} {number}")  # noqa: S311 - to be had again, not to be secret


def test_soak(pytestconfig: pytest.Config, tmp_path: Path) -> None:
    cells = pytestconfig.getoption("soak_cells")
    seed = pytestconfig.getoption("soak_seed")
    selection = plan(cells)
    meant = RunningRound(tmp_path, selection).to_end(chance_of(seed, 0), faults=0, cells=0)
    undisturbed = {name: seen(each) for name, (each,) in meant.cells.items()}
    assert meant.status == 0, meant.says
    figures = Figures()
    while figures.cells < cells:
        chance = chance_of(seed, figures.rounds)
        running = RunningRound(tmp_path, selection)
        figures.add(running.to_end(chance, FAULTS_A_ROUND, len(undisturbed)), undisturbed)
        print(*figures.lines(), "", sep="\n")  # noqa: T201 - hours of it are to be watched
    assert figures.misjudged == []
    assert figures.without_a_word == []
    assert figures.left == []
    assert max(figures.memory_kb[-3:]) < FLAT * max(figures.memory_kb[:3])
