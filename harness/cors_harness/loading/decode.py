"""Decoding by table: a mapping's keys are Fields, and every Field says how its value is read.

Nothing here raises on what a file says: problems go to the Report, and the value is WRONG.
The same tables give the JSON Schema, so that editor and loader agree.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Protocol

from cors_harness.text.problems import Problem, ProblemList, did_you_mean, nearest, one_of, shown
from cors_harness.text.yaml_nodes import Items, Node, Pairs, Text, kind_of

Schema = dict[str, object]
# In a scenario with `matrix:` any value may be an axis in braces.
AXIS: Schema = {"$ref": "#/$defs/axis"}
# Attribute names and decoded values on their way into a dataclass.
DecodedValues = dict[str, Any]


class Wrong(Enum):
    """Stands for a value that could not be read; its problem is reported already."""

    WRONG = "wrong"


WRONG = Wrong.WRONG


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value is read: its key, the link to its rule, and who collects the problems."""

    report: ProblemList
    key: str
    rule: str = ""

    def named(self, key: str, rule: str = "") -> "Slot":
        """The slot of another key, with that key's rule."""
        return replace(self, key=key, rule=rule)

    def wrong(self, node: Node, expected: str, hint: str = "", found: str = "") -> Wrong:
        """Report that `node` is not what was `expected`; gives WRONG."""
        found = found or kind_of(node)
        problem = Problem(
            where=node.where,
            key=self.key,
            found=found,
            expected=expected,
            hint=hint or _usual_hint(node),
            rule=self.rule,
        )
        self.report.add(problem)
        return WRONG


def _usual_hint(node: Node) -> str:
    """The fix where `{page}` without quotes was read as a mapping; else empty."""
    if isinstance(node, Pairs) and len(node.pairs) == 1:
        key, value = node.pairs[0]
        if isinstance(value, Text) and value.plain and not value.value:
            return f'quote it: "{{{key.value}}}"'
    return ""


class Kind(Protocol):
    """How one sort of value is read and described."""

    def read(self, node: Node, slot: Slot) -> object:
        """The value, or WRONG after reporting why."""

    def schema(self) -> Schema:
        """Its JSON Schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key of a mapping.

    Attributes:
        attribute: name in the dataclass; empty: the key itself.
        help: a sentence for editors and documentation.
        rule: link to the rule, shown with problems.
    """

    key: str
    kind: Kind
    help: str
    attribute: str = ""
    required: bool = False
    rule: str = ""

    def schema(self) -> Schema:
        """The JSON Schema of the value, with the help text."""
        help_text = f"{self.help}\n{self.rule}" if self.rule else self.help
        return {"description": help_text, **self.kind.schema()}


def accept(_values: DecodedValues, _node: Pairs, _slot: Slot) -> None:
    """The check of a record whose fields do not depend on one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A mapping with known keys that becomes one value.

    Attributes:
        name: its name in the JSON Schema.
        build: gets the attributes that are stated, all of them well read.
        check: reports what is wrong between the fields; WRONG may be among the values.
        placed: whether the value has an attribute `source`, its place in the file.
        also: further JSON Schema keywords.
    """

    name: str
    help: str
    fields: tuple[Field, ...]
    build: Callable[[DecodedValues], object]
    check: Callable[[DecodedValues, Pairs, Slot], None] = accept
    placed: bool = False
    also: tuple[tuple[str, object], ...] = ()

    def read(self, node: Node, slot: Slot) -> object:
        """What `build` makes of the fields; WRONG when anything in the mapping is wrong."""
        if not isinstance(node, Pairs):
            return slot.wrong(node, self._expected(), _mapping_hint(node))
        before = slot.report.count
        values = self._values(node, slot)
        self._report_missing(values, node, slot)
        self.check(values, node, slot)
        if node.flawed or slot.report.count > before:
            return WRONG
        return self.build({**values, "source": node.where} if self.placed else values)

    def schema(self) -> Schema:
        """A reference to the definition, or an axis."""
        return {"anyOf": [self.reference(), AXIS]}

    def reference(self) -> Schema:
        """A reference to the definition."""
        return {"$ref": f"#/$defs/{self.name}"}

    def definition(self) -> Schema:
        """The JSON Schema of the mapping."""
        required = [field.key for field in self.fields if field.required]
        return {
            "description": self.help,
            "type": "object",
            "properties": {field.key: field.schema() for field in self.fields},
            "additionalProperties": False,
            **({"required": required} if required else {}),
            **dict(self.also),
        }

    def _expected(self) -> str:
        return f"a mapping with keys such as {one_of([f.key for f in self.fields[:4]])}"

    def _values(self, node: Pairs, slot: Slot) -> DecodedValues:
        known = {field.key: field for field in self.fields}
        values: DecodedValues = {}
        for key, value in node.pairs:
            if slot.report.full:
                break
            if field := known.get(key.value):
                name = field.attribute or field.key
                values[name] = field.kind.read(value, slot.named(field.key, field.rule))
            elif meant := known.get(self._report_unknown(key, slot)):
                # Misspelt is not missing: one mistake, one problem.
                values.setdefault(meant.attribute or meant.key, WRONG)
        return values

    def _report_unknown(self, key: Text, slot: Slot) -> str:
        """Report `key`; gives the known key that it is most like, empty when there is none."""
        names = [field.key for field in self.fields]
        found = f"the unknown key {shown(key.value)}"
        slot.wrong(key, f"only {', '.join(names)}", did_you_mean(key.value, names), found)
        return nearest(key.value, names)

    def _report_missing(self, values: DecodedValues, node: Pairs, slot: Slot) -> None:
        for field in self.fields:
            if field.required and (field.attribute or field.key) not in values:
                here = slot.named(slot.key, field.rule)
                here.wrong(node, f"the key {field.key}", field.help, f"no {field.key}")


def _mapping_hint(node: Node) -> str:
    return "take the '- ' away" if isinstance(node, Items) else ""
