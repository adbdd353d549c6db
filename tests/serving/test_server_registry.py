"""The registry says what there is, and what is wrong with it, all of it in one pass."""

import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.server import CorsPolicy, ServerEntry
from cors_harness.planning.plan import Selection, make_plan
from cors_harness.serving.all_servers import all_servers
from cors_harness.serving.reference.registry import (
    is_installed,
    load_registry,
    missing_framework,
    versions,
)
from cors_harness.shipped_folders import servers_folder

OTHER_FRAMEWORKS = [
    "aiohttp-cors",
    "apiflask",
    "blacksheep",
    "bottle",
    "connexion",
    "django-ninja",
    "falcon",
    "litestar",
    "pyramid",
    "quart-cors",
    "sanic-ext",
    "tornado",
]
GOOD = 'interface = "wsgi", versions = ["flask"], expresses = []'


def registry(folder: Path, text: str) -> Path:
    (folder / "registry.toml").write_text(text, encoding="utf-8")
    (folder / "flask_bare.py").touch()
    return folder


def modules(folder: str) -> set[str]:
    return {file.stem for file in (servers_folder() / folder).glob("*.py")}


def registered(folder: str) -> dict[str, str]:
    """Name and app of every server in a folder of `servers/`."""
    entries = [each for each in load_registry() if each.app.startswith(f"{folder}.")]
    return {entry.name: entry.app for entry in entries}


def test_registry_has_the_reference_servers() -> None:
    assert [entry.name for entry in load_registry() if not entry.fixed] == [
        "flask-bare",
        "flask-after-request",
        "flask-options",
        "flask-options-fixed",
        "flask-cors",
        "fastapi-bare",
        "fastapi-cors-middleware",
        "starlette",
        "django",
        "django-rest-framework",
        "verbatim",
        *OTHER_FRAMEWORKS,
    ]


def test_other_frameworks_run_only_where_they_are_named() -> None:
    named = [entry.name for entry in load_registry() if entry.only_where_named]
    assert named == OTHER_FRAMEWORKS


def test_snippets_and_changes_are_fixed_and_nothing_else_is() -> None:
    folders = ("snippets.", "changes.")
    fixed = {entry.name for entry in load_registry() if entry.fixed}
    assert fixed == {entry.name for entry in load_registry() if entry.app.startswith(folders)}


@pytest.mark.parametrize("entry", load_registry(), ids=lambda entry: entry.name)
def test_every_server_names_installed_distributions(entry: ServerEntry) -> None:
    assert all(version for _, version in versions(entry).versions)


def test_every_module_with_a_factory_is_registered() -> None:
    files = [file for file in servers_folder().glob("*.py") if "\ndef create_" in file.read_text()]
    entries = {entry.app.partition(":")[0] for entry in load_registry() if not entry.fixed}
    assert {file.stem for file in files} == entries


def test_every_snippet_is_registered_under_its_own_name() -> None:
    assert registered("snippets") == {
        f"snippet-{name.replace('_', '-')}": f"snippets.{name}:app" for name in modules("snippets")
    }


def test_every_change_is_registered_before_and_after() -> None:
    names = {name.rpartition("_")[0] for name in modules("changes")}
    assert registered("changes") == {
        f"{name.replace('_', '-')}-{when}": f"changes.{name}_{when}:app"
        for name in names
        for when in ("before", "after")
    }


def test_fixed_server_takes_no_policy_at_all() -> None:
    entry = next(each for each in load_registry() if each.fixed)
    assert entry.cannot_express(CorsPolicy()) == f"{entry.name} is fixed and takes no policy"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param(CorsPolicy(allow_origins=("http://a",)), None, id="one origin"),
        pytest.param(
            CorsPolicy(allow_origins=("http://a", "http://b")),
            "flask-after-request cannot express more than one entry in allow_origins",
            id="two origins",
        ),
        pytest.param(
            CorsPolicy(allow_origin_regex=".*"),
            "flask-after-request cannot express allow_origin_regex",
            id="a pattern",
        ),
    ],
)
def test_fixed_headers_express_one_origin_only(policy: CorsPolicy, expected: str | None) -> None:
    entry = next(each for each in load_registry() if each.name == "flask-after-request")
    assert entry.cannot_express(policy) == expected


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        pytest.param("a = 1", ["a: found 1", "expected {app"], id="no table"),
        pytest.param(
            f'a = {{app = "flask_bear:f", {GOOD}}}',
            ["there is no flask_bear.py", "did you mean 'flask_bare.py'?"],
            id="missing module",
        ),
        pytest.param(
            f'a = {{app = "flask_bare", {GOOD}}}', ['expected "module:factory"'], id="no factory"
        ),
        pytest.param(
            f'a = {{app = "flask_bare:", fixed = true, {GOOD}}}',
            ['expected "module:app"'],
            id="no app",
        ),
        pytest.param(
            f'a = {{app = "flask_bare:app", fixed = "yes", {GOOD}}}',
            ["fixed: found 'yes'; expected true or false"],
            id="fixed as text",
        ),
        pytest.param(
            f'a = {{app = "flask_bare:f", only_where_named = "yes", {GOOD}}}',
            ["only_where_named: found 'yes'; expected true or false"],
            id="only where named, as text",
        ),
        pytest.param(
            'a = {app = "flask_bare:a", interface = "wsgi", versions = [], fixed = true, '
            'expresses = ["max_age"]}',
            ["expresses: found ['max_age']; expected none"],
            id="fixed with a policy",
        ),
        pytest.param(
            'a = {app = "flask_bare:a", interface = "verbatim", versions = [], fixed = true}',
            ["interface: found 'verbatim'; expected one of wsgi, asgi, aiohttp, tornado"],
            id="fixed verbatim",
        ),
        pytest.param(
            f'a = {{app = "snippets.flask_bare:app", fixed = true, {GOOD}}}',
            ["there is no snippets/flask_bare.py", "did you mean 'flask_bare.py'?"],
            id="missing module in a folder",
        ),
    ],
)
def test_wrong_registry_says_what_and_how_to_fix_it(
    tmp_path: Path, text: str, phrases: list[str]
) -> None:
    with pytest.raises(UsageError) as caught:
        load_registry(registry(tmp_path, text))
    assert [phrase for phrase in phrases if phrase not in str(caught.value)] == []


def test_missing_distribution_says_how_to_install_it() -> None:
    entry = ServerEntry(
        name="a", app="a:a", interface="wsgi", versions=("no-such-thing",), expresses=frozenset()
    )
    with pytest.raises(ServerFailed, match="pip install no-such-thing"):
        versions(entry)


NO_FLASK = "flask is not installed; python -m pip install 'cors-harness[servers]'"


@pytest.fixture
def no_flask(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without Flask and Flask-CORS."""

    def distribution(name: str) -> None:
        if name.startswith("flask"):
            raise metadata.PackageNotFoundError(name)

    def forget() -> None:
        is_installed.cache_clear()
        all_servers.cache_clear()

    forget()
    monkeypatch.setattr(
        "cors_harness.serving.reference.registry.metadata.distribution", distribution
    )
    yield
    forget()


@pytest.mark.usefixtures("no_flask")
def test_server_without_its_framework_says_the_command_that_brings_it() -> None:
    missing = {entry.name: entry.missing for entry in load_registry()}
    assert missing["flask-bare"] == NO_FLASK
    assert missing["snippet-flask-reflect-origin"] == NO_FLASK
    assert missing["flask-cors"] == NO_FLASK.replace("flask", "flask-cors", 1)
    assert {missing[name] for name in ("verbatim", "fastapi-bare", "django")} == {""}


@pytest.mark.usefixtures("no_flask")
def test_deployed_server_without_its_framework_is_missing_too() -> None:
    servers = {server.name: server.missing for server in all_servers()}
    assert servers["flask-bare@waitress"] == NO_FLASK
    assert servers["fastapi-bare@uvicorn"] == ""


@pytest.mark.usefixtures("no_flask")
def test_cells_without_their_framework_are_skipped_and_others_run(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    ending = "request: {path: /}, expect: {outcome: blocked, wire: [request]}}\n"
    file.write_text(
        "- {id: a, title: a, spec: https://x.example/, servers: [flask-bare, fastapi-bare],"
        f" policy: {{}}, {ending}"
        f"- {{id: b, title: b, spec: https://x.example/, response: {{status: 200}}, {ending}"
    )
    plan = make_plan(load_scenarios([file]), all_servers(), Selection(engines=("webkit",)))
    assert [cell.server for cell in plan.cells] == ["fastapi-bare", "verbatim"]
    assert [(skip.cell.server, skip.reason) for skip in plan.skips] == [("flask-bare", NO_FLASK)]


def test_distribution_is_looked_up_without_importing_it() -> None:
    code = (
        "import sys; from cors_harness.serving.all_servers import all_servers; all_servers();"
        "print(*sys.modules)"
    )
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert {"flask", "django", "fastapi", "starlette"} & set(done.stdout.split()) == set()


def test_nothing_is_missing_where_everything_is_installed() -> None:
    assert missing_framework(("waitress", "uvicorn")) == ""
