"""Nodes: YAML as text with line numbers, read fast enough for a baseline of thousands of entries.

Read from the parser's events and not with PyYAML's composer, which recurses and expands aliases.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from cors_harness.terms.source_span import SourceSpan
from cors_harness.text.problems import Problem, ProblemList, shown
from cors_harness.text.yaml_errors import explain

LOADER: type = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
DEEPEST = 8  # a baseline has 6: entry, steps, step, wire, exchange, a header sent twice


@dataclass(slots=True)
class Text:
    """A scalar."""

    line: int
    text: str
    key_line: int = 0


@dataclass(slots=True)
class Items:
    """A list."""

    line: int
    nodes: "list[Node]" = field(default_factory=list)
    key_line: int = 0


@dataclass(slots=True)
class Pairs:
    """A mapping: keys and values in turn, repeats kept."""

    line: int
    nodes: "list[Node]" = field(default_factory=list)
    key_line: int = 0

    def pairs(self) -> "Iterator[tuple[Node, Node]]":
        """(key, value), in file order; the value then knows the line of its key."""
        for key, value in zip(self.nodes[::2], self.nodes[1::2], strict=True):
            value.key_line = key.line
            yield key, value


Node = Text | Items | Pairs


class _Refused(Exception):  # noqa: N818 - control flow inside this module
    """YAML that is well formed and that no baseline has."""


def parse(text: str, report: ProblemList) -> Node | None:
    """The document in `text`; None when it cannot be read, which `report` then says."""
    try:
        return _document(text)
    except yaml.YAMLError as error:
        report.add(explain(error, text, report.file))
    except _Refused as refused:
        line, found = refused.args
        where = SourceSpan(file=report.file, line=line)
        report.add(Problem(where=where, key="YAML", found=found, expected="plain YAML"))
    return None


def kind_of(node: Node) -> str:
    """What a reader sees there."""
    if isinstance(node, Text):
        return shown(node.text)
    return "a list" if isinstance(node, Items) else "a mapping"


def _document(text: str) -> Node | None:
    root = Items(line=1)
    open_: list[Items | Pairs] = [root]
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.ScalarEvent):
            open_[-1].nodes.append(Text(_line(event), event.value))
        elif isinstance(event, yaml.CollectionStartEvent):
            kind = Pairs if isinstance(event, yaml.MappingStartEvent) else Items
            node = kind(_line(event))
            open_[-1].nodes.append(node)
            open_.append(node)
            if len(open_) > DEEPEST:
                raise _Refused(_line(event), f"lists and mappings {DEEPEST} deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            open_.pop()
        elif isinstance(event, yaml.AliasEvent):
            raise _Refused(_line(event), f"the alias {shown(f'*{event.anchor}')}")
        elif isinstance(event, yaml.DocumentStartEvent) and root.nodes:
            raise _Refused(_line(event), "a second YAML document")
    return root.nodes[0] if root.nodes else None


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0
