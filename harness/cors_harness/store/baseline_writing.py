"""The baseline file as it is written: accepted facts as YAML, the same bytes for the same facts.

Every scalar is text. What YAML would take for something else is quoted, so that other readers of
the file do not misread it either.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from cors_harness.errors import BaselineError
from cors_harness.model.baseline import Baseline, Entry, ExchangeFacts, Facts, StepFacts, TextPairs
from cors_harness.store.whole_file import write_data

DEFAULT_NAME = "cors-baseline.txt"  # lies beside the scenarios, whose folder is read for *.yaml
SCHEMA = 1  # goes up when a reader of the old form would misread the new one
END = "end: of the baseline"
HEAD = """\
# What browsers allow, as accepted with `cors-harness record`; one block for each scenario and
# server: what page code got, and what was on the wire. Commit it, and review it like code.
"""

# https://yaml.org/type/bool.html , https://yaml.org/type/null.html : of YAML 1.1, as many read it
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_NUMBER = re.compile(r"[0-9][0-9A-Fa-f_,:xXoO+-]*(?:\.[0-9A-Fa-f_+-]*)?")
_COUNT = re.compile(r"0|[1-9][0-9]{0,8}")
_PLAIN = re.compile(r"[A-Za-z0-9/_](?:[^:#]|:(?!\s|$)|(?<!\s)#)*(?<!\s)")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Puts `baseline` in place of `path`, whole or not at all; raises BaselineError."""
    try:
        write_data(path, baseline_text(baseline).encode())
    except (OSError, UnicodeEncodeError) as exc:
        reason = getattr(exc, "strerror", None) or exc
        hint = "choose another place: --out FILE"
        raise BaselineError([f"{path}: cannot be written: {reason}\n  {hint}"]) from exc


def baseline_text(baseline: Baseline) -> str:
    """The whole file, ending in a line end."""
    return "\n".join((HEAD + "\n".join(_header(baseline)), *_blocks(baseline), END)) + "\n"


def entry_key(entry: Entry) -> str:
    """What a block begins with: `orders.yaml::put-json[app]`."""
    return f"{entry.scenario}[{entry.server}]"


def scalar(text: str) -> str:
    """`text` as YAML that means just that text."""
    if _is_plain(text):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, text)) + '"'


def _is_plain(text: str) -> bool:
    if not text.isprintable() or not _PLAIN.fullmatch(text) or text.lower() in _WORDS:
        return False
    return not _NUMBER.fullmatch(text) or _COUNT.fullmatch(text) is not None


def _escaped(char: str) -> str:
    """Half a surrogate pair stays: YAML has no way to say it, and it cannot be written."""
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable() or "\ud800" <= char <= "\udfff":
        return char
    return f"\\U{ord(char):08X}"


def _header(baseline: Baseline) -> Iterator[str]:
    yield f"schema: {SCHEMA}"
    yield f"harness: {scalar(baseline.harness)}"
    yield from _mapping("engines", baseline.engines, "")
    yield "servers:" if baseline.servers else "servers: {}"
    for name, versions in baseline.servers:
        yield from _mapping(scalar(name), versions, "  ")
    yield f"entries: {len(baseline.entries)}"
    yield ""


def _mapping(key: str, pairs: TextPairs, indent: str) -> Iterator[str]:
    yield f"{indent}{key}:" if pairs else f"{indent}{key}: {{}}"
    yield from (f"{indent}  {scalar(name)}: {scalar(value)}" for name, value in pairs)


def _blocks(baseline: Baseline) -> Iterator[str]:
    for entry in sorted(baseline.entries, key=lambda entry: entry.name):
        yield "\n".join(_block(entry)) + "\n"


def _block(entry: Entry) -> Iterator[str]:
    yield f"{scalar(entry_key(entry))}:"
    yield f"  page: {scalar(entry.origin)}"
    for engines, facts in _sharing(entry):
        yield f"  {engines}:" if facts else f"  {engines}: []"
        for step in facts:
            yield from _step(step)


def _sharing(entry: Entry) -> list[tuple[str, Facts]]:
    """Engines with the same facts under one name, in the order of the first of each."""
    groups: dict[Facts, list[str]] = {}
    for engine, facts in sorted(entry.engines):
        groups.setdefault(facts, []).append(engine)
    return [(" ".join(engines), facts) for facts, engines in groups.items()]


def _step(step: StepFacts) -> Iterator[str]:
    words = (step.outcome, str(step.status) if step.status is not None else "", step.reason or "")
    yield f"  - outcome: {' '.join(filter(None, words))}"
    if step.readable:
        yield f"    reads: {scalar(', '.join(step.readable))}"
    if step.wire:
        yield "    wire:"
        for exchange in step.wire:
            yield from _exchange(exchange)


def _exchange(facts: ExchangeFacts) -> Iterator[str]:
    yield f"    - {facts.kind}: {scalar(f'{facts.method} {facts.target}')}"
    if facts.role != "server":
        yield f"      at: {facts.role}"
    yield from _headers(facts.request_headers)
    if facts.with_credentials:
        yield "      credentials: sent"
    yield f"      status: {'none' if facts.status is None else facts.status}"
    yield from _headers(facts.response_headers)


def _headers(pairs: TextPairs) -> Iterable[str]:
    by_name: dict[str, list[str]] = {}
    for name, value in pairs:
        by_name.setdefault(name, []).append(scalar(value))
    for name, values in by_name.items():
        if len(values) == 1:
            yield f"      {scalar(name)}: {values[0]}"
        else:
            yield f"      {scalar(name)}:"
            yield from (f"      - {value}" for value in values)
