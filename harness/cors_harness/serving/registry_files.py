"""A registry file: a `registry.toml`, and what can be wrong in one whatever its lines are for."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from cors_harness.errors import UsageError
from cors_harness.model.policy import CorsPolicy
from cors_harness.terms.nearest import nearest

REGISTRY = "registry.toml"
POLICY_WORDS = (*CorsPolicy.__dataclass_fields__, "several-origins")


def read(file: Path, what: str) -> dict[str, Any]:
    """What `file` holds; `what` names it in a sentence.

    Raises:
        UsageError: the file cannot be read or is no TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as exc:
        raise UsageError(f"{file}: cannot read the {what}: {exc.strerror}") from exc
    except ValueError as exc:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        raise UsageError(f"{file}: {exc}") from exc


def refuse(file: Path, problems: Iterable[str]) -> None:
    """Nothing where there are no problems.

    Raises:
        UsageError: there are; all of them are listed.
    """
    lines = [f"{file}: {problem}" for problem in problems]
    if lines:
        raise UsageError("\n".join(lines))


def unknown(line: Mapping[str, object], keys: tuple[str, ...]) -> Iterator[str]:
    """A problem for each key of `line` that is none of `keys`."""
    yield from (f"unknown key {key!r}{meant(key, keys)}" for key in line if key not in keys)


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


def not_among(word: object, words: tuple[str, ...], key: str) -> Iterator[str]:
    """A problem if `word`, which stands at `key`, is none of `words`."""
    if word not in words:
        did_you_mean = meant(str(word), words)
        yield f"{key}: found {word!r}; expected one of {', '.join(words)}{did_you_mean}"


def meant(word: str, words: Iterable[str]) -> str:
    """The end of a sentence: which of `words` may be meant, or nothing."""
    near = nearest(word, words)
    return f"; did you mean {near!r}?" if near else ""


def _strings(line: Mapping[str, object], key: str) -> list[str] | None:
    """None: there is something else at `key`."""
    listed = line.get(key, [])
    right = isinstance(listed, list) and all(isinstance(word, str) for word in listed)
    return cast("list[str]", listed) if right else None
