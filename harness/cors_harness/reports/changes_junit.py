"""Changes as JUnit XML: a test case for each compared entry and the engines that agree on it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO

from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite

from cors_harness.changes.assessment import Assessment, ChangeGroup
from cors_harness.model.baseline import Baseline
from cors_harness.model.change import EntryName
from cors_harness.reports.base import Line
from cors_harness.reports.changes_text import OPEN, block, changed_versions, headline, named
from cors_harness.text.printable import printable

SUITE = "cors-harness"


def junit(assessment: Assessment, before: Baseline, after: Baseline) -> bytes:
    """The XML document."""
    suite = TestSuite(SUITE)
    for sentence in changed_versions(assessment.comparison):
        suite.add_property("changed", printable(sentence))
    for remark in assessment.remarks:
        suite.add_property("note", printable(remark))
    suite.add_testcases(
        [*_compared(assessment, before, after), *_open(assessment), *_troubles(assessment)]
    )
    document = JUnitXml(SUITE)
    document.add_testsuite(suite)
    document.update_statistics()
    out = BytesIO()
    document.write(out, pretty=True)
    return out.getvalue()


def _compared(assessment: Assessment, before: Baseline, after: Baseline) -> Iterator[TestCase]:
    groups = assessment.groups
    numbers = _numbers_by_cell(groups)
    engines_before = {entry.name: {name for name, _ in entry.engines} for entry in before.entries}
    for entry in after.entries:
        alike: defaultdict[tuple[int, ...], list[str]] = defaultdict(list)
        for engine, _ in entry.engines:
            if engine in engines_before.get(entry.name, set()):
                alike[numbers.get((entry.name, engine), ())].append(engine)
        for changed, engines in alike.items():
            own = [_of_one(groups[number], entry.name) for number in changed]
            yield _case(_named(entry.name, engines), own, assessment)


def _numbers_by_cell(groups: Sequence[ChangeGroup]) -> dict[tuple[EntryName, str], tuple[int, ...]]:
    """(entry, engine) to the numbers of its groups."""
    numbers: dict[tuple[EntryName, str], tuple[int, ...]] = {}
    for number, group in enumerate(groups):
        for member in group.members:
            for engine in member.engines:
                cell = member.name, engine
                numbers[cell] = (*numbers.get(cell, ()), number)
    return numbers


def _of_one(group: ChangeGroup, name: EntryName) -> ChangeGroup:
    return replace(group, members=tuple(member for member in group.members if member.name == name))


def _case(case: TestCase, groups: Sequence[ChangeGroup], assessment: Assessment) -> TestCase:
    failing = [group for group in groups if assessment.fails(group)]
    case.result = [_failure(group, assessment) for group in failing]
    if rest := [group for group in groups if not assessment.fails(group)]:
        case.system_out = "\n\n".join(_text(block(group, assessment)) for group in rest)
    return case


def _named(name: EntryName, engines: Sequence[str] = ()) -> TestCase:
    file, _, scenario = name[0].rpartition("::")
    in_engines = f" {', '.join(engines)}" if engines else ""
    return _test_case(f"{scenario}[{name[1]}]{in_engines}", file)


def _test_case(name: str, file: str) -> TestCase:
    """A case without what XML does not have: no character reference stands for control characters.

    https://www.w3.org/TR/xml/#charsets
    """
    return TestCase(printable(name), classname=printable(file), time=0)


def _failure(group: ChangeGroup, assessment: Assessment) -> Failure:
    failure = Failure(headline(group), named(group.class_))
    failure.text = _text(block(group, assessment))
    return failure


def _open(assessment: Assessment) -> Iterator[TestCase]:
    for kind, words in OPEN.items():
        for name in getattr(assessment.comparison, kind):
            case = _named(name)
            failure = Failure(words, kind)
            failure.text = printable(assessment.acceptance.command((name,)))
            case.result = [failure]
            yield case


def _troubles(assessment: Assessment) -> Iterator[TestCase]:
    for trouble in assessment.troubles:
        file, _, cell = trouble.cell.partition("::")
        case = _test_case(cell or trouble.cell, file)
        case.result = [Error(printable(trouble.why), "no result")]
        yield case


def _text(lines: Iterator[Line]) -> str:
    return "\n".join(printable("".join(text for text, _ in line)) for line in lines)
