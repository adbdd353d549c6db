"""judge(): the Verdict on one cell, from what page, wire and engine told of its steps."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cors_harness.judge.caveats import caveat_of
from cors_harness.judge.failures import (
    BROKE_OFF,
    failure_text,
    is_of_the_engine,
    is_of_the_server,
)
from cors_harness.judge.held_back import held_back_cookies
from cors_harness.judge.mismatches import JudgedStep, compare
from cors_harness.judge.outcomes import has_broken_off, outcome_of
from cors_harness.judge.reasons import explain, says_why
from cors_harness.judge.wire_evidence import Surroundings
from cors_harness.model.cell import Cell
from cors_harness.model.exchange import Exchange
from cors_harness.model.expectation_rules import exemptions_of, expectation_for
from cors_harness.model.observation import (
    Observation,
    Rejected,
    StepMessages,
)
from cors_harness.model.scenario import (
    Expectation,
    ExpectationOverride,
    FetchContext,
    Outcome,
    Step,
)
from cors_harness.model.verdict import (
    Aspect,
    Caveat,
    Mismatch,
    MissingValue,
    Reason,
    Status,
    StepResult,
    Verdict,
)
from cors_harness.terms.reasons import ReasonCode


def known_sources(exemptions: Iterable[ExpectationOverride]) -> tuple[str, ...]:
    """The `known:` of each exemption that has one, without repeats, in file order."""
    return tuple(dict.fromkeys(entry.known for entry in exemptions if entry.known))


_TROUBLE = frozenset((Outcome.FAILED, Outcome.TIMEOUT, Outcome.CRASHED))
_NOTHING_ABOUT_CORS = "this says nothing about CORS"


@dataclass(frozen=True, slots=True, kw_only=True)
class _StepAsAsked:
    """One step that ran, beside what its scenario asks of it.

    Attributes:
        index: as in `Mismatch.step`.
        exemptions: those that hold.
        expect: what is expected with them.
    """

    step: Step
    index: int | None
    exemptions: tuple[ExpectationOverride, ...]
    expect: Expectation
    judged: JudgedStep

    def mismatches(self, spec: str, expect: Expectation | None = None) -> tuple[Mismatch, ...]:
        """The mismatches of the step; `expect`: with that in the place of its own."""
        return compare(expect or self.expect, self.judged, spec=spec, step=self.index)


def judge(
    cell: Cell,
    observations: tuple[Observation, ...],
    exchanges: tuple[Exchange, ...],
    messages: tuple[StepMessages, ...],
    missing: tuple[MissingValue, ...] = (),
) -> Verdict:
    """Whether the cell came out as its scenario says.

    Args:
        cell: its scenario's placeholders are filled in.
        observations: one for each step that ran, in order.
        exchanges: of all steps, in wire order.
        messages: one for each step; about steps beyond it nobody had anything to tell.
        missing: what the next step needed and no earlier one brought: the cell ended before it.
    """
    steps = tuple(_steps(cell, observations, exchanges, messages))
    spec, planned = cell.scenario.spec, len(cell.scenario.steps)
    mismatches = tuple(m for step in steps for m in step.mismatches(spec))
    known_differences = known_sources(entry for step in steps for entry in step.exemptions)
    is_caused = {m.step for m in mismatches} >= {m.value.step for m in missing}
    has_all = len(steps) == planned or bool(missing)
    is_trouble = any(map(_is_in_trouble, steps)) or not has_all or (bool(missing) and not is_caused)
    troubles = _troubles(steps, planned, missing)
    note = "; ".join((*troubles, *_without_values(missing, is_caused=is_caused)))
    status = _status(trouble=is_trouble, differs=bool(mismatches), known=bool(known_differences))
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
        caveats=tuple(_caveats(cell, steps)),
        held_back=held_back_cookies(cell, exchanges),
        missing=missing,
        no_result=any(map(_has_no_result, steps)) or not has_all,
    )


def _caveats(cell: Cell, steps: tuple[_StepAsAsked, ...]) -> Iterator[Caveat]:
    for number, step in enumerate(steps):
        if caveat := caveat_of(cell.scenario, step.expect, step.judged, number):
            yield caveat


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
        exemptions = exemptions_of(cell, step)
        yield _StepAsAsked(
            step=step,
            index=index if has_several else None,
            exemptions=exemptions,
            expect=expectation_for(step, exemptions),
            judged=_judged(cell, step, observation, wire, of_step),
        )


def _surroundings(cell: Cell, step: Step) -> Surroundings:
    page = cell.scenario.page
    is_sandboxed = page.place is FetchContext.SANDBOXED_FRAME
    return Surroundings(
        page=step.call.frame or (None if is_sandboxed else page.origin),
        target=dict(cell.scenario.origins).get(step.call.role),
        is_heard=page.place is not FetchContext.WORKER and says_why(cell.engine, step.call),
    )


def _judged(
    cell: Cell,
    step: Step,
    observation: Observation,
    exchanges: tuple[Exchange, ...],
    messages: StepMessages,
) -> JudgedStep:
    reason = None
    if isinstance(observation, Rejected):
        message = observation.error_message
        around = _surroundings(cell, step)
        reason = explain(cell.engine, step.call, exchanges, messages, message, around)
    outcome = outcome_of(observation, exchanges, reason)
    if outcome is Outcome.FAILED and has_broken_off(exchanges):
        console = reason.console if reason else ""
        reason = Reason(code=ReasonCode.NETWORK, detail=BROKE_OFF, console=console)
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
        step.mismatches(
            spec, expectation_for(step.step, [e for e in step.exemptions if not e.known])
        )
        for step in steps
    )


def _troubles(
    steps: tuple[_StepAsAsked, ...], planned: int, missing: tuple[MissingValue, ...]
) -> tuple[str, ...]:
    """What came of calls without a result, in words; nothing where all have one."""
    notes = [_trouble(step) for step in steps if _has_no_result(step)]
    is_short = len(steps) < planned and not missing
    if is_short:
        notes.append(f"{len(steps)} of {planned} steps ran")
    is_error = is_short or any(map(_is_in_trouble, steps))
    return (*notes, _NOTHING_ABOUT_CORS) if is_error else tuple(notes)


def _without_values(missing: tuple[MissingValue, ...], *, is_caused: bool) -> tuple[str, ...]:
    """Why a step did not run; `is_caused`: the steps that it needs are not as expected."""
    if not is_caused:
        return tuple(f"steps[{each.step}] {each.why}" for each in missing)
    return tuple(
        f"steps[{each.step}] did not run: it needs {each.value.words},"
        f" and steps[{each.value.step}] is not as expected"
        for each in missing
    )


def _has_no_result(step: _StepAsAsked) -> bool:
    outcome = step.judged.outcome
    is_expected = outcome in step.expect.outcome and not is_of_the_engine(step.judged)
    return outcome in _TROUBLE and not is_expected


def _is_in_trouble(step: _StepAsAsked) -> bool:
    """Whether a step without a result is an error, and not a mismatch.

    Where the scenario leaves all open that the server did, it stays an error: nothing was learnt.
    """
    is_mismatch = is_of_the_server(step.judged) and bool(step.mismatches(""))
    return _has_no_result(step) and not is_mismatch


def _trouble(step: _StepAsAsked) -> str:
    name = "" if step.index is None else f"steps[{step.index}]: "
    return name + failure_text(step.judged)
