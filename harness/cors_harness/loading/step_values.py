"""check_step_values(): whether what steps use of earlier ones is well written, and can be there."""

from collections.abc import Iterator

from cors_harness.loading.decode import Slot
from cors_harness.terms.step_value import (
    FORMS,
    MEANT_AS_STEP_VALUE,
    StepSource,
    StepValue,
    step_values_in,
)
from cors_harness.text.problems import one_of, shown
from cors_harness.text.yaml_nodes import Items, Node, Pairs, Text

PROSE = frozenset(("id", "title", "spec", "note", "known"))  # is read by people and sent nowhere
CALLING = ("request", "expect", "except")
COUNTED = "steps are counted from 0, as in steps[0]"
# https://fetch.spec.whatwg.org/#forbidden-response-header-name
NEVER_READABLE = frozenset(("set-cookie", "set-cookie2"))


def check_step_values(scenario: Pairs, slot: Slot) -> None:
    """Reports step values that are misspelt, of no earlier step, or where none can be known."""
    for key, value in scenario.pairs:
        if key.value == "steps" and isinstance(value, Items):
            for index, step in enumerate(value.items):
                for name, text in _texts(step, "steps"):
                    _check(text, index, slot.named(name))
        else:
            hint = (
                "put it into an entry of steps, behind the step that brings it"
                if key.value in CALLING
                else "it is known only when a step has brought it: use it in a step"
            )
            for name, text in _texts(value, key.value):
                _refuse(text, hint, slot.named(name))


def _texts(node: Node, key: str) -> Iterator[tuple[str, Text]]:
    """Every text at any depth, with the key that it stands under."""
    match node:
        case Text():
            if key not in PROSE:
                yield key, node
        case Items(items=items):
            for item in items:
                yield from _texts(item, key)
        case Pairs(pairs=pairs):
            for name, value in pairs:
                yield from _texts(value, name.value)


def _refuse(text: Text, hint: str, slot: Slot) -> None:
    for match in MEANT_AS_STEP_VALUE.finditer(text.value):
        slot.wrong(text, "no value of a step here", hint, f"the placeholder {shown(match[0])}")


def _check(text: Text, index: int, slot: Slot) -> None:
    for match in MEANT_AS_STEP_VALUE.finditer(text.value):
        found = f"the placeholder {shown(match[0])}"
        value = next(step_values_in(match[0]), None)
        if value is None:
            slot.wrong(text, one_of(FORMS), COUNTED, found)
        elif value.step >= index:
            _report_not_earlier(text, index, slot, found)
        elif _is_never_readable(value):
            hint = "page code cannot read that header; a cookie's value is taken from the wire"
            slot.wrong(text, f"{{steps.{value.step}.cookie.NAME}}", hint, found)


def _report_not_earlier(text: Text, index: int, slot: Slot, found: str) -> None:
    earlier = [f"steps.{number}" for number in range(index)]
    expected = f"an earlier step: {one_of(earlier)}" if earlier else "no value of a step"
    hint = COUNTED if earlier else f"no step is before this one; {COUNTED}"
    slot.wrong(text, expected, hint, f"{found} in steps[{index}]")


def _is_never_readable(value: StepValue) -> bool:
    return value.source is StepSource.HEADER and value.name.lower() in NEVER_READABLE
