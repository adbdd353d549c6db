"""judge(): the verdict on one cell from what page, wire and engine said of its steps."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cors_harness.judge.mismatches import JudgedStep, compare
from cors_harness.judge.outcomes import outcome_of
from cors_harness.judge.reasons import explain
from cors_harness.model.cell import Cell
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Crashed, Observation, Rejected, TimedOut
from cors_harness.model.scenario import Expectation, ExpectationOverride, Outcome, Step
from cors_harness.model.verdict import Mismatch, Status, StepResult, Verdict

_NOTHING = Expectation()


def exemptions_of(cell: Cell, step: Step) -> tuple[ExpectationOverride, ...]:
    """The step's exemptions that hold for this cell, in file order."""
    names = (cell.server, cell.acts_as)
    return tuple(e for e in step.exemptions if e.covers(names, cell.engine))


# What page code can only see of the outcome that the field was written for.
_OF_OUTCOME = ("status", "response_type", "redirected", "url", "body", "readable", "reason")


def expectation_for(step: Step, exemptions: Iterable[ExpectationOverride]) -> Expectation:
    """`expect` with the named fields of every exemption put over it; later ones win.

    An exemption with another outcome starts afresh on what the page sees: a blocked fetch has no
    status to compare. What is on the wire stays expected.
    """
    expect = step.expect
    for exemption in exemptions:
        values = {name: getattr(exemption.expect, name) for name in exemption.overrides}
        if values.get("outcome", expect.outcome) != expect.outcome:
            expect = replace(expect, **{name: getattr(_NOTHING, name) for name in _OF_OUTCOME})
        expect = replace(expect, **values)
    return expect


def known_sources(exemptions: Iterable[ExpectationOverride]) -> tuple[str, ...]:
    """The `known:` of each exemption that has one, without repeats, in file order."""
    return tuple(dict.fromkeys(e.known for e in exemptions if e.known))


_TROUBLE = frozenset((Outcome.FAILED, Outcome.TIMEOUT, Outcome.CRASHED))
_NOTHING_ABOUT_CORS = "this says nothing about CORS"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """One step that ran, beside what was asked of it."""

    step: Step
    prefix: str
    exemptions: tuple[ExpectationOverride, ...]
    facts: JudgedStep

    def mismatches(
        self, spec: str, exemptions: tuple[ExpectationOverride, ...]
    ) -> tuple[Mismatch, ...]:
        """Against `expect` with just these exemptions."""
        expect = expectation_for(self.step, exemptions)
        return compare(expect, self.facts, spec=spec, prefix=self.prefix)


def judge(
    cell: Cell,
    observations: tuple[Observation, ...],
    exchanges: tuple[Exchange, ...],
    words: tuple[tuple[str, ...], ...],
) -> Verdict:
    """Whether the cell came out as its scenario says.

    Args:
        cell: its scenario's placeholders are filled in.
        observations: one for each step that ran, in order.
        exchanges: of all steps, in wire order.
        words: the engine's own lines, and the gate's where it refused something (see
            `reasons.explain`), one tuple for each step; steps beyond it said nothing.
    """
    judged = tuple(_judged(cell, observations, exchanges, words))
    spec = cell.scenario.spec
    mismatches = tuple(m for j in judged for m in j.mismatches(spec, j.exemptions))
    missing = _missing(cell, len(judged))
    known = known_sources(e for j in judged for e in j.exemptions)
    note = _trouble_note(judged, missing)
    status = _status(trouble=bool(note), differs=bool(mismatches), known=bool(known))
    if status is Status.UNEXPECTED and known and _as_the_standard_says(judged, spec):
        note = f"the known difference is gone: remove the except entry ({', '.join(known)})"
    return Verdict(
        status=status,
        mismatches=mismatches + missing,
        steps=tuple(StepResult(outcome=j.facts.outcome, reason=j.facts.reason) for j in judged),
        known=", ".join(known) if status is Status.KNOWN_DIFFERENCE else None,
        note=note,
    )


def _status(*, trouble: bool, differs: bool, known: bool) -> Status:
    if trouble:
        return Status.ERROR
    if differs:
        return Status.UNEXPECTED
    return Status.KNOWN_DIFFERENCE if known else Status.AS_EXPECTED


def _judged(
    cell: Cell,
    observations: tuple[Observation, ...],
    exchanges: tuple[Exchange, ...],
    words: tuple[tuple[str, ...], ...],
) -> Iterator[_Judged]:
    several = len(cell.scenario.steps) > 1
    for index, (step, seen) in enumerate(zip(cell.scenario.steps, observations, strict=False)):
        wire = tuple(e for e in exchanges if e.step == index)
        lines = words[index] if index < len(words) else ()
        yield _Judged(
            step=step,
            prefix=f"steps[{index}]." if several else "",
            exemptions=exemptions_of(cell, step),
            facts=_facts(cell, step, seen, wire, lines),
        )


def _facts(
    cell: Cell, step: Step, seen: Observation, wire: tuple[Exchange, ...], lines: tuple[str, ...]
) -> JudgedStep:
    reason = None
    if isinstance(seen, Rejected):
        reason = explain(cell.engine, step.call, wire, lines, seen.error_message)
    outcome = outcome_of(seen, wire, reason)
    return JudgedStep(outcome=outcome, reason=reason, observation=seen, exchanges=wire)


def _as_the_standard_says(judged: tuple[_Judged, ...], spec: str) -> bool:
    """Whether all would be as expected, were it not for the known differences."""
    return not any(
        j.mismatches(spec, tuple(e for e in j.exemptions if not e.known)) for j in judged
    )


def _missing(cell: Cell, ran: int) -> tuple[Mismatch, ...]:
    steps = len(cell.scenario.steps)
    if ran >= steps:
        return ()
    expected, found = f"{steps} ran", f"{ran} ran"
    return (Mismatch(field="steps", expected=expected, found=found, spec=cell.scenario.spec),)


def _trouble_note(judged: tuple[_Judged, ...], missing: tuple[Mismatch, ...]) -> str:
    """What failed outside CORS, in words; empty where nothing did."""
    notes = [j.prefix.replace(".", ": ") + _trouble(j.facts) for j in judged if _in_trouble(j)]
    notes += [
        f"{m.found.removesuffix(' ran')} of {m.expected.removesuffix(' ran')} steps ran"
        for m in missing
    ]
    return "; ".join((*notes, _NOTHING_ABOUT_CORS)) if notes else ""


def _in_trouble(judged: _Judged) -> bool:
    expect = expectation_for(judged.step, judged.exemptions)
    return judged.facts.outcome in _TROUBLE and judged.facts.outcome is not expect.outcome


def _trouble(facts: JudgedStep) -> str:
    match facts.observation:
        case Crashed(detail=detail):
            return f"the engine crashed: {detail}"
        case TimedOut(after_ms=after_ms, detail=detail):
            return f"no result after {after_ms:.0f} ms" + (f": {detail}" if detail else "")
        case Rejected(error_message=message):
            return f"fetch() rejected ({message}), and {_last_on_wire(facts.exchanges)}"
        case _:
            return f"the response broke off, and {_last_on_wire(facts.exchanges)}"


def _last_on_wire(exchanges: tuple[Exchange, ...]) -> str:
    if not exchanges:
        return "nothing reached a server"
    last = exchanges[-1]
    request = f"{last.method} {last.target}"
    if last.status is None:
        return f"{request} got " + ("what is no HTTP" if last.body else "no response")
    return f"{request} got {last.status}" + ("" if last.complete else ", cut off")
