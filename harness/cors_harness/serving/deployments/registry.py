"""The deployment registry: `deployments/registry.toml` in the servers folder, a line for each.

Its table `program` has the programs that deployments are run by, its table `deployment` the
deployments.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cors_harness.model.deployment import INTERFACES, Deployment, Program
from cors_harness.serving.reference.registry import (
    REGISTRY,
    missing_keys,
    no_policy_words,
    no_strings,
    not_among,
    read,
    refuse,
    unknown,
)
from cors_harness.shipped_folders import servers_folder
from cors_harness.text.problems import did_you_mean

PROGRAM_KEYS = ("commands", "apt", "pip")
KEYS = ("program", "interface", "files", "behind", "configures", "only_behind", "mistake")
REQUIRED = ("program", "interface", "files")
TAKES = (*INTERFACES, "any")


def deployments_folder() -> Path:
    """The folder with the deployments' files and their `registry.toml`."""
    return servers_folder() / "deployments"


def load_deployments(folder: Path | None = None) -> tuple[Deployment, ...]:
    """The deployments of `folder` (None: those that come with the project), in file order.

    Raises:
        UsageError: the file is missing, is no TOML, or has wrong entries; all of them are listed.
    """
    folder = folder or deployments_folder()
    file = folder / REGISTRY
    raw = {"program": {}, "deployment": {}} | read(file, "deployment registry")
    refuse(file, _problems(raw, folder))
    programs = {name: _program(name, line) for name, line in raw["program"].items()}
    lines, deployments = raw["deployment"], dict[str, Deployment]()
    for name in sorted(lines, key=lambda name: "behind" in lines[name]):
        line = lines[name]
        deployments[name] = _deployment(name, line, programs[line["program"]], deployments)
    return tuple(deployments[name] for name in lines)


def _program(name: str, line: Mapping[str, Any]) -> Program:
    return Program(
        name=name,
        **{key: tuple(line.get(key, ())) for key in PROGRAM_KEYS},
    )


def _deployment(
    name: str, line: Mapping[str, Any], program: Program, deployments: Mapping[str, Deployment]
) -> Deployment:
    return Deployment(
        name=name,
        program=program,
        interface=line["interface"],
        files=tuple(line["files"]),
        behind=deployments[line["behind"]] if "behind" in line else None,
        configures=frozenset(line.get("configures", ())),
        only_behind=line.get("only_behind", False),
        mistake=line.get("mistake"),
    )


def _problems(raw: Mapping[str, Any], folder: Path) -> Iterator[str]:
    yield from unknown(raw, ("program", "deployment"))
    for kind in ("program", "deployment"):
        if not isinstance(raw[kind], dict):
            yield f"{kind}: found {raw[kind]!r}; expected a table"
            return
        for name, line in raw[kind].items():
            yield from (f"{name}: {text}" for text in _problems_of(kind, line, raw, folder))


def _problems_of(kind: str, line: object, raw: Mapping[str, Any], folder: Path) -> Iterator[str]:
    if not isinstance(line, dict):
        yield f"found {line!r}; expected a table"
    elif kind == "program":
        yield from unknown(line, PROGRAM_KEYS)
        yield from _wrong_types(line, lists=PROGRAM_KEYS, strings=())
        if not line.get("apt") and not line.get("pip"):
            yield "apt or pip is missing: what brings it"
    else:
        yield from unknown(line, KEYS)
        yield from missing_keys(line, REQUIRED)
        wrong = list(_wrong_types(line, ("files", "configures"), ("program", "behind", "mistake")))
        yield from wrong or _wrong_values(line, raw, folder)


def _wrong_values(line: Mapping[str, Any], raw: Mapping[str, Any], folder: Path) -> Iterator[str]:
    for key, names in (("program", raw["program"]), ("behind", _alone(raw["deployment"]))):
        if key in line:
            yield from not_among(line[key], tuple(names), key)
    yield from not_among(line.get("interface", "any"), TAKES, "interface")
    if not isinstance(line.get("only_behind", False), bool):
        yield f"only_behind: found {line['only_behind']!r}; expected true or false"
    yield from no_policy_words(line, "configures")
    for name in line.get("files", ()):
        if not (folder / name).is_file():
            there = tuple(file.name for file in folder.iterdir())
            yield f"files: there is no {name} in {folder}{did_you_mean(name, there, '; ')}"


def _alone(deployments: Mapping[str, object]) -> Iterator[str]:
    """Deployments that a proxy may be in front of; one that is no table has its own problem."""
    for name, line in deployments.items():
        if not isinstance(line, dict) or "behind" not in line:
            yield name


def _wrong_types(
    line: Mapping[str, Any], lists: tuple[str, ...], strings: tuple[str, ...]
) -> Iterator[str]:
    for key in lists:
        yield from no_strings(line, key)
    for key in strings:
        if not isinstance(line.get(key, ""), str):
            yield f"{key}: found {line[key]!r}; expected a string"
