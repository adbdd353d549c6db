"""Fields: what a node of a baseline file has to be, or a problem that says what it is instead."""

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import TypeVar

from cors_harness.model.baseline import TextPairs
from cors_harness.store.baseline_nodes import Items, Node, Pairs, Text, kind_of
from cors_harness.terms.source_span import SourceSpan
from cors_harness.text.problems import Problem, ProblemList, did_you_mean, one_of, shown

Word = TypeVar("Word", bound=StrEnum)


class Fields:
    """Decodes nodes; what is wrong goes to the report, and something empty stands in its place."""

    def __init__(self, report: ProblemList) -> None:
        self._report = report

    def problem(self, line: int, key: str, found: str, expected: str, hint: str = "") -> None:
        """Reports one; line 0 is the file as a whole."""
        where = SourceSpan(file=self._report.file, line=line)
        self._report.add(Problem(where=where, key=key, found=found, expected=expected, hint=hint))

    def mapping(self, node: Node | None, key: str) -> Mapping[str, Node]:
        """The pairs of a mapping, every key once."""
        if not isinstance(node, Pairs):
            found = "nothing" if node is None else kind_of(node)
            self.problem(node.line if node else 0, key, found, "a mapping")
            return {}
        pairs: dict[str, Node] = {}
        for name, value in node.pairs():
            if not isinstance(name, Text):
                self.problem(name.line, key, f"{kind_of(name)} as a key", "text")
            elif name.text in pairs:
                self.problem(name.line, name.text, "the key twice", "it once", "remove one of them")
            else:
                pairs[name.text] = value
        return pairs

    def known(
        self,
        pairs: Mapping[str, Node],
        key: str,
        known: Collection[str],
        also: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """Reports the keys that are not `known`, and not `also` good."""
        for name, value in pairs.items():
            if name not in known and not also(name):
                found, expected = f"the key {shown(name)}", one_of(tuple(known))
                hint = did_you_mean(name, known)
                self.problem(value.key_line, key, found, expected, hint)

    def items(self, node: Node, key: str) -> list[Node]:
        """The nodes of a list."""
        if isinstance(node, Items):
            return node.nodes
        self.problem(node.line, key, kind_of(node), "a list")
        return []

    def texts(self, node: Node | None, key: str) -> TextPairs:
        """A mapping of text to text, in file order."""
        pairs = self.mapping(node, key).items()
        return tuple((name, self.scalar(value, name)) for name, value in pairs)

    def scalar(self, node: Node | None, key: str, inside: Node | None = None) -> str:
        """The text of a scalar; `inside` is what it is missing in."""
        if isinstance(node, Text):
            return node.text
        if node is None:
            self.problem(inside.line if inside else 0, key, "nothing", "text")
        else:
            self.problem(node.line, key, kind_of(node), "text")
        return ""

    def one(self, node: Node | None, key: str, words: Collection[str], default: str) -> str:
        """One of `words`; `default` where there is no node."""
        if node is None:
            return default
        text = self.scalar(node, key)
        if text not in words:
            hint = did_you_mean(text, words)
            self.problem(node.line, key, shown(text), one_of(tuple(words)), hint)
        return text

    def word(self, line: int, key: str, text: str, words: type[Word]) -> Word | None:
        """The member of `words` that `text` is."""
        known = {word.value: word for word in words}
        if text not in known:
            hint = did_you_mean(text, known)
            self.problem(line, key, shown(text), one_of(tuple(known)), hint)
        return known.get(text)
