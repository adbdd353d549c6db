"""Which files count as changed, and that a change in any of the watched folders is told."""

import asyncio
import contextlib
from pathlib import Path
from queue import Empty, Queue

import pytest
from tests.wait_for_exit import HANG_S

from cors_harness.live.watching import Changed, Watched, watch
from cors_harness.run.api import LoopThread


def watched(folder: Path) -> Watched:
    for name in ("scenarios/deep", "app/package", "app/node_modules/x", "app/.git"):
        (folder / name).mkdir(parents=True)
    return Watched(
        scenarios=(folder / "scenarios", folder / "one.yaml"),
        sources=(folder / "app",),
        settings=(folder,),
    )


FILES = {
    "scenarios/a.yaml": "scenario",
    "scenarios/deep/b.yml": "scenario",
    "one.yaml": "scenario",
    "other.yaml": "nothing",
    "scenarios/cors-baseline.txt": "nothing",
    "pyproject.toml": "server",
    "app/shop.py": "server",
    "app/package/views.py": "server",
    "app/.env": "server",
    "app/.env.local": "server",
    "app/settings.yaml": "server",
    "app/shop.log": "nothing",
    "app/db.sqlite3": "nothing",
    "app/orders.json": "nothing",
    "app/node_modules/x/index.js": "nothing",
    "app/.git/config.toml": "nothing",
    "app/__pycache__/shop.py": "nothing",
    "shop.py": "nothing",
}


@pytest.mark.parametrize(("name", "kind"), FILES.items(), ids=FILES)
def test_which_files_matter(tmp_path: Path, name: str, kind: str) -> None:
    now, file = watched(tmp_path), (tmp_path / name).resolve()
    assert (now.is_scenario(file), now.is_of_server(file)) == (kind == "scenario", kind == "server")


def test_folders_that_matter_are_watched_and_no_others(tmp_path: Path) -> None:
    folders = watched(tmp_path).folders()
    names = {str(folder.relative_to(tmp_path.resolve())) for folder in folders}
    assert {"scenarios", "scenarios/deep", "app", "app/package", "."} <= names
    assert {"app/node_modules", "app/.git", "app/node_modules/x"} & names == set()


def test_of_too_many_folders_it_is_told_how_many_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = watched(tmp_path)
    every = now.folders()
    assert now.left_out() == 0
    monkeypatch.setattr("cors_harness.live.watching.MOST_FOLDERS", 3)
    assert now.folders() == every[:3]
    assert now.left_out() == len(every) - 3


def test_scenarios_in_the_folder_of_the_app_are_no_files_of_the_app(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    now = Watched(scenarios=(tmp_path / "scenarios",), sources=(tmp_path,), settings=())
    assert seen(now, [tmp_path / "scenarios" / "a.yaml"]) == [("scenarios/a.yaml", False)]


@pytest.mark.programs
def test_file_in_a_folder_that_is_new_is_told(tmp_path: Path) -> None:
    now = watched(tmp_path)
    new = tmp_path / "app" / "new"
    written = [tmp_path / "app" / "shop.py", new / "views.py", tmp_path / "scenarios" / "a.yaml"]
    assert seen(now, written) == [
        ("app/shop.py", True),
        ("app/new/views.py", True),
        ("scenarios/a.yaml", False),
    ]


def seen(now: Watched, files: list[Path]) -> list[tuple[str, bool]]:
    """What is told of files that are written one after the other, each until it is told of."""
    told = Queue[Changed]()
    stopped = asyncio.Event()

    async def main() -> None:
        watching = asyncio.create_task(watch(lambda: now, told.put))
        await stopped.wait()
        watching.cancel()
        await asyncio.wait({watching})

    thread = LoopThread(main, stopped.set, lambda _error: None)
    thread.start()
    try:
        changes = [written_until_told(file, told) for file in files]
    finally:
        thread.end()
    base = now.sources[0].parent if now.sources[0].name == "app" else now.sources[0]
    names = [str(changed.files[0].relative_to(base.resolve())) for changed in changes]
    return list(zip(names, (changed.is_server for changed in changes), strict=True))


def written_until_told(file: Path, told: "Queue[Changed]") -> Changed:
    """Writes until somebody watches: when that begins, nobody says."""
    file.parent.mkdir(exist_ok=True)
    for number in range(HANG_S):
        file.write_text(f"# {number}\n")
        with contextlib.suppress(Empty):
            while file.resolve() not in (changed := told.get(timeout=1)).files:
                pass
            return changed
    raise AssertionError(f"nobody has told of {file}")
