"""parse_baseline(): the text of a baseline file back as facts, or every problem that it has.

It is reviewed text, so a hand edit that is well formed counts like any other line.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from cors_harness.errors import BaselineError
from cors_harness.loading.problems import Problem, Report, did_you_mean, one_of, shown
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import (
    DECIDED_BY,
    Baseline,
    Entry,
    ExchangeFacts,
    Facts,
    StepFacts,
    is_answer,
    is_ask,
)
from cors_harness.model.baseline import Pairs as Headers
from cors_harness.model.scenario import Outcome, SourceSpan
from cors_harness.store.baseline_nodes import Items, Node, Pairs, Text, kind_of, parse
from cors_harness.store.baseline_text import END, SCHEMA
from cors_harness.terms.reasons import ReasonCode

T = TypeVar("T")
RECORD = "or accept what browsers do now: cors-harness record"
HEADER_KEYS = ("schema", "harness", "engines", "servers", "entries", "end")
ENTRY_KEY = re.compile(r"(?P<scenario>.+::.+)\[(?P<server>[^\[\]]+)\]")
KINDS = tuple(kind.value for kind in ExchangeKind)
PLACES = ("server", "other", "third")
HEADERS = (
    *sorted(DECIDED_BY),
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "access-control-request-headers",
    "access-control-request-method",
    "origin",
)
EXCHANGE_KEYS = (*KINDS, "at", "credentials", "status")


def parse_baseline(data: bytes, file: str) -> Baseline:
    """What `data`, the content of `file`, says; raises BaselineError."""
    report = Report(file)
    baseline = _Reading(report).baseline(data)
    if report.problems or baseline is None:
        raise BaselineError(report.problems)
    return baseline


class _Reading:
    """Reads one file; what is wrong goes to the report, and None stands in its place."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._engines: tuple[str, ...] = ()

    def baseline(self, data: bytes) -> Baseline | None:
        text = self._text(data)
        if text is None or not self._is_whole(text):
            return None
        root = parse(text, self._report)
        if root is None:
            return None
        found = self._mapping(root, "baseline", None)
        return self._contents(found)

    # The file as a whole

    def _text(self, data: bytes) -> str | None:
        try:
            return data.decode()
        except UnicodeDecodeError as exc:
            line = data.count(b"\n", 0, exc.start) + 1
            self._problem(line, "file", f"the byte {data[exc.start]:#04x}", "UTF-8", RECORD)
            return None

    def _is_whole(self, text: str) -> bool:
        lines = text.splitlines()
        for number, line in enumerate(lines, 1):
            if line.startswith("<<<<<<<"):
                hint = f"resolve it, {RECORD}"
                self._problem(number, "file", "a merge conflict", "none", hint)
        if self._report.count:
            return False
        return self._is_of_our_schema(text) and self._has_end(lines)

    def _is_of_our_schema(self, text: str) -> bool:
        found = re.search(r"^schema: *['\"]?([0-9]+)['\"]? *$", text, re.MULTILINE)
        if found is None:
            what = "an empty file" if not text.strip() else "a file without schema:"
            self._problem(0, "file", what, "a baseline of cors-harness", RECORD)
        elif int(found[1]) > SCHEMA:
            line = text.count("\n", 0, found.start()) + 1
            hint = "update cors-harness to read it"
            self._problem(line, "schema", found[1], f"at most {SCHEMA}", hint)
        else:
            return True
        return False

    def _has_end(self, lines: list[str]) -> bool:
        last = next((line for line in reversed(lines) if line.strip()), "")
        if last != END:
            found = f"{shown(last)} as the last line: the file is cut off"
            hint = f"get it back from version control, {RECORD}"
            self._problem(len(lines), "file", found, shown(END), hint)
        return last == END

    def _contents(self, found: Mapping[str, Node]) -> Baseline | None:
        self._known(found, "baseline", HEADER_KEYS, also=lambda key: "::" in key)
        engines = self._texts(found.get("engines"), "engines")
        self._engines = tuple(name for name, _ in engines)
        servers = self._mapping(found.get("servers"), "servers", ())
        entries = [
            entry
            for key, node in found.items()
            if "::" in key and (entry := self._entry(key, node))
        ]
        self._count(found.get("entries"), sum("::" in key for key in found))
        return Baseline(
            harness=self._scalar(found.get("harness"), "harness"),
            engines=tuple(sorted(engines)),
            servers=tuple(
                sorted((name, self._texts(node, name)) for name, node in servers.items())
            ),
            entries=tuple(sorted(entries, key=lambda entry: entry.name)),
        )

    def _count(self, node: Node | None, count: int) -> None:
        """Two branches that each added an entry merge into one more than either says."""
        text = self._scalar(node, "entries")
        line = node.line if node else 0
        if not text.isdecimal():
            self._problem(line, "entries", shown(text), "a number")
        elif count < int(text):
            hint = f"get the lost ones back from version control, {RECORD}"
            self._problem(line, "entries", f"{count} entries", f"{text} entries", hint)

    # Entries

    def _entry(self, key: str, node: Node) -> Entry | None:
        name = ENTRY_KEY.fullmatch(key)
        if name is None:
            expected = "FILE::ID[SERVER]"
            self._problem(node.line, "entry", shown(key), expected)
            return None
        found = self._mapping(node, key, ())
        engines: dict[str, Facts] = {}
        for names, facts in found.items():
            if names != "page":
                self._engine_facts(names, facts, engines)
        return Entry(
            scenario=name["scenario"],
            server=name["server"],
            origin=self._scalar(found.get("page"), "page", node),
            engines=tuple(sorted(engines.items())),
        )

    def _engine_facts(self, names: str, node: Node, engines: dict[str, Facts]) -> None:
        facts = tuple(self._step(each) for each in self._items(node, names))
        for name in names.split():
            if name not in self._engines:
                known = ("page", *self._engines)
                self._problem(
                    node.line,
                    name,
                    "an unknown engine or key",
                    one_of(known),
                    did_you_mean(name, known),
                )
            elif name in engines:
                self._problem(node.line, name, "the engine twice", "it once in an entry")
            engines[name] = facts

    def _step(self, node: Node) -> StepFacts:
        found = self._mapping(node, "step", ("outcome", "reads", "wire"))
        outcome, status, reason = self._outcome(found.get("outcome"), node)
        reads = self._scalar(found["reads"], "reads") if "reads" in found else ""
        wire = self._items(found["wire"], "wire") if "wire" in found else []
        return StepFacts(
            outcome=outcome,
            status=status,
            reason=reason,
            readable=tuple(sorted(name.strip() for name in reads.split(",") if name.strip())),
            wire=tuple(self._exchange(each) for each in wire),
        )

    def _outcome(
        self, node: Node | None, step: Node
    ) -> tuple[Outcome, int | None, ReasonCode | None]:
        """`allowed 200`, `blocked allow-origin-missing`, `opaque`."""
        words = self._scalar(node, "outcome", step).split()
        line = (node or step).line
        outcome = self._word(line, "outcome", words[0] if words else "", Outcome)
        status, reason = None, None
        for word in words[1:]:
            if word.isdecimal():
                status = int(word)
            else:
                reason = self._word(line, "outcome", word, ReasonCode)
        return outcome or Outcome.FAILED, status, reason

    def _exchange(self, node: Node) -> ExchangeFacts:
        found = self._mapping(node, "exchange", None)
        self._known(found, "exchange", (*EXCHANGE_KEYS, *HEADERS), also=_is_header)
        kind = next((each for each in ExchangeKind if each in found), None)
        if kind is None:
            self._problem(node.line, "exchange", "none of them", f"a key {one_of(KINDS)}")
        line = self._scalar(found.get(kind or ""), kind or "request", node) if kind else ""
        method, _, target = line.partition(" ")
        if kind and not (method and target):
            self._problem(node.line, kind, shown(line), "a method and a target: GET /orders")
        return ExchangeFacts(
            kind=kind or ExchangeKind.REQUEST,
            at=self._one(found.get("at"), "at", PLACES, "server"),
            method=method,
            target=target,
            asks=self._headers(found, is_ask),
            credentialed=self._one(found.get("credentials"), "credentials", ("sent",), "")
            == "sent",
            status=self._status(found.get("status"), node),
            answers=self._headers(found, is_answer),
        )

    def _status(self, node: Node | None, exchange: Node) -> int | None:
        text = self._scalar(node, "status", exchange)
        if text.isdecimal():
            return int(text)
        if text != "none" and node is not None:
            expected = "a status code, or none where no response came"
            self._problem(node.line, "status", shown(text), expected)
        return None

    def _headers(self, found: Mapping[str, Node], wanted: Callable[[str], bool]) -> Headers:
        pairs = []
        for name in sorted(filter(wanted, found)):
            node = found[name]
            nodes = node.nodes if isinstance(node, Items) else [node]
            pairs += [(name, self._scalar(each, name)) for each in nodes]
        return tuple(pairs)

    # Nodes

    def _mapping(
        self, node: Node | None, key: str, known: Collection[str] | None
    ) -> Mapping[str, Node]:
        """The pairs of a mapping; `known` keys are checked unless that is empty or None."""
        if not isinstance(node, Pairs):
            found = "nothing" if node is None else kind_of(node)
            self._problem(node.line if node else 0, key, found, "a mapping")
            return {}
        pairs: dict[str, Node] = {}
        for name, value in node.pairs():
            if not isinstance(name, Text):
                self._problem(name.line, key, f"{kind_of(name)} as a key", "text")
            elif name.text in pairs:
                first = f"the first one's value is in line {pairs[name.text].line}"
                self._problem(name.line, name.text, "the key twice", "it once", first)
            else:
                pairs[name.text] = value
        if known:
            self._known(pairs, key, known)
        return pairs

    def _known(
        self,
        pairs: Mapping[str, Node],
        key: str,
        known: Collection[str],
        also: Callable[[str], bool] = lambda _: False,
    ) -> None:
        for name, value in pairs.items():
            if name not in known and not also(name):
                hint = did_you_mean(name, known)
                self._problem(
                    value.line, key, f"the key {shown(name)}", f"one of {', '.join(known)}", hint
                )

    def _items(self, node: Node, key: str) -> list[Node]:
        if isinstance(node, Items):
            return node.nodes
        self._problem(node.line, key, kind_of(node), "a list")
        return []

    def _texts(self, node: Node | None, key: str) -> Headers:
        pairs = self._mapping(node, key, None).items()
        return tuple((name, self._scalar(value, name)) for name, value in pairs)

    def _scalar(self, node: Node | None, key: str, inside: Node | None = None) -> str:
        if isinstance(node, Text):
            return node.text
        if node is None:
            self._problem(inside.line if inside else 0, key, "nothing", "text")
        else:
            self._problem(node.line, key, kind_of(node), "text")
        return ""

    def _one(self, node: Node | None, key: str, words: Collection[str], default: str) -> str:
        if node is None:
            return default
        text = self._scalar(node, key)
        if text not in words:
            hint = did_you_mean(text, words)
            self._problem(node.line, key, shown(text), one_of(tuple(words)), hint)
        return text

    def _word(self, line: int, key: str, text: str, words: type[T]) -> T | None:
        known: dict[str, T] = {str(word): word for word in words}  # type: ignore[attr-defined]
        if text not in known:
            hint = did_you_mean(text, known)
            self._problem(line, key, shown(text), one_of(tuple(known)), hint)
        return known.get(text)

    def _problem(self, line: int, key: str, found: str, expected: str, hint: str = "") -> None:
        where = SourceSpan(file=self._report.file, line=line)
        self._report.add(Problem(where=where, key=key, found=found, expected=expected, hint=hint))


def _is_header(name: str) -> bool:
    return is_ask(name) or is_answer(name)
