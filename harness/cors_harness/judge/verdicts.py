"""judge(): the Verdict on one cell, from what page, wire and engine told of its steps."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cors_harness.judge.mismatches import JudgedStep, compare
from cors_harness.judge.outcomes import has_broken_off, outcome_of
from cors_harness.judge.reasons import explain
from cors_harness.model.cell import Cell
from cors_harness.model.exchange import Exchange, ResponsePart
from cors_harness.model.observation import (
    Crashed,
    Observation,
    Rejected,
    StepMessages,
    TimedOut,
)
from cors_harness.model.scenario import Expectation, ExpectationOverride, Outcome, Step
from cors_harness.model.verdict import Aspect, Mismatch, Reason, Status, StepResult, Verdict
from cors_harness.terms.reasons import ReasonCode
from cors_harness.terms.role import ELSEWHERE

_NOTHING = Expectation()


def exemptions_of(cell: Cell, step: Step) -> tuple[ExpectationOverride, ...]:
    """The step's exemptions that hold for this cell, in file order."""
    names = (cell.server, cell.acts_as)
    return tuple(entry for entry in step.exemptions if entry.covers(names, cell.engine))


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
    return tuple(dict.fromkeys(entry.known for entry in exemptions if entry.known))


_TROUBLE = frozenset((Outcome.FAILED, Outcome.TIMEOUT, Outcome.CRASHED))
_NOTHING_ABOUT_CORS = "this says nothing about CORS"
_BROKE_OFF = "the response broke off"


@dataclass(frozen=True, slots=True, kw_only=True)
class _StepAsAsked:
    """One step that ran, beside what its scenario asks of it.

    Attributes:
        index: as in `Mismatch.step`.
    """

    step: Step
    index: int | None
    exemptions: tuple[ExpectationOverride, ...]
    judged: JudgedStep

    def mismatches(
        self, spec: str, exemptions: tuple[ExpectationOverride, ...]
    ) -> tuple[Mismatch, ...]:
        """The mismatches of the step against `expect` with just these exemptions."""
        expect = expectation_for(self.step, exemptions)
        return compare(expect, self.judged, spec=spec, step=self.index)


def judge(
    cell: Cell,
    observations: tuple[Observation, ...],
    exchanges: tuple[Exchange, ...],
    messages: tuple[StepMessages, ...],
) -> Verdict:
    """Whether the cell came out as its scenario says.

    Args:
        cell: its scenario's placeholders are filled in.
        observations: one for each step that ran, in order.
        exchanges: of all steps, in wire order.
        messages: one for each step; about steps beyond it nobody had anything to tell.
    """
    steps = tuple(_steps(cell, observations, exchanges, messages))
    spec, planned = cell.scenario.spec, len(cell.scenario.steps)
    mismatches = tuple(m for step in steps for m in step.mismatches(spec, step.exemptions))
    known_differences = known_sources(entry for step in steps for entry in step.exemptions)
    note = _trouble_note(steps, planned)
    has_trouble = any(map(_is_in_trouble, steps)) or len(steps) < planned
    status = _status(trouble=has_trouble, differs=bool(mismatches), known=bool(known_differences))
    if status is Status.UNEXPECTED and known_differences and _is_as_the_standard_says(steps, spec):
        sources = ", ".join(known_differences)
        note = f"the known difference is gone: remove the except entry ({sources})"
    if len(steps) < planned:
        mismatches += (
            Mismatch(aspect=Aspect.STEPS, expected=planned, found=len(steps), spec=spec),
        )
    return Verdict(
        status=status,
        mismatches=mismatches,
        steps=tuple(StepResult(outcome=s.judged.outcome, reason=s.judged.reason) for s in steps),
        known=", ".join(known_differences) if status is Status.KNOWN_DIFFERENCE else None,
        note=note,
        no_result=any(map(_has_no_result, steps)) or len(steps) < planned,
    )


def _status(*, trouble: bool, differs: bool, known: bool) -> Status:
    if trouble:
        return Status.ERROR
    if differs:
        return Status.UNEXPECTED
    return Status.KNOWN_DIFFERENCE if known else Status.AS_EXPECTED


def _steps(
    cell: Cell,
    observations: tuple[Observation, ...],
    exchanges: tuple[Exchange, ...],
    messages: tuple[StepMessages, ...],
) -> Iterator[_StepAsAsked]:
    has_several = len(cell.scenario.steps) > 1
    pairs = zip(cell.scenario.steps, observations, strict=False)
    for index, (step, observation) in enumerate(pairs):
        wire = tuple(exchange for exchange in exchanges if exchange.step == index)
        of_step = messages[index] if index < len(messages) else StepMessages()
        yield _StepAsAsked(
            step=step,
            index=index if has_several else None,
            exemptions=exemptions_of(cell, step),
            judged=_judged(cell.engine, step, observation, wire, of_step),
        )


def _judged(
    engine: str,
    step: Step,
    observation: Observation,
    exchanges: tuple[Exchange, ...],
    messages: StepMessages,
) -> JudgedStep:
    reason = None
    if isinstance(observation, Rejected):
        reason = explain(engine, step.call, exchanges, messages, observation.error_message)
    outcome = outcome_of(observation, exchanges, reason)
    if outcome is Outcome.FAILED and has_broken_off(exchanges):
        console = reason.console if reason else ""
        reason = Reason(code=ReasonCode.NETWORK, detail=_BROKE_OFF, console=console)
    return JudgedStep(
        outcome=outcome,
        reason=reason,
        observation=observation,
        exchanges=exchanges,
        cookies_of_others=messages.cookies_of_others,
    )


def _is_as_the_standard_says(steps: tuple[_StepAsAsked, ...], spec: str) -> bool:
    """Whether all would be as expected, were it not for the known differences."""
    return not any(
        step.mismatches(spec, tuple(entry for entry in step.exemptions if not entry.known))
        for step in steps
    )


def _trouble_note(steps: tuple[_StepAsAsked, ...], planned: int) -> str:
    """What failed outside CORS, in words; empty where nothing did."""
    notes = [_trouble(step) for step in steps if _has_no_result(step)]
    if len(steps) < planned:
        notes.append(f"{len(steps)} of {planned} steps ran")
    elif not any(map(_is_in_trouble, steps)):
        return "; ".join(notes)
    return "; ".join((*notes, _NOTHING_ABOUT_CORS))


def _has_no_result(step: _StepAsAsked) -> bool:
    expect = expectation_for(step.step, step.exemptions)
    return step.judged.outcome in _TROUBLE and step.judged.outcome is not expect.outcome


def _is_in_trouble(step: _StepAsAsked) -> bool:
    """Whether a step without a result is an error, and not a mismatch.

    A mismatch is what the wire shows that the server did: it has kept the call waiting until its
    deadline, or broken its response off. Where the scenario leaves all that open, it stays an
    error: nothing was learnt.
    """
    is_mismatch = _is_of_the_server(step.judged) and bool(step.mismatches("", step.exemptions))
    return _has_no_result(step) and not is_mismatch


def _is_of_the_server(judged: JudgedStep) -> bool:
    """Whether the wire shows that it is the server which has not answered, or not to the end.

    A connection that ends without a byte of an answer shows nothing: a server that is well closes
    the one that it has kept for long, too.
    """
    if isinstance(judged.observation, TimedOut):
        waits = bool(judged.exchanges) and not judged.exchanges[-1].complete
        return judged.observation.by_deadline and waits
    return judged.outcome is Outcome.FAILED and has_broken_off(judged.exchanges)


def _trouble(step: _StepAsAsked) -> str:
    name = "" if step.index is None else f"steps[{step.index}]: "
    return name + _failure(step.judged)


def _failure(judged: JudgedStep) -> str:
    match judged.observation:
        case Crashed(detail=detail):
            return f"the engine crashed: {detail}"
        case TimedOut(after_ms=after_ms, detail=detail, by_deadline=by_deadline):
            wire = f", and {_waited_for(judged.exchanges)}" if by_deadline else ""
            return f"no result after {after_ms:.0f} ms" + (f": {detail}" if detail else "") + wire
        case _ if has_broken_off(judged.exchanges):
            return f"{_BROKE_OFF}, and {_last_on_wire(judged.exchanges)}"
        case Rejected(error_message=message):
            return f"fetch() rejected ({message}), and {_last_on_wire(judged.exchanges)}"
        case _:
            return f"{_BROKE_OFF}, and {_last_on_wire(judged.exchanges)}"


def _waited_for(exchanges: tuple[Exchange, ...]) -> str:
    """What the server had sent of a response when the deadline passed."""
    if not exchanges or exchanges[-1].status is None or exchanges[-1].complete:
        return _last_on_wire(exchanges)
    last = exchanges[-1]
    part = f"{last.body_bytes} bytes of a body without an end" if last.body_bytes else "no body"
    return f"{last.method} {last.target} got {last.status} and {part}"


def _last_on_wire(exchanges: tuple[Exchange, ...]) -> str:
    if not exchanges:
        return "nothing reached a server"
    last = exchanges[-1]
    request = f"{last.method} {last.target}"
    if last.role == ELSEWHERE:
        return f"{last.method} {last.origin} got no response, as no scenario names that origin"
    if last.status is None:
        return f"{request} got " + ("what is no HTTP" if last.body else "no response")
    if last.broke_off is ResponsePart.HEAD:
        return f"{request} got half a head"
    return f"{request} got {last.status}" + ("" if last.complete else ", cut off")
