"""Node: YAML as text with line and column; scalars are never turned into anything else.

Read from the parser's events and not with PyYAML's composer: the composer recurses, so that a
deeply nested file ends the process, and it expands aliases.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from cors_harness.terms.source_span import SourceSpan
from cors_harness.text.problems import Problem, ProblemList, quote_it, shown
from cors_harness.text.yaml_errors import DEEP_HINT, explain

LOADER: type = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

# The deepest place that the tables know is 8 (steps, expect, readable, a list of values).
DEEPEST = 20
# A file of 1 MiB with ordinary scenarios has some 60 000.
MOST_NODES = 100_000

# https://yaml.org/spec/1.2.2/#10321-tag-resolution
NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A scalar; `plain` where it stands without quotes."""

    value: str
    plain: bool
    where: SourceSpan

    @property
    def is_null(self) -> bool:
        """Whether YAML calls it null: plain `null`, `~` or nothing at all."""
        return self.plain and self.value in NULLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list."""

    items: "tuple[Node, ...]"
    where: SourceSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """A mapping, in file order; every key once.

    Attributes:
        flawed: a pair had to be left out, which is reported already.
    """

    pairs: "tuple[tuple[Text, Node], ...]"
    where: SourceSpan
    flawed: bool = False

    def get(self, key: str) -> "Node | None":
        """The value of `key`; None when the mapping lacks it."""
        return next((value for name, value in self.pairs if name.value == key), None)


Node = Text | Items | Pairs


def kind_of(node: Node) -> str:
    """What a reader sees there: quoted text, `nothing`, `a list` or `a mapping`."""
    if isinstance(node, Text):
        return "nothing" if node.plain and not node.value else shown(node.value)
    return "a list" if isinstance(node, Items) else "a mapping"


def parse(text: str, report: ProblemList) -> Node | None:
    """The document in `text`; after a syntax error the list items before it.

    Never raises; None when nothing could be read. What is wrong goes to `report`.
    """
    reader = _Reader(report)
    try:
        for event in _events(text):
            reader.take(event)
    except _RefusedYaml as refused:
        report.add(refused.problem)
    except yaml.YAMLError as error:
        report.add(explain(error, text, report.file))
        # A line that is indented too little ends the item that it should belong to.
        reader.drop_last_item()
    return reader.result()


def _events(text: str) -> Iterator[yaml.Event]:
    events: Iterator[yaml.Event] = yaml.parse(text, Loader=LOADER)
    return events


class _RefusedYaml(Exception):  # noqa: N818 - control flow inside this module
    """YAML that is well formed and that no scenario file may use."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end was not read yet."""

    where: SourceSpan
    mapping: bool
    nodes: list[Node] = field(default_factory=list)


class _Reader:
    """Turns events into nodes without recursion."""

    def __init__(self, report: ProblemList) -> None:
        self._report = report
        self._open: list[_Open] = []
        self._root: Node | None = None
        self._documents = self._count = 0

    def drop_last_item(self) -> None:
        if self._open and not self._open[0].mapping:
            del self._open[0].nodes[-1:]

    def result(self) -> Node | None:
        if self._root is None and self._open and not self._open[0].mapping:
            first = self._open[0]
            return Items(items=tuple(first.nodes), where=first.where)
        return self._root

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._node_starts(event)
                plain = event.style in {None, ""}
                self._add(Text(value=event.value, plain=plain, where=self._at(event)))
            case yaml.CollectionStartEvent():
                self._node_starts(event)
                mapping = isinstance(event, yaml.MappingStartEvent)
                self._open.append(_Open(where=self._at(event), mapping=mapping))
            case yaml.CollectionEndEvent():
                self._add(self._closed(self._open.pop()))
            case yaml.AliasEvent():
                self._refuse_alias(event)
            case yaml.DocumentStartEvent():
                self._document_starts(event)
            case _:
                pass

    def _at(self, event: yaml.Event) -> SourceSpan:
        mark = event.start_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        return SourceSpan(file=self._report.file, line=line + 1, column=column + 1)

    def _add(self, node: Node) -> None:
        if self._open:
            self._open[-1].nodes.append(node)
        else:
            self._root = node

    def _node_starts(self, event: yaml.NodeEvent) -> None:
        self._count += 1
        if self._count > MOST_NODES:
            self._open.clear()
            found = f"more than {MOST_NODES} values"
            self._refuse(event, found, "at most that", "split the file, or use matrix:")
        if len(self._open) >= DEEPEST:
            found = f"lists and mappings {DEEPEST + 1} deep"
            self._refuse(event, found, f"at most {DEEPEST}", DEEP_HINT)
        if event.anchor is not None:
            self._refuse_anchor(event)
        if getattr(event, "tag", None) not in {None, "!"}:
            self._refuse_tag(event)

    def _refuse(self, event: yaml.Event, found: str, expected: str, hint: str) -> None:
        where = self._at(event)
        raise _RefusedYaml(
            Problem(where=where, key="YAML", found=found, expected=expected, hint=hint)
        )

    def _refuse_anchor(self, event: yaml.NodeEvent) -> None:
        self._refuse_reuse(event, "anchor", f"&{event.anchor}")

    def _refuse_alias(self, event: yaml.AliasEvent) -> None:
        self._refuse_reuse(event, "alias", f"*{event.anchor}")

    def _refuse_reuse(self, event: yaml.Event, word: str, text: str) -> None:
        hint = f"use matrix: to repeat a scenario; if text is meant, {quote_it(text)}"
        self._refuse(event, f"the {word} {shown(text)}", "no anchors and aliases", hint)

    def _refuse_tag(self, event: yaml.NodeEvent) -> None:
        tag = str(getattr(event, "tag", ""))
        self._refuse(
            event, f"the tag {shown(tag)}", "no tags", f"if text is meant, {quote_it(tag)}"
        )

    def _document_starts(self, event: yaml.Event) -> None:
        self._documents += 1
        if self._documents > 1:
            hint = "take the line --- away"
            self._refuse(event, "a second YAML document", "one document in a file", hint)

    def _closed(self, frame: _Open) -> Node:
        if not frame.mapping:
            return Items(items=tuple(frame.nodes), where=frame.where)
        keys, values = frame.nodes[::2], frame.nodes[1::2]
        pairs: dict[str, tuple[Text, Node]] = {}
        for key, value in zip(keys, values, strict=True):
            if self._is_new_key(key, pairs) and isinstance(key, Text):
                pairs[key.value] = (key, value)
        flawed = len(pairs) < len(keys)
        return Pairs(pairs=tuple(pairs.values()), where=frame.where, flawed=flawed)

    def _is_new_key(self, key: Node, pairs: dict[str, tuple[Text, Node]]) -> bool:
        if not isinstance(key, Text):
            self._problem(key, "key", kind_of(key), "text", "quote text that has brackets")
            return False
        if key.value not in pairs:
            return True
        first = pairs[key.value][0].where
        hint = f"the first one is in line {first.line}, column {first.column}"
        self._problem(key, key.value, "the key twice", "it once", hint)
        return False

    def _problem(self, node: Node, key: str, found: str, expected: str, hint: str) -> None:
        self._report.add(
            Problem(where=node.where, key=key, found=found, expected=expected, hint=hint)
        )
