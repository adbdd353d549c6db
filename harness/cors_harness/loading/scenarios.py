"""Loads scenario files: every scenario, or every problem in all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from cors_harness.errors import ScenarioError
from cors_harness.loading.decode import Slot
from cors_harness.loading.files import file_problem, files_in, read_text, reader_name, text_of
from cors_harness.loading.matrix import Expander
from cors_harness.loading.scenario_table import SCENARIO
from cors_harness.model.scenario import Scenario
from cors_harness.text.problems import Problem, ProblemList
from cors_harness.text.yaml_nodes import Items, Node, Pairs, kind_of, parse

Loaded = tuple[tuple[Scenario, ...], tuple[Problem, ...]]


def load_scenarios(paths: Sequence[Path]) -> tuple[Scenario, ...]:
    """Every scenario in `paths` (files, or folders with all `*.yaml` and `*.yml` below).

    Raises:
        ScenarioError: with all problems of all files, as Problem objects.
    """
    files, problems = _files(paths)
    scenarios: list[Scenario] = []
    for file in files:
        good, bad = _load(file)
        scenarios += good
        problems += bad
    problems += _same_ids(scenarios)
    if problems:
        raise ScenarioError(problems)
    return tuple(scenarios)


def load_file(path: Path) -> Loaded:
    """The good scenarios of one file, and the problems of the others; never raises."""
    scenarios, problems = _load(path)
    return scenarios, (*problems, *_same_ids(scenarios))


def load_text(text: str, name: str) -> Loaded:
    """As `load_file`, of a file that would have this text and this name."""
    report = ProblemList(name)
    scenarios, problems = _decoded(text_of(text.encode(), report), report)
    return scenarios, (*problems, *_same_ids(scenarios))


def _files(paths: Sequence[Path]) -> tuple[tuple[Path, ...], list[Problem]]:
    """The files to read, each once however often it is named."""
    by_name: dict[str, Path] = {}
    problems: list[Problem] = []
    for path in paths:
        files, problem = files_in(path)
        by_name.update({reader_name(file): file for file in files})
        problems += [problem] if problem else []
    return tuple(by_name.values()), problems


def _load(path: Path) -> Loaded:
    report = ProblemList(reader_name(path))
    return _decoded(read_text(path, report), report)


def _decoded(text: str | None, report: ProblemList) -> Loaded:
    root = None if text is None else parse(text, report)
    scenarios = tuple(_decode(_items(root, report), report))
    if text is not None and root is None and not report.count:
        report.add(file_problem(report.file, "nothing", "a list of scenarios"))
    return scenarios, report.problems


def _items(root: Node | None, report: ProblemList) -> Sequence[Node]:
    if root is None:
        return ()
    if isinstance(root, Items) and (root.items or report.count):
        return root.items
    hint = "put '- ' before the first key and two spaces before the others"
    slot = Slot(report, "file")
    found = "an empty list" if isinstance(root, Items) else kind_of(root)
    slot.wrong(root, "a list of scenarios", hint if isinstance(root, Pairs) else "", found)
    return ()


def _decode(items: Iterable[Node], report: ProblemList) -> list[Scenario]:
    expander, slot = Expander(report), Slot(report, "scenario")
    nodes = (pair for item in items for pair in enumerate(expander.expand(item)))
    read = (
        (SCENARIO.read(node, slot), variant)
        for variant, node in takewhile(lambda _: not report.full, nodes)
    )
    return [_placed(scenario, n) for scenario, n in read if isinstance(scenario, Scenario)]


def _placed(scenario: Scenario, variant: int) -> Scenario:
    return replace(scenario, source=replace(scenario.source, variant=variant))


def _same_ids(scenarios: Iterable[Scenario]) -> list[Problem]:
    first: dict[str, Scenario] = {}
    pairs = [(scenario, first.setdefault(scenario.id, scenario)) for scenario in scenarios]
    return [_same_id(scenario, other) for scenario, other in pairs if other is not scenario]


def _same_id(scenario: Scenario, first: Scenario) -> Problem:
    return Problem(
        where=scenario.source,
        key="id",
        found=f"{scenario.id!r} again",
        expected="every id once in all files",
        hint=f"the first one is at {first.source}",
    )
