"""The wheel, installed beside a project whose own folders have the names of ours."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.shared_across_workers import once

pytestmark = pytest.mark.programs

CHECKOUT = Path(__file__).resolve().parent.parent
SAME_NAMES = ("harness", "servers", "tests")
SCENARIO = """\
- id: mine
  title: GET from a page that is allowed
  spec: https://fetch.spec.whatwg.org/#http-cors-protocol
  policy: {allow_origins: ["{page}"]}
  request: {path: /api/data}
  expect: {preflight: false, outcome: allowed, status: 200}
"""
TEST_OF_THE_USER = """\
import harness
import servers


def test_own_folders():
    assert (harness.OWNER, servers.OWNER) == ("the user", "the user")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A user's project and the Python that has our wheel."""

    folder: Path
    programs: Path

    def run(self, *argv: str) -> str:
        """What a program of that Python prints, started in the project; it must succeed."""
        environment = {
            k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST"))
        }
        done = subprocess.run(  # noqa: S603 - programs of the Python made above
            [self.programs / argv[0], *argv[1:]],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def run_module(*argv: str | Path) -> None:
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-m", *argv], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (built,) = once(tmp_path_factory, "wheel", build).glob("*.whl")
    return built


def build(folder: Path) -> None:
    run_module("build", "--wheel", "--no-isolation", "--outdir", folder, CHECKOUT)


@pytest.fixture(scope="session")
def packed(wheel: Path) -> Sequence[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Project:
    """Our dependencies come from this environment; our code comes from the wheel alone."""
    made = once(tmp_path_factory, "installed", lambda folder: install(wheel, folder))
    return Project(folder=made / "project", programs=Path(place("scripts", made / "python")))


def install(wheel: Path, folder: Path) -> None:
    python = folder / "python"
    venv.create(python, symlinks=True)
    ours = [sysconfig.get_path(part) for part in ("purelib", "platlib")]
    dependencies = Path(place("purelib", python)) / "dependencies.pth"
    dependencies.write_text("\n".join(dict.fromkeys(ours)))
    run_module("pip", "--python", python, "install", "--no-deps", "--no-index", "--quiet", wheel)
    user_folder(folder / "project")


def place(part: str, python: Path) -> str:
    names = {"base": str(python), "platbase": str(python)}
    return sysconfig.get_path(part, sysconfig.get_preferred_scheme("prefix"), vars=names)


def user_folder(folder: Path) -> None:
    for name in SAME_NAMES:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text('OWNER = "the user"\n')
    (folder / "tests" / "test_own.py").write_text(TEST_OF_THE_USER)
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "mine.yaml").write_text(SCENARIO)
    (folder / "scenarios" / "__init__.py").write_text('OWNER = "the user"\n')


def test_wheel_has_no_other_name_than_ours(packed: Sequence[str]) -> None:
    tops = {name.split("/")[0] for name in packed}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"cors_harness"}


@pytest.mark.parametrize(
    ("source", "inside", "pattern"),
    [
        ("servers", "_servers", "*.py"),
        ("servers", "_servers", "registry.toml"),
        ("scenarios", "_scenarios", "*.yaml"),
        ("scenarios", "_scenarios", "schema.json"),
        ("harness/cors_harness", "", "*.py"),
        ("harness/cors_harness", "", "*.html"),
        ("harness/cors_harness", "", "*.js"),
        ("harness/cors_harness", "", "*.css"),
        ("harness/cors_harness", "", "py.typed"),
    ],
)
def test_wheel_has_every_file(
    packed: Sequence[str], source: str, inside: str, pattern: str
) -> None:
    files = [path.relative_to(CHECKOUT / source) for path in (CHECKOUT / source).rglob(pattern)]
    expected = {(Path("cors_harness") / inside / file).as_posix() for file in files}
    assert expected, f"no {pattern} in {source}"
    assert expected - set(packed) == set()


def test_wheel_has_nothing_that_tools_leave_behind(packed: Sequence[str]) -> None:
    left = ("__pycache__", ".pyc", "_cache/", ".journal.jsonl")
    assert [name for name in packed if any(part in name for part in left)] == []


def test_installed_package_comes_from_the_wheel(project: Project) -> None:
    where = project.run("python", "-c", "import cors_harness; print(cors_harness.__file__)")
    assert Path(where).is_relative_to(project.programs.parent)


def test_own_folders_stay_the_users(project: Project) -> None:
    names = (*SAME_NAMES, "scenarios")
    owners = ", ".join(f"{name}.OWNER" for name in names)
    code = (
        f"import cors_harness.cli, cors_harness.pytest_plugin, {', '.join(names)}; print({owners})"
    )
    assert project.run("python", "-c", code) == "the user the user the user the user\n"


def test_own_tests_run_with_the_plugin(project: Project) -> None:
    said = project.run("python", "-m", "pytest", "-p", "no:cacheprovider", "tests")
    assert "cors-harness-" in said  # among the plugins
    assert "1 passed" in said


@pytest.fixture(scope="session")
def shipped(project: Project) -> str:
    code = "from cors_harness.shipped_folders import scenarios_folder; print(scenarios_folder())"
    folder = project.run("python", "-c", code).strip()
    assert Path(folder).is_relative_to(project.programs.parent)
    return folder


@pytest.mark.parametrize("command", ["validate", "list"])
@pytest.mark.parametrize("program", [("cors-harness",), ("python", "-m", "cors_harness")])
def test_commands_take_the_users_scenarios(
    project: Project, program: tuple[str, ...], command: str
) -> None:
    said = project.run(*program, command, "scenarios")
    assert said.strip()
    assert command == "validate" or "mine" in said


@pytest.mark.parametrize("command", ["validate", "list"])
def test_commands_take_the_shipped_scenarios(project: Project, shipped: str, command: str) -> None:
    assert project.run("cors-harness", command, shipped).strip()


def test_commands_work_without_naming_a_folder(project: Project) -> None:
    assert project.run("cors-harness", "list").strip()
