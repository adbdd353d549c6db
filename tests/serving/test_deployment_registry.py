"""The deployment registry says what there is, and what is wrong with it, all of it in one pass."""

import shutil
import sys
from pathlib import Path

import pytest

from cors_harness.errors import UsageError
from cors_harness.installing.machine import this_machine
from cors_harness.model.deployment import DeployedServer, Deployment, Program
from cors_harness.model.server import CorsPolicy
from cors_harness.serving.all_servers import deployed_servers
from cors_harness.serving.deployments.install import install_commands
from cors_harness.serving.deployments.programs import deployment_versions, missing
from cors_harness.serving.deployments.registry import deployments_folder, load_deployments
from cors_harness.serving.reference.registry import load_registry

PROGRAM = '[program]\nnginx = {commands = ["nginx"], apt = ["nginx-light"]}\n'
GOOD = 'program = "nginx", interface = "any", files = ["nginx.conf"]'
APPS = {entry.name: entry for entry in load_registry()}
KNOWN = {each.name: each for each in load_deployments()}


def registry(folder: Path, text: str) -> Path:
    (folder / "registry.toml").write_text(PROGRAM + "[deployment]\n" + text, encoding="utf-8")
    (folder / "nginx.conf").touch()
    return folder


def server(app: str, deployment: str) -> DeployedServer:
    return DeployedServer(app=APPS[app], deployment=KNOWN[deployment], missing="")


def test_every_file_belongs_to_a_deployment() -> None:
    files = {name for each in KNOWN.values() for name in each.files}
    there = {
        file.relative_to(deployments_folder()).as_posix()
        for file in deployments_folder().rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert there - files == {"registry.toml"}


def test_every_right_one_has_a_twin() -> None:
    """A twin has the name of the right one and a word more, or stands in for it behind a proxy."""
    right = {name for name, each in KNOWN.items() if each.mistake is None}
    wrong = {name for name, each in KNOWN.items() if each.mistake is not None}
    cures = {name for name in right if name.endswith("-only")}
    assert {
        name for name in right - cures if not any(each.startswith(f"{name}-") for each in wrong)
    } == set()


def test_mistakes_differ() -> None:
    mistakes = [each.mistake for each in KNOWN.values() if each.mistake and not each.only_behind]
    shared = {text for text in mistakes if mistakes.count(text) > 1}
    assert shared == set()


@pytest.mark.parametrize(
    ("app", "deployment", "fits"),
    [
        ("flask-cors", "gunicorn-sync", True),
        ("fastapi-cors-middleware", "gunicorn-sync", False),
        ("fastapi-cors-middleware", "uvicorn", True),
        ("flask-cors", "nginx", True),
        ("fastapi-bare", "nginx", True),
        ("verbatim", "nginx", False),
        ("flask-cors", "nginx-uvicorn", False),
        ("flask-cors", "gunicorn-sync-untrusted", False),
        ("snippet-flask-reflect-origin", "nginx-cache", True),
        ("snippet-flask-reflect-origin", "nginx-cors", False),
    ],
)
def test_pairs_that_fit(app: str, deployment: str, *, fits: bool) -> None:
    assert KNOWN[deployment].takes(APPS[app]) is fits


def test_deployed_servers_are_all_pairs_that_fit() -> None:
    names = set(deployed_servers())
    assert {"flask-bare@nginx", "fastapi-bare@uvicorn", "flask-bare@nginx-cors"} <= names
    assert "fastapi-bare@gunicorn-sync" not in names


POLICY = CorsPolicy(allow_origins=("http://a", "http://b"), allow_methods=("PUT",))


@pytest.mark.parametrize(
    ("app", "deployment", "expected"),
    [
        ("flask-bare", "nginx", "flask-bare cannot express allow_origins"),
        ("flask-bare", "nginx-cors", None),
        ("flask-cors", "nginx", None),
        ("flask-cors", "nginx-cors", None),
        (
            "flask-after-request",
            "nginx-cors",
            "flask-after-request cannot express more than one entry in allow_origins",
        ),
    ],
)
def test_app_or_proxy_expresses_the_policy(app: str, deployment: str, expected: str | None) -> None:
    assert server(app, deployment).cannot_express(POLICY) == expected


@pytest.mark.parametrize(
    ("app", "deployment", "acts_as"),
    [
        ("flask-options", "nginx", "flask-options"),
        ("flask-bare", "nginx", "flask-bare"),
        ("flask-bare", "nginx-cors", ""),
        ("flask-cors", "nginx-cors", ""),
    ],
)
def test_exceptions_of_the_app_hold_where_its_cors_headers_arrive(
    app: str, deployment: str, acts_as: str
) -> None:
    assert server(app, deployment).acts_as == acts_as


def deployment(program: Program, behind: Deployment | None = None) -> Deployment:
    return Deployment(name="d", program=program, interface="any", files=("f",), behind=behind)


def program(*, command: str = "", distribution: str = "") -> Program:
    return Program(
        name="p",
        commands=(command,) if command else (),
        pip=(distribution,) if distribution else (),
        apt=() if distribution else ("p",),
    )


def test_missing_command_says_how_to_get_it() -> None:
    assert missing(deployment(program(command="no-such-command"))) == (
        "p is not installed; apt-get install p"
    )


def test_missing_distribution_says_how_to_get_it() -> None:
    assert missing(deployment(program(distribution="no-such-thing"))) == (
        "no-such-thing is not installed; python -m pip install no-such-thing"
    )


def test_what_a_proxy_is_in_front_of_may_be_missing_too() -> None:
    inner = deployment(program(distribution="no-such-thing"))
    assert missing(deployment(program(), inner)) == (
        "no-such-thing is not installed; python -m pip install no-such-thing"
    )


def test_install_command_is_made_of_what_brings_the_program() -> None:
    both = Program(name="p", apt=("a", "b"), pip=("c",))
    assert both.install_command == "apt-get install a b && python -m pip install c"


def test_every_program_has_an_install_command() -> None:
    assert [each.name for each in KNOWN.values() if not each.program.install_command] == []


@pytest.mark.parametrize("can_install", [True, False])
def test_programs_are_installed_by_one_apt_get_and_one_pip_each(
    monkeypatch: pytest.MonkeyPatch, *, can_install: bool
) -> None:
    module = "cors_harness.serving.deployments.install"
    prefix = ("sudo", "-n") if can_install else None
    monkeypatch.setattr(f"{module}.apt_prefix", lambda _machine: prefix)
    names = ("nginx", "uwsgi", "granian", "granian-static", "gunicorn-uvicorn", "nginx")
    commands = list(install_commands(this_machine(), [KNOWN[name].program for name in names]))
    pip = (sys.executable, "-m", "pip", "install")
    assert commands[:2] == [(*pip, "granian"), (*pip, "gunicorn", "uvicorn-worker", "uvicorn")]
    packages = [command[-3:] for command in commands[3:]]
    expected = [("nginx-light", "uwsgi-core", "uwsgi-plugin-python3")] if can_install else []
    assert packages == expected


def test_uwsgi_with_another_python_cannot_import_our_apps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "uwsgi-core"
    fake.write_text("#!/bin/sh\necho 3.7.1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = missing(KNOWN["uwsgi"])
    assert found is not None
    assert found.startswith("uwsgi runs Python 3.7.1, cors-harness 3.")
    assert "-m pip install uwsgi" in found


def test_versions_are_those_of_all_that_takes_part() -> None:
    names = [name for name, _ in deployment_versions(KNOWN["nginx-gunicorn"])]
    expected = ["nginx", "gunicorn"] if shutil.which("nginx") else ["gunicorn"]
    assert names == expected
    assert all(version[0].isdigit() for _, version in deployment_versions(KNOWN["waitress"]))


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ('commands = ["p"]', "p: apt or pip is missing: what brings it"),
        ('pip = "p"', "p: pip: found 'p'; expected a list of strings"),
        (
            'install = "apt-get install p", apt = ["p"]',
            "p: unknown key 'install'",
        ),
    ],
)
def test_wrong_program_says_what_and_how_to_fix_it(
    tmp_path: Path, program: str, sentence: str
) -> None:
    (tmp_path / "registry.toml").write_text(f"[program]\np = {{{program}}}\n")
    with pytest.raises(UsageError) as caught:
        load_deployments(tmp_path)
    assert str(caught.value) == f"{tmp_path / 'registry.toml'}: {sentence}"


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        pytest.param("a = 1", ["a: found 1; expected a table"], id="no table"),
        pytest.param(
            f'a = 1\nb = {{{GOOD}, behind = "c"}}\nc = {{{GOOD}}}\nd = {{{GOOD}, behind = "e"}}',
            ["a: found 1", "d: behind: found 'e'; expected one of a, c"],
            id="no table beside one behind another",
        ),
        pytest.param(
            'a = {program = "nginks", interface = "wsgy", files = ["nginx.config"]}',
            ["did you mean 'nginx'?", "did you mean 'wsgi'?", "did you mean 'nginx.conf'?"],
            id="three problems in one pass",
        ),
        pytest.param(
            f'a = {{{GOOD}, behind = "b"}}\nb = {{{GOOD}, behind = "a"}}',
            ["a: behind: found 'b'", "b: behind: found 'a'"],
            id="behind each other",
        ),
        pytest.param(
            f"a = {{{GOOD}, configures = [1], mistake = 2}}",
            ["configures: found [1]", "mistake: found 2"],
            id="wrong types",
        ),
    ],
)
def test_wrong_registry_says_what_and_how_to_fix_it(
    tmp_path: Path, text: str, phrases: list[str]
) -> None:
    with pytest.raises(UsageError) as caught:
        load_deployments(registry(tmp_path, text))
    assert [phrase for phrase in phrases if phrase not in str(caught.value)] == []
