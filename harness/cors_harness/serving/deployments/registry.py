"""The deployment registry: `deployments/registry.toml` in the servers folder, a line for each.

Its table `program` has the programs that deployments are run by, its table `deployment` the
deployments.
"""

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cors_harness.errors import UsageError
from cors_harness.model.deployment import INTERFACES, Deployment, Program
from cors_harness.model.policy import CorsPolicy
from cors_harness.places import servers_folder

REGISTRY = "registry.toml"
PROGRAM_KEYS = ("commands", "distributions", "install")
KEYS = ("program", "interface", "files", "behind", "configures", "only_behind", "mistake")
REQUIRED = ("program", "interface", "files")
TAKES = (*INTERFACES, "any")
CONFIGURABLE = (*CorsPolicy.__dataclass_fields__, "several-origins")


def deployments_folder() -> Path:
    """The deployments' files and their `registry.toml`."""
    return servers_folder() / "deployments"


def load_deployments(folder: Path | None = None) -> tuple[Deployment, ...]:
    """The deployments of `folder` (None: those that come with the project), in file order.

    Raises:
        UsageError: the file is missing, is no TOML, or has wrong entries; all of them are listed.
    """
    folder = folder or deployments_folder()
    file = folder / REGISTRY
    raw = _read(file)
    problems = [f"{file}: {text}" for text in _problems(raw, folder)]
    if problems:
        raise UsageError("\n".join(problems))
    programs = {name: _program(name, line) for name, line in raw["program"].items()}
    lines, made = raw["deployment"], dict[str, Deployment]()
    for name in sorted(lines, key=lambda name: "behind" in lines[name]):
        line = lines[name]
        made[name] = _deployment(name, line, programs[line["program"]], made)
    return tuple(made[name] for name in lines)


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return {"program": {}, "deployment": {}} | tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as exc:
        raise UsageError(f"{file}: cannot read the deployment registry: {exc.strerror}") from exc
    except ValueError as exc:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        raise UsageError(f"{file}: {exc}") from exc


def _program(name: str, line: Mapping[str, Any]) -> Program:
    return Program(
        name=name,
        commands=tuple(line.get("commands", ())),
        distributions=tuple(line.get("distributions", ())),
        install=line["install"],
    )


def _deployment(
    name: str, line: Mapping[str, Any], program: Program, others: Mapping[str, Deployment]
) -> Deployment:
    return Deployment(
        name=name,
        program=program,
        interface=line["interface"],
        files=tuple(line["files"]),
        behind=others[line["behind"]] if "behind" in line else None,
        configures=frozenset(line.get("configures", ())),
        only_behind=line.get("only_behind", False),
        mistake=line.get("mistake"),
    )


def _problems(raw: Mapping[str, Any], folder: Path) -> Iterator[str]:
    yield from _unknown(raw, ("program", "deployment"))
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
        yield from _unknown(line, PROGRAM_KEYS)
        yield from _wrong_types(line, lists=PROGRAM_KEYS[:2], strings=("install",))
        yield from _missing(line, ("install",))
    else:
        yield from _unknown(line, KEYS)
        yield from _missing(line, REQUIRED)
        wrong = list(_wrong_types(line, ("files", "configures"), ("program", "behind", "mistake")))
        yield from wrong or _wrong_values(line, raw, folder)


def _wrong_values(line: Mapping[str, Any], raw: Mapping[str, Any], folder: Path) -> Iterator[str]:
    alone = (name for name, each in raw["deployment"].items() if "behind" not in each)
    for key, words in (("program", raw["program"]), ("behind", alone)):
        if key in line:
            yield from _not_among(line[key], tuple(words), key)
    yield from _not_among(line.get("interface", "any"), TAKES, "interface")
    if not isinstance(line.get("only_behind", False), bool):
        yield f"only_behind: found {line['only_behind']!r}; expected true or false"
    for word in line.get("configures", ()):
        yield from _not_among(word, CONFIGURABLE, "configures")
    for name in line.get("files", ()):
        if not (folder / name).is_file():
            there = tuple(file.name for file in folder.iterdir())
            yield f"files: there is no {name} in {folder}{_nearest(name, there)}"


def _unknown(line: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[str]:
    yield from (f"unknown key {key!r}{_nearest(key, keys)}" for key in line if key not in keys)


def _missing(line: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{key} is missing" for key in keys if key not in line)


def _wrong_types(
    line: Mapping[str, Any], lists: tuple[str, ...], strings: tuple[str, ...]
) -> Iterator[str]:
    for key in lists:
        listed = line.get(key, [])
        if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
            yield f"{key}: found {listed!r}; expected a list of strings"
    for key in strings:
        if not isinstance(line.get(key, ""), str):
            yield f"{key}: found {line[key]!r}; expected a string"


def _not_among(word: object, words: tuple[str, ...], key: str) -> Iterator[str]:
    if word not in words:
        nearest = _nearest(str(word), words)
        yield f"{key}: found {word!r}; expected one of {', '.join(words)}{nearest}"


def _nearest(word: str, words: tuple[str, ...]) -> str:
    found = get_close_matches(word, words, n=1)
    return f"; did you mean {found[0]!r}?" if found else ""
