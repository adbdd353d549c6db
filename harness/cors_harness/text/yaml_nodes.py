"""Node: YAML as text with line and column; scalars are never turned into anything else.

Read from the parser's events and not with PyYAML's composer: the composer recurses, so that a
deeply nested file ends the process, and it expands aliases.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NoReturn, cast

import yaml

from cors_harness.terms.source_span import SourceSpan
from cors_harness.text.problems import Problem, ProblemList, quote_it, shown

# Characters with a meaning of their own where a plain (unquoted) text would start.
UNQUOTED = re.compile(r"(?:^|[\s\[{,])([*&!%@`][^\s,\]}]*|\{[A-Za-z_]+\}[^\s,\]}]+)")

COLON_HINT = 'quote text that contains ": ", or correct the indentation of this line'
INDENT_HINT = "indent it like the lines of the list item that it belongs to"
KEY_HINT = "correct the indentation, or look above for a quote that is not closed"
VALUE_HINT = "close every { and [ and give every key a value"
DEEP_HINT = "put text that has brackets in quotes"
TAB_HINT = "YAML is indented with spaces: replace the tab by spaces"
SENTENCES = (
    ("nesting depth", "lists and mappings inside one another without end", DEEP_HINT),
    ("mapping values are not allowed", "a second ': ' or a wrong indentation", COLON_HINT),
    ("tab character", "a tab", TAB_HINT),
    ("unexpected end of stream", "a quote that is never closed", "close the quote"),
    ("unknown escape character", "an unknown escape", r"write \\ for \, or use single quotes"),
    ("or '}'", "a { that is never closed, or a comma missing", "close it with }"),
    ("'-' indicator", "a line that is not indented like the list", INDENT_HINT),
    ("<block mapping start>", "a line that is not indented like the list", INDENT_HINT),
    ("node content", "nothing where a value should be", VALUE_HINT),
    ("expected key", "text where a key should be", KEY_HINT),
    ("<block end>", "text where a key should be", KEY_HINT),
    ("or ']'", "a [ that is never closed, or a comma missing", "close it with ]"),
)


def explain(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """The problem that `error` is, with its place and how to fix it."""
    mark = _mark_of(error)
    if mark is None:
        where = SourceSpan(file=file, line=0)
        found = str(getattr(error, "reason", error))
        return Problem(where=where, key="YAML", found=found, expected="a YAML file")
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    column, found, hint = _words(str(getattr(error, "problem", "")), line, mark.column)
    where = SourceSpan(file=file, line=mark.line + 1, column=column + 1)
    return Problem(where=where, key="YAML", found=found, expected="valid YAML", hint=hint)


def _mark_of(error: yaml.YAMLError) -> yaml.Mark | None:
    """Where a reader should look: for a quote never closed where it was opened."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return None
    unclosed = "unexpected end of stream" in str(error.problem)
    return error.context_mark if unclosed else error.problem_mark


def _words(parser_message: str, line: str, column: int) -> tuple[int, str, str]:
    """The column to show, what is there, and how to fix it."""
    if line[column : column + 1] == "\t":
        return column, "a tab", TAB_HINT
    for match in UNQUOTED.finditer(line):
        # The parser stumbles at the first character, or just behind a `{page}`.
        if match.start(1) - 1 <= column <= match.end(1) + 1:
            text = match.group(1)
            return match.start(1), f"{shown(text)} without quotes", quote_it(text)
    for part, found, hint in SENTENCES:
        if part in parser_message:
            return column, found, hint
    hint = "correct the indentation, or quote text that has one of : # { [ * & ! % @ ` in it"
    return column, f"a syntax error ({parser_message or 'no details'})", hint


LOADER: type = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

# https://yaml.org/spec/1.2.2/#10321-tag-resolution
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
NO_TAG = frozenset({None, "!"})
START = yaml.Mark("", 0, 0, 0, None, 0)  # of an event without a mark, which no parser gives


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlRules:
    """How much of YAML a kind of file may use.

    Attributes:
        deepest: how deep lists and mappings may be inside one another.
        most_nodes: how many values, lists and mappings there may be.
        expected: the one thing to expect instead of what is refused; empty: what to write instead
            is said for each.
        repeat_hint: how to correct a key that is there twice; empty: where the first one is.
    """

    deepest: int
    most_nodes: int = sys.maxsize
    expected: str = ""
    repeat_hint: str = ""


# The deepest place that the tables of scenario files know is 8 (steps, expect, readable, a list of
# values). A file of 1 MiB with ordinary scenarios has some 60 000 nodes.
SCENARIO_RULES = YamlRules(deepest=20, most_nodes=100_000)


@dataclass(slots=True)
class _Placed:
    """What every node knows: where it begins, lines and columns counted from 1.

    Nodes are not frozen, and have no SourceSpan of their own: a baseline has more than a hundred
    thousand of them, which would take twice as long to make.
    """

    file: str
    line: int
    column: int

    @property
    def where(self) -> SourceSpan:
        """The place in the file."""
        return SourceSpan(file=self.file, line=self.line, column=self.column)


@dataclass(slots=True)
class Text(_Placed):
    """A scalar; `plain` where it stands without quotes."""

    value: str
    plain: bool

    @property
    def is_null(self) -> bool:
        """Whether YAML calls it null: plain `null`, `~` or nothing at all."""
        return self.plain and self.value in NULLS


@dataclass(slots=True)
class Items(_Placed):
    """A list."""

    items: "list[Node]" = field(default_factory=list)


@dataclass(slots=True)
class Pairs(_Placed):
    """A mapping, in file order; every key once.

    Attributes:
        nodes: keys, which are Texts, and values in turn; a list of pairs would be an object more
            for each of them, which the garbage collector looks at again and again.
        flawed: a pair had to be left out, which is reported already.
    """

    nodes: "list[Node]" = field(default_factory=list)
    flawed: bool = False

    @property
    def pairs(self) -> "list[tuple[Text, Node]]":
        """(key, value), in file order."""
        keys = cast("list[Text]", self.nodes[::2])
        return list(zip(keys, self.nodes[1::2], strict=True))

    def with_pairs(self, pairs: "Iterable[tuple[Text, Node]]") -> "Pairs":
        """The same mapping with other pairs."""
        return replace(self, nodes=[node for pair in pairs for node in pair])

    def as_dict(self) -> "dict[str, Node]":
        """Text of the key to value, for a mapping that is asked for many keys."""
        return {key.value: value for key, value in self.pairs}

    def get(self, key: str) -> "Node | None":
        """The value of `key`; None when the mapping lacks it."""
        return next((value for name, value in self.pairs if name.value == key), None)


Node = Text | Items | Pairs


def kind_of(node: Node) -> str:
    """What a reader sees there: quoted text, `nothing`, `a list` or `a mapping`."""
    if isinstance(node, Text):
        return "nothing" if node.plain and not node.value else shown(node.value)
    return "a list" if isinstance(node, Items) else "a mapping"


def parse(text: str, report: ProblemList, rules: YamlRules = SCENARIO_RULES) -> Node | None:
    """The document in `text`; after a syntax error the list items before it.

    Never raises; None when nothing could be read. What is wrong goes to `report`.
    """
    reader = _Reader(report, rules)
    try:
        reader.read(yaml.parse(text, Loader=LOADER))
    except _RefusedYaml as refused:
        report.add(refused.problem)
    except yaml.YAMLError as error:
        report.add(explain(error, text, report.file))
        # A line that is indented too little ends the item that it should belong to.
        return reader.result(dropped=1)
    return reader.result()


class _RefusedYaml(Exception):  # noqa: N818 - control flow inside this module
    """YAML that is well formed and that the rules of the file do not allow."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def _content(node: Items | Pairs) -> list[Node]:
    return node.items if isinstance(node, Items) else node.nodes


class _Reader:
    """Turns events into nodes, without recursion."""

    def __init__(self, report: ProblemList, rules: YamlRules) -> None:
        self._report, self._rules = report, rules
        self._document = Items(report.file, 1, 1)  # of one item
        # Lists and mappings whose end was not read yet. Each is in the one before it already: the
        # garbage collector takes ten times as long when what holds nodes is made after them.
        self._open: list[Items | Pairs] = [self._document]

    def result(self, dropped: int = 0) -> Node | None:
        """The document; of an unfinished list the whole items, without the last `dropped`."""
        root = self._document.items[0] if self._document.items else None
        if len(self._open) == 1:
            return root
        if not isinstance(root, Items):
            return None
        unfinished = 1 if len(self._open) > 2 else 0
        whole = max(len(root.items) - unfinished - dropped, 0)
        return replace(root, items=root.items[:whole])

    def read(self, events: Iterator[yaml.Event]) -> None:
        """Reads every event; the innermost open list or mapping gets the nodes.

        One loop without calls of our own for scalars: `check` and `diff` of a large baseline spend
        most of their time here.
        """
        file, nodes, left = self._report.file, self._document.items, self._rules.most_nodes
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                mark = event.start_mark or START
                left -= 1
                if left < 0 or event.anchor is not None:
                    self._refuse_node(event, left)
                if isinstance(event, yaml.ScalarEvent):
                    if event.tag not in NO_TAG:
                        self._refuse_tag(event, event.tag)
                    line, column = mark.line + 1, mark.column + 1
                    nodes.append(Text(file, line, column, event.value, not event.style))
                elif isinstance(event, yaml.CollectionStartEvent):
                    nodes = self._begin(event, nodes, mark.line + 1, mark.column + 1)
            elif isinstance(event, yaml.CollectionEndEvent):
                nodes = self._end()
            elif isinstance(event, yaml.DocumentStartEvent) and self._document.items:
                hint = "take the line --- away"
                self._refuse(event, "a second YAML document", "one document in a file", hint)

    def _begin(
        self, event: yaml.CollectionStartEvent, nodes: list[Node], line: int, column: int
    ) -> list[Node]:
        """Puts a list or mapping at the end of `nodes`; gives the list that its nodes go to."""
        deepest = self._rules.deepest
        if len(self._open) > deepest:
            found = f"lists and mappings {deepest + 1} deep"
            self._refuse(event, found, f"at most {deepest}", DEEP_HINT)
        if event.tag not in NO_TAG:
            self._refuse_tag(event, event.tag)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        node = (Pairs if is_mapping else Items)(self._report.file, line, column)
        nodes.append(node)
        self._open.append(node)
        return _content(node)

    def _end(self) -> list[Node]:
        """Closes the innermost list or mapping; gives the list that further nodes go to."""
        node = self._open.pop()
        if isinstance(node, Pairs):
            keys = node.nodes[::2]
            if len({key.value for key in keys if isinstance(key, Text)}) < len(keys):
                self._correct(node)
        return _content(self._open[-1])

    def _correct(self, mapping: Pairs) -> None:
        """Leaves the pairs out whose key is no text, or there before."""
        first: dict[str, Text] = {}
        good: list[tuple[Text, Node]] = []
        for key, value in zip(mapping.nodes[::2], mapping.nodes[1::2], strict=True):
            if not isinstance(key, Text):
                self._problem(key, "key", kind_of(key), "text", "quote text that has brackets")
            elif first.setdefault(key.value, key) is key:
                good.append((key, value))
            else:
                self._report_repeat(key, first[key.value])
        mapping.nodes[:] = mapping.with_pairs(good).nodes
        mapping.flawed = True

    def _report_repeat(self, key: Text, first: Text) -> None:
        hint = f"the first one is in line {first.line}, column {first.column}"
        hint = self._rules.repeat_hint or hint
        self._problem(key, key.value, "the key twice", "it once", hint)

    def _problem(self, node: Node, key: str, found: str, expected: str, hint: str) -> None:
        self._report.add(
            Problem(where=node.where, key=key, found=found, expected=expected, hint=hint)
        )

    def _refuse_node(self, event: yaml.NodeEvent, left: int) -> NoReturn:
        if left < 0:
            self._document.items.clear()
            del self._open[1:]
            found = f"more than {self._rules.most_nodes} values"
            self._refuse(event, found, "at most that", "split the file, or use matrix:")
        is_alias = isinstance(event, yaml.AliasEvent)
        word, text = ("alias", f"*{event.anchor}") if is_alias else ("anchor", f"&{event.anchor}")
        hint = f"use matrix: to repeat a scenario; if text is meant, {quote_it(text)}"
        self._refuse(event, f"the {word} {shown(text)}", "no anchors and aliases", hint)

    def _refuse_tag(self, event: yaml.Event, tag: str | None) -> NoReturn:
        text = str(tag)
        hint = f"if text is meant, {quote_it(text)}"
        self._refuse(event, f"the tag {shown(text)}", "no tags", hint)

    def _refuse(self, event: yaml.Event, found: str, expected: str, hint: str) -> NoReturn:
        mark = event.start_mark or START
        where = SourceSpan(file=self._report.file, line=mark.line + 1, column=mark.column + 1)
        if self._rules.expected:
            expected, hint = self._rules.expected, ""
        raise _RefusedYaml(
            Problem(where=where, key="YAML", found=found, expected=expected, hint=hint)
        )
