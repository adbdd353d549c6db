"""whole_plan(): what tells a plan from one of another commit, or with other options."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePath

from cors_harness.model.cell import Cell
from cors_harness.model.scenario import Scenario
from cors_harness.model.shard import WholePlan
from cors_harness.model.subject import (
    AppSubject,
    CommandSubject,
    Reset,
    ResetCommand,
    ResetRequest,
    Subject,
    UrlSubject,
)
from cors_harness.terms.source_span import SourceSpan

NOWHERE = SourceSpan(file="", line=0)


def whole_plan(cells: Sequence[Cell], subject: Subject | None, *, plain_urls: bool) -> WholePlan:
    """What a journal says of the plan that has these cells, skipped ones among them.

    Args:
        cells: all of the plan, in any order.
        subject: the user's server. Where it runs already, its URL may be another on each machine.
        plain_urls: whether its URLs stay as they are.
    """
    scenarios = {id(cell.scenario): cell.scenario for cell in cells}.values()
    files = _files(scenarios)
    words = (repr(files), *_words(subject), str(plain_urls), *sorted(cell.id for cell in cells))
    return WholePlan(cells=len(cells), digest=_digest(words), files=files)


def _files(scenarios: Iterable[Scenario]) -> tuple[tuple[str, str], ...]:
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for scenario in scenarios:
        said = repr(replace(scenario, source=NOWHERE))
        by_name[PurePath(scenario.source.file).name].append(said)
    return tuple((name, _digest(sorted(texts))) for name, texts in sorted(by_name.items()))


def _words(subject: Subject | None) -> tuple[str, ...]:
    """What is said of the user's server, without folders."""
    match subject:
        case None:
            return ("none",)
        case AppSubject(spec=spec):
            return "app", spec, *_of_any(subject)
        case CommandSubject(text=text):
            return "command", text, *_of_any(subject)
        case UrlSubject():
            return "url", *_of_any(subject)


def _of_any(subject: Subject) -> tuple[str, ...]:
    return _of_reset(subject.reset), str(subject.per_engine), str(subject.forwarded)


def _of_reset(reset: Reset | None) -> str:
    match reset:
        case None:
            return ""
        case ResetCommand(text=text):
            return text
        case ResetRequest(method=method, path=path):
            return f"{method} {path}"


def _digest(texts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()[:16]
