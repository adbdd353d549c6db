"""The server registry, `registry.toml` in the servers folder; and what any registry gets wrong."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, cast

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.model.events import ServerVersion
from cors_harness.model.server import CorsPolicy, ServerEntry
from cors_harness.shipped_folders import servers_folder
from cors_harness.text.problems import did_you_mean, not_one_of

REGISTRY = "registry.toml"
INSTALL_COMMAND = "python -m pip install 'cors-harness[servers]'"
INTERFACES = ("wsgi", "asgi", "aiohttp", "tornado", "verbatim")
REQUIRED = ("app", "interface", "versions", "expresses")
KEYS = (*REQUIRED, "fixed", "only_where_named")
POLICY_WORDS = (*CorsPolicy.__dataclass_fields__, "several-origins")


def load_registry(folder: Path | None = None) -> tuple[ServerEntry, ...]:
    """The servers of `folder` (None: those that come with the project), in file order.

    Raises:
        UsageError: the file is missing, is no TOML, or has wrong entries; all of them are listed.
    """
    folder = folder or servers_folder()
    raw = read(folder / REGISTRY, "server registry")
    refuse(folder / REGISTRY, _problems(raw, folder))
    return tuple(_entry(name, line) for name, line in raw.items())


@cache  # a path is searched for each; `cache_clear` after an installation
def installed_version(distribution: str) -> str | None:
    """The version of a Python distribution that is installed, without importing it; else None."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


@cache  # as above; no metadata is read for it
def is_installed(distribution: str) -> bool:
    """Whether a Python distribution is installed."""
    try:
        metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


def missing_framework(distributions: Iterable[str]) -> str:
    """A sentence with the first distribution that is not installed and the command; or empty."""
    absent = (name for name in distributions if not is_installed(name))
    return next((f"{name} is not installed; {INSTALL_COMMAND}" for name in absent), "")


def versions(entry: ServerEntry) -> ServerVersion:
    """What the server is made of, as installed.

    Raises:
        ServerFailed: a distribution is not installed.
    """
    return ServerVersion(
        name=entry.name,
        versions=tuple((name, _version(entry.name, name)) for name in entry.versions),
    )


def _version(server: str, distribution: str) -> str:
    version = installed_version(distribution)
    if version is None:
        raise ServerFailed(
            f"{server} needs {distribution}, which is not installed\n"
            f"  install it with: python -m pip install {distribution}"
        )
    return version


def _entry(name: str, line: object) -> ServerEntry:
    assert isinstance(line, dict)  # noqa: S101 - `_problems` found none
    return ServerEntry(
        name=name,
        app=line["app"],
        interface=line["interface"],
        versions=tuple(line["versions"]),
        expresses=frozenset(line.get("expresses", [])),
        fixed=line.get("fixed", False),
        only_where_named=line.get("only_where_named", False),
        missing=missing_framework(line["versions"]),
    )


def _problems(raw: Mapping[str, object], folder: Path) -> Iterator[str]:
    for name, line in raw.items():
        if isinstance(line, dict):
            yield from (f"{name}: {text}" for text in _problems_of(line, folder))
        else:
            yield f'{name}: found {line!r}; expected {{app = "...", interface = "...", ...}}'


def _problems_of(line: Mapping[str, object], folder: Path) -> Iterator[str]:
    yield from _problems_of_fixed(line)
    yield from unknown(line, KEYS)
    if not isinstance(named := line.get("only_where_named", False), bool):
        yield f"only_where_named: found {named!r}; expected true or false"
    if "app" in line:
        yield from _problems_of_app(line, folder)
    if "interface" in line:
        interfaces = INTERFACES[:-1] if line.get("fixed") else INTERFACES
        yield from not_among(line["interface"], interfaces, "interface")
    yield from no_strings(line, "versions")
    yield from no_policy_words(line, "expresses")


def _problems_of_fixed(line: Mapping[str, object]) -> Iterator[str]:
    """Problems with `expresses`: a fixed server's line must not have it, every other one must."""
    fixed = line.get("fixed", False)
    if not isinstance(fixed, bool):
        yield f"fixed: found {fixed!r}; expected true or false"
    elif fixed and line.get("expresses"):
        yield f"expresses: found {line['expresses']!r}; expected none: fixed takes no policy"
    required = REQUIRED[:-1] if fixed else REQUIRED
    yield from missing_keys(line, required)


def _problems_of_app(line: Mapping[str, object], folder: Path) -> Iterator[str]:
    app, shape = line["app"], "module:app" if line.get("fixed") else "module:factory"
    module, _, attribute = app.partition(":") if isinstance(app, str) else ("", "", "")
    if not all(name.isidentifier() for name in (*module.split("."), attribute)):
        yield f'app: found {app!r}; expected "{shape}"'
        return
    file = Path(*module.split(".")).with_suffix(".py")
    if not (folder / file).is_file():
        there = [str(path.relative_to(folder)) for path in folder.rglob("*.py")]
        yield f"app: there is no {file} in {folder}{did_you_mean(str(file), there, '; ')}"


# What any registry shares


def read(file: Path, file_kind: str) -> dict[str, Any]:
    """The tables of a TOML file; `file_kind` names the file in a sentence.

    Raises:
        UsageError: the file cannot be read or is no TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as exc:
        raise UsageError(f"{file}: cannot read the {file_kind}: {exc.strerror}") from exc
    except ValueError as exc:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        raise UsageError(f"{file}: {exc}") from exc


def refuse(file: Path, problems: Iterable[str]) -> None:
    """Refuses a file with problems.

    Raises:
        UsageError: there are problems; all of them are listed.
    """
    lines = [f"{file}: {problem}" for problem in problems]
    if lines:
        raise UsageError("\n".join(lines))


def unknown(line: Mapping[str, object], keys: tuple[str, ...]) -> Iterator[str]:
    """A problem for each key of `line` that is none of `keys`."""
    yield from (
        f"unknown key {key!r}{did_you_mean(key, keys, '; ')}" for key in line if key not in keys
    )


def missing_keys(line: Mapping[str, object], keys: tuple[str, ...]) -> Iterator[str]:
    """A problem for each of `keys` that `line` does not have."""
    yield from (f"{key} is missing" for key in keys if key not in line)


def no_strings(line: Mapping[str, object], key: str) -> Iterator[str]:
    """A problem if `key` of `line` is there and no list of strings."""
    if _strings(line, key) is None:
        yield f"{key}: found {line[key]!r}; expected a list of strings"


def no_policy_words(line: Mapping[str, object], key: str) -> Iterator[str]:
    """A problem for each string at `key` that is none of POLICY_WORDS; or that of `no_strings`."""
    yield from no_strings(line, key)
    for word in _strings(line, key) or ():
        yield from not_among(word, POLICY_WORDS, key)


def not_among(word: object, allowed_words: tuple[str, ...], key: str) -> Iterator[str]:
    """A problem if `word`, which stands at `key`, is none of `allowed_words`."""
    if word not in allowed_words:
        yield f"{key}: {not_one_of(word, allowed_words)}"


def _strings(line: Mapping[str, object], key: str) -> list[str] | None:
    """The strings listed at `key`; None: there is something else."""
    listed = line.get(key, [])
    right = isinstance(listed, list) and all(isinstance(word, str) for word in listed)
    return cast("list[str]", listed) if right else None
