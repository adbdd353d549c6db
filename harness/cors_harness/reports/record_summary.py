"""What `record` has written, in a few lines: entries, browsers, how it differs from before."""

from collections.abc import Iterator

from cors_harness.changes.acceptance import Accepted
from cors_harness.changes.assessment import cells_by_class
from cors_harness.model.change import ChangeClass, Comparison
from cors_harness.reports.base import Line
from cors_harness.reports.changes_text import STYLES, changed_versions, named
from cors_harness.reports.summary import counted
from cors_harness.text.printable import printable


def accepted_lines(file: str, result: Accepted, before: Comparison | None) -> Iterator[Line]:
    """The lines; `before` compares the old baseline with the new one, None: there was none."""
    baseline = result.baseline
    engines = ", ".join(name for name, _ in baseline.engines)
    entries = counted(len(baseline.entries), "entry")
    yield (file, "bold"), (f"  {entries} in {engines}", "")
    for name, label in baseline.engines:
        yield ((f"  {name:<10}{printable(label)}", "dim"),)
    if before is None:
        yield (("  it is new: commit it, and `cors-harness check` compares with it", ""),)
    else:
        yield from _difference(before)
    if result.kept:
        kept = counted(len(result.kept), "entry")
        yield ((f"  {kept} that this run does not speak for: as before", ""),)
    for name in result.held:
        yield ((f"  note: {_held(name, result)}", "yellow"),)


def _difference(before: Comparison) -> Iterator[Line]:
    for sentence in changed_versions(before):
        yield ("  changed  ", "bold cyan"), (sentence, "bold")
    counts = cells_by_class(before)
    parts: list[tuple[str, str]] = []
    for class_ in ChangeClass:
        if counts[class_]:
            parts += [(f"{counts[class_]} {named(class_)}", STYLES[class_]), (", ", "")]
    for names, what in ((before.missing, "new"), (before.stale, "removed")):
        if names:
            parts += [(f"{counted(len(names), 'entry')} {what}", "bold"), (", ", "")]
    shown = parts[:-1] or [("nothing", "green")]
    yield ("  differs from before in: ", ""), *shown


def _held(name: str, result: Accepted) -> str:
    version = {**dict(result.baseline.engines), **dict(result.baseline.servers)}[name]
    label = version if isinstance(version, str) else " ".join(" ".join(pair) for pair in version)
    return (
        f"{name} stays at {printable(label)} in the header, as entries stay that were accepted on "
        "it; recording all of them accepts the new version"
    )
