"""A draft is one file, or several, and never one that cannot be loaded."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cors_harness.cli.asked_draft import AskedDraft
from cors_harness.cli.draft_files import DraftFiles, Heading
from cors_harness.drafts.draft import Intent
from cors_harness.drafts.operation import Operation, operation_of
from cors_harness.errors import HarnessError, UsageError
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.survey import Answers, FoundRoute, PageLogin
from cors_harness.terms.origin import parse_origin

INTENT = Intent(
    origins=(parse_origin("https://app.example.com"),), server=parse_origin("https://api.example")
)
HEADING = Heading(app="shop:app", command=lambda place: f"run {place.as_posix()}")
ROUTES = (("", "GET"), ("", "POST"), ("/{n}", "GET"), ("/{n}", "PUT"), ("/{n}", "DELETE"))


def things(count: int) -> list[Operation]:
    return [
        operation_of(FoundRoute(template=f"/things-{n}{end}", methods=(method,)), method)
        for n in range(count)
        for end, method in ROUTES
    ]


def files(operations: Sequence[Operation], out: Path, intent: Intent = INTENT) -> DraftFiles:
    asked = AskedDraft(operations, intent, Answers(), PageLogin())
    return DraftFiles(asked, HEADING, out)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_few_routes_are_one_file() -> None:
    draft = files(things(2), Path("a/cors.yaml"))
    draft.write()
    assert len(load_scenarios([Path("a/cors.yaml")])) == draft.cells
    assert (draft.sampled, draft.place) == (False, Path("a/cors.yaml"))
    assert "#   run a/cors.yaml\n" in draft.only_text()
    with pytest.raises(UsageError, match="is there already"):
        draft.write()


@pytest.mark.programs
def test_many_routes_are_several_files_with_all_that_is_meant() -> None:
    draft = files(things(20), Path("a/cors.yaml"))
    draft.write()
    assert [file.path for file in draft.files] == [
        Path("a/cors/cors-1.yaml"),
        Path("a/cors/cors-2.yaml"),
    ]
    scenarios = load_scenarios([draft.place])
    assert len(scenarios) == draft.cells
    of_lookalikes = Counter(
        s.id.partition("-lookalike")[0] for s in scenarios if "-lookalike-" in s.id
    )
    assert set(of_lookalikes.values()) == {22}
    assert len(of_lookalikes) == 100
    assert len([s for s in scenarios if s.id.startswith("spelling-")]) == 3
    first = Path("a/cors/cors-1.yaml").read_text()
    assert "# This is part 1 of 2: /things-0 to /things-9/{n}.\n" in first
    assert "#   run a/cors\n" in first
    assert "of the lookalikes only" not in first
    with pytest.raises(UsageError, match="--out -: the draft is 2 files"):
        draft.only_text()
    with pytest.raises(UsageError, match="a/cors is there already"):
        draft.write()
    assert "  a/cors/cors-2.yaml: 1360 cells, /things-10 to /things-19/{n}" in [*draft.told()]


@pytest.mark.programs
def test_very_many_routes_are_called_from_some_lookalikes_each(folder: Path) -> None:
    draft = files(things(113), Path("cors.yaml"))
    draft.write()
    assert draft.sampled
    scenarios = load_scenarios([folder / "cors"])
    around = [s for s in scenarios if "-lookalike-" in s.id]
    assert set(Counter(s.id.partition("-lookalike")[0] for s in around).values()) == {6}
    pages = Counter(str(s.page.origin) for s in around)
    assert len(pages) == 11  # each lookalike is tried
    assert pages["https://attacker.example"] == 2 * 565
    main = [s for s in scenarios if "may not" not in s.title and " may " in s.title]
    assert len({(s.steps[0].call.method, s.steps[0].call.path) for s in main}) == 565
    for file in draft.files:
        comment = " ".join(line[2:] for line in file.text.splitlines() if line.startswith("#"))
        assert "two more of the lookalikes only, in turn" in comment


@pytest.mark.programs
def test_many_origins_fit_into_matrices() -> None:
    origins = tuple(parse_origin(f"https://app.example-{n}.com") for n in range(20))
    draft = files(things(1)[:1], Path("cors.yaml"), replace(INTENT, origins=origins))
    draft.write()
    scenarios = load_scenarios([draft.place])
    around = {str(s.page.origin) for s in scenarios if "-lookalike" in s.id}
    allowed = {str(origin) for origin in origins}
    assert len(around) > 150
    assert not around & allowed


def test_draft_that_the_loader_refuses_is_not_written(folder: Path) -> None:
    operations = things(3)
    operations[7] = replace(operations[7], path="/with a space")
    with pytest.raises(
        HarnessError, match=r"the draft for '/things-1/\{n\}' cannot be loaded"
    ) as caught:
        files(operations, Path("cors.yaml"))
    assert "nothing is written" in str(caught.value)
    assert "expected a path that starts with /" in str(caught.value)
    assert list(folder.iterdir()) == []
