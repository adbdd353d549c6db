"""The server registry: `registry.toml` in the servers folder, one line per reference server."""

from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from cors_harness.errors import ServerFailed
from cors_harness.model.events import ServerVersion
from cors_harness.model.server import ServerEntry
from cors_harness.places import servers_folder
from cors_harness.serving.registry_files import (
    REGISTRY,
    meant,
    missing_keys,
    no_policy_words,
    no_strings,
    not_among,
    read,
    refuse,
    unknown,
)

INTERFACES = ("wsgi", "asgi", "verbatim")
REQUIRED = ("app", "interface", "versions", "expresses")
KEYS = (*REQUIRED, "fixed")


def load_registry(folder: Path | None = None) -> tuple[ServerEntry, ...]:
    """The servers of `folder` (None: those that come with the project), in file order.

    Raises:
        UsageError: the file is missing, is no TOML, or has wrong entries; all of them are listed.
    """
    folder = folder or servers_folder()
    raw = read(folder / REGISTRY, "server registry")
    refuse(folder / REGISTRY, _problems(raw, folder))
    return tuple(_entry(name, line) for name, line in raw.items())


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
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError as exc:
        raise ServerFailed(
            f"{server} needs {distribution}, which is not installed\n"
            f"  install it with: python -m pip install {distribution}"
        ) from exc


def _entry(name: str, line: object) -> ServerEntry:
    assert isinstance(line, dict)  # noqa: S101 - `_problems` found none
    return ServerEntry(
        name=name,
        app=line["app"],
        interface=line["interface"],
        versions=tuple(line["versions"]),
        expresses=frozenset(line.get("expresses", [])),
        fixed=line.get("fixed", False),
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
    if "app" in line:
        yield from _problems_of_app(line, folder)
    if "interface" in line:
        interfaces = INTERFACES[:-1] if line.get("fixed") else INTERFACES
        yield from not_among(line["interface"], interfaces, "interface")
    yield from no_strings(line, "versions")
    yield from no_policy_words(line, "expresses")


def _problems_of_fixed(line: Mapping[str, object]) -> Iterator[str]:
    """`expresses` says nothing on the line of a fixed server, and is needed on every other."""
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
        there = [str(each.relative_to(folder)) for each in folder.rglob("*.py")]
        yield f"app: there is no {file} in {folder}{meant(str(file), there)}"
