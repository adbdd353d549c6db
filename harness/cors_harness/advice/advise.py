"""advise(): the Advice for one finished cell that was meant to be allowed and was not."""

from collections.abc import Iterable

from cors_harness.advice.blocked import Blocked, blocked_calls
from cors_harness.advice.diagnosis import diagnose, fix_target
from cors_harness.advice.links import link_of
from cors_harness.advice.recipes import recipe_of
from cors_harness.advice.sentences import sentence_of
from cors_harness.model.advice import Advice, FixTarget, Mistake
from cors_harness.model.cell import CellRecord


def advise(
    record: CellRecord, made_of: Iterable[str] = (), *, step: int | None = None
) -> Advice | None:
    """The advice for the first call of the cell that needs one.

    None where the cell came out as its scenario says, where the call was meant to be blocked, and
    where what is known fits no mistake.

    Args:
        record: the cell with its verdict.
        made_of: names of the distributions and programs that the server is made of, such as
            `fastapi` and `nginx`; without them the lines are headers, for any server.
        step: index of the one step to look at; it counts as meant to be allowed, whatever the
            scenario says. For callers that compare with a baseline in which it was allowed.
    """
    if not record.verdict.mismatches and step is None:
        return None
    names = frozenset(made_of)
    for blocked in blocked_calls(record, names, only=step):
        mistake = diagnose(blocked)
        if mistake is not None:
            return _advice(mistake, blocked)
    return None


def _advice(mistake: Mistake, blocked: Blocked) -> Advice:
    target = fix_target(blocked)
    recipe = recipe_of(mistake, target, blocked)
    if not recipe.lines or mistake is Mistake.REDIRECTED_AWAY:
        target = FixTarget.ANY
    link, link_is = link_of(mistake, target)
    return Advice(
        mistake=mistake,
        wrong=sentence_of(mistake, blocked),
        where=target,
        place=recipe.place,
        lines=recipe.lines,
        link=link,
        link_is=link_is,
    )
