"""What `record` says that it has written."""

from dataclasses import replace

from tests.changes.baseline_builders import ALLOWED, baseline, change, entry

from cors_harness.changes.acceptance import Accepted
from cors_harness.model.change import ChangeClass, Comparison, EngineChange
from cors_harness.reports.record_summary import accepted_lines

NAME = ("orders.yaml::a", "app")
RESULT = Accepted(baseline=baseline(entry("a"), entry("b", ALLOWED)))


def printed(result: Accepted, before: Comparison | None) -> str:
    lines = accepted_lines("cors-baseline.txt", result, before)
    return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in lines)


def test_first_baseline() -> None:
    assert printed(RESULT, None) == (
        "cors-baseline.txt  2 entries in chromium, firefox, webkit\n"
        "  chromium  Chromium 156\n"
        "  firefox   Firefox 156\n"
        "  webkit    Webkit 156\n"
        "  it is new: commit it, and `cors-harness check` compares with it\n"
    )


def test_difference_from_before_by_class() -> None:
    before = Comparison(
        changes=(change(), change("b", ChangeClass.COSMETIC, engines=("webkit",))),
        missing=(NAME,),
        stale=(NAME, NAME),
        engines_changed=(EngineChange(name="webkit", before="1", after="2"),),
    )
    assert (
        "  changed  webkit: 1 -> 2\n"
        "  differs from before in: 3 widened, 1 cosmetic, 1 entry new, 2 entries removed\n"
    ) in printed(RESULT, before)


def test_no_difference() -> None:
    assert printed(RESULT, Comparison()).endswith("  differs from before in: nothing\n")


def test_what_stays_is_told() -> None:
    text = printed(replace(RESULT, kept=(NAME,), held=("webkit", "app")), Comparison())
    assert "  1 entry that this run does not speak for: as before\n" in text
    assert "  note: webkit stays at Webkit 156 in the header, as entries stay that were" in text
    assert "  note: app stays at flask 156 in the header" in text
