"""parse_baseline(): the text of a baseline file back as facts, or every problem that it has.

It is reviewed text, so a hand edit that is well formed counts like any other line.
"""

import gc
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from cors_harness.errors import BaselineError
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import (
    DECIDED_BY,
    Baseline,
    Entry,
    ExchangeFacts,
    Facts,
    StepFacts,
    TextPairs,
    decides_as_request_header,
    decides_as_response_header,
)
from cors_harness.model.change import EntryName
from cors_harness.model.scenario import Outcome
from cors_harness.store.baseline_writing import END, SCHEMA
from cors_harness.terms.reasons import ReasonCode
from cors_harness.terms.role import ELSEWHERE, PAGE, Role
from cors_harness.terms.source_span import SourceSpan
from cors_harness.text.json_values import MIB
from cors_harness.text.problems import Problem, ProblemList, did_you_mean, one_of, shown
from cors_harness.text.yaml_nodes import Items, Node, Pairs, Text, YamlRules, kind_of, parse

RECORD = "or accept what browsers do now: cors-harness record"
GET_BACK = f"get it back from version control, {RECORD}"
# A baseline is 6 deep: entry, steps, step, wire, exchange, a header sent twice.
# One of 100,000 entries has 30 MB and some two million values.
MOST_BYTES = 64 * MIB
RULES = YamlRules(
    deepest=7, most_nodes=5_000_000, expected="plain YAML", repeat_hint="remove one of them"
)
NUMBER = re.compile("[0-9]{1,9}")
HEADER_KEYS = ("schema", "harness", "engines", "servers", "entries", "end")
SCHEMA_LINE = re.compile(r"""^schema: *['"]?([0-9]{1,9})['"]? *$""", re.MULTILINE)
ENTRY_KEY = re.compile(r"(?P<scenario>.+::.+)\[(?P<server>[^\[\]]+)\]", re.DOTALL)
STEP_KEYS = ("outcome", "reads", "wire")
KINDS = tuple(kind.value for kind in ExchangeKind)
COMMON_HEADERS = (
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
ROLES = (*Role, PAGE, ELSEWHERE)
EXCHANGE_KEYS = (*KINDS, "at", "credentials", "status", *sorted(DECIDED_BY), *COMMON_HEADERS)
Word = TypeVar("Word", bound=StrEnum)


def read_baseline(path: Path) -> Baseline:
    """What was accepted; raises BaselineError with every problem of the file."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError as exc:
        hint = "accept what browsers do now: cors-harness record"
        raise BaselineError([f"{path}: there is no baseline\n  {hint}"]) from exc
    except OSError as exc:
        hint = "name the baseline's file: --baseline FILE"
        raise BaselineError([f"{path}: cannot be read: {exc.strerror or exc}\n  {hint}"]) from exc
    return parse_baseline(data, str(path))


def parse_baseline(data: bytes, file: str) -> Baseline:
    """The baseline that `data`, the content of `file`, holds; raises BaselineError."""
    report = ProblemList(file)
    if len(data) > MOST_BYTES:
        found, expected = f"more than {MOST_BYTES // MIB} MiB", "a baseline of cors-harness"
        _Fields(report).problem(0, "file", found, expected, GET_BACK)
        raise BaselineError(report.problems)
    with _collector_paused():
        baseline = _BaselineReader(report).baseline(data)
    if baseline is None or report.count:
        raise BaselineError(report.problems)
    return baseline


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Nodes are many and no garbage; looking through them takes a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def entry_names(text: str) -> Iterator[EntryName | None]:
    """The entries of a baseline that cannot be read; None for one whose name is damaged too.

    That takes lines that begin as the key of an entry does, wherever they stand.
    """
    for line in text.splitlines():
        key = line.removesuffix(":").strip("'\"")
        if "::" in key and not line.startswith((" ", "#", "-")):
            match = ENTRY_KEY.fullmatch(key)
            yield (match["scenario"], match["server"]) if match else None


class _BaselineReader:
    """Reads one file: whether it is whole, then its header and every entry."""

    def __init__(self, report: ProblemList) -> None:
        self._report, self._fields = report, _Fields(report)

    def baseline(self, data: bytes) -> Baseline | None:
        text = self._text(data)
        if text is None or not self._is_whole(text):
            return None
        root = parse(text, self._report, RULES)
        return self._contents(self._fields.mapping(root, "baseline")) if root else None

    def _text(self, data: bytes) -> str | None:
        try:
            return data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as exc:
            line = data.count(b"\n", 0, exc.start) + 1
            self._fields.problem(
                line, "file", f"the byte {data[exc.start]:#04x}", "UTF-8", GET_BACK
            )
            return None

    def _is_whole(self, text: str) -> bool:
        """Whether it is a baseline that can be read; reports the first thing against it."""
        conflicts = [n for n, line in enumerate(text.split("\n"), 1) if line.startswith("<<<<<<<")]
        for number in conflicts:
            self._fields.problem(
                number, "file", "a merge conflict", "none", f"resolve it, {RECORD}"
            )
        return not conflicts and self._is_of_our_schema(text) and self._has_end(text)

    def _is_of_our_schema(self, text: str) -> bool:
        match = SCHEMA_LINE.search(text)
        if match is None:
            found = "a file without schema: NUMBER" if text.strip() else "an empty file"
            self._fields.problem(0, "file", found, "a baseline of cors-harness", GET_BACK)
            return False
        if len(match[1]) > 9 or int(match[1]) > SCHEMA:
            line = text.count("\n", 0, match.start()) + 1
            found, hint = shown(match[1]).strip("'"), "update cors-harness to read it"
            self._fields.problem(line, "schema", found, f"at most {SCHEMA}", hint)
            return False
        return True

    def _has_end(self, text: str) -> bool:
        lines = text.rstrip().split("\n")
        last = lines[-1].rstrip()
        if last != END:
            found = f"{shown(last)} as the last line: the rest is cut off"
            self._fields.problem(len(lines), "file", found, shown(END), GET_BACK)
        return last == END

    def _contents(self, root: Pairs) -> Baseline:
        fields = self._fields
        fields.known(root, "baseline", HEADER_KEYS, also=lambda key: "::" in key)
        header = root.as_dict()
        engines = fields.texts(header.get("engines"), "engines")
        servers = fields.mapping(header.get("servers"), "servers").pairs
        reader = _EntryReader(fields, tuple(name for name, _ in engines))
        blocks = [(key, node) for key, node in root.pairs if "::" in key.value]
        entries = [entry for key, node in blocks if (entry := reader.entry(key, node))]
        self._check_count(header.get("entries"), len(blocks))
        return Baseline(
            harness=fields.scalar(header.get("harness"), "harness"),
            engines=tuple(sorted(engines)),
            servers=tuple(
                sorted((name.value, fields.texts(node, name.value)) for name, node in servers)
            ),
            entries=tuple(sorted(entries, key=lambda entry: entry.name)),
        )

    def _check_count(self, node: Node | None, count: int) -> None:
        """Reports lost entries; there are more where a merge has joined what two branches added."""
        text = self._fields.scalar(node, "entries")
        line = node.line if node else 0
        if not NUMBER.fullmatch(text):
            self._fields.problem(line, "entries", shown(text), "how many entries there are")
        elif count < int(text):
            hint = f"correct the number if they were taken out on purpose; {GET_BACK}"
            self._fields.problem(
                line, "entries", f"{text} entries, {count} in the file", "all", hint
            )


class _EntryReader:
    """Reads entries whose engines are among those of the file's header."""

    def __init__(self, fields: "_Fields", engines: tuple[str, ...]) -> None:
        self._fields, self._engines = fields, engines

    def entry(self, key: Text, node: Node) -> Entry | None:
        """The entry; None where its key is none."""
        name = ENTRY_KEY.fullmatch(key.value)
        if name is None:
            self._fields.problem(key.line, "entry", shown(key.value), "FILE::ID[SERVER]")
            return None
        block = self._fields.mapping(node, key.value)
        engines: dict[str, Facts] = {}
        for names, facts in block.pairs:
            if names.value != "page":
                self._engine_facts(names, facts, engines)
        return Entry(
            scenario=name["scenario"],
            server=name["server"],
            origin=self._fields.scalar(block.get("page"), "page", node),
            engines=tuple(sorted(engines.items())),
        )

    def _engine_facts(self, names: Text, node: Node, engines: dict[str, Facts]) -> None:
        facts = tuple(self._step(step) for step in self._fields.items(node, names.value))
        known = ("page", *self._engines)
        for name in names.value.split():
            if name not in self._engines:
                found, hint = f"the key {shown(name)}", did_you_mean(name, known)
                self._fields.problem(names.line, "entry", found, one_of(known), hint)
            elif name in engines:
                self._fields.problem(names.line, name, "the engine twice", "it once in an entry")
            engines[name] = facts

    def _step(self, node: Node) -> StepFacts:
        pairs = self._fields.mapping(node, "step")
        self._fields.known(pairs, "step", STEP_KEYS)
        step = pairs.as_dict()
        outcome, status, reason = self._outcome(step.get("outcome"), node)
        reads = self._fields.scalar(step["reads"], "reads") if "reads" in step else ""
        wire = self._fields.items(step["wire"], "wire") if "wire" in step else []
        return StepFacts(
            outcome=outcome,
            status=status,
            reason=reason,
            readable=tuple(sorted({name.strip() for name in reads.split(",") if name.strip()})),
            wire=tuple(self._exchange(exchange) for exchange in wire),
        )

    def _outcome(
        self, node: Node | None, step: Node
    ) -> tuple[Outcome, int | None, ReasonCode | None]:
        """`allowed 200`, `blocked allow-origin-missing`, `opaque`."""
        first, *words = self._fields.scalar(node, "outcome", step).split() or [""]
        line = (node or step).line
        outcome = self._fields.word(line, "outcome", first, Outcome) if node else None
        status, reason = None, None
        for word in words:
            if NUMBER.fullmatch(word):
                status = int(word)
            else:
                reason = self._fields.word(line, "outcome", word, ReasonCode)
        return outcome or Outcome.FAILED, status, reason

    def _exchange(self, node: Node) -> ExchangeFacts:
        pairs = self._fields.mapping(node, "exchange")
        self._fields.known(pairs, "exchange", EXCHANGE_KEYS, also=_is_header)
        exchange = pairs.as_dict()
        kind, method, target = self._request_line(exchange, node)
        credentials = self._fields.one(exchange.get("credentials"), "credentials", ("sent",), "")
        return ExchangeFacts(
            kind=kind,
            role=self._fields.one(exchange.get("at"), "at", ROLES, "server"),
            method=method,
            target=target,
            request_headers=self._headers(exchange, decides_as_request_header),
            with_credentials=credentials == "sent",
            status=self._status(exchange.get("status"), node),
            response_headers=self._headers(exchange, decides_as_response_header),
        )

    def _request_line(
        self, exchange: Mapping[str, Node], whole: Node
    ) -> tuple[ExchangeKind, str, str]:
        kinds = [kind for kind in ExchangeKind if kind in exchange]
        if len(kinds) != 1:
            found = "both" if kinds else "neither"
            self._fields.problem(whole.line, "exchange", found, f"either {one_of(KINDS)}")
            return ExchangeKind.REQUEST, "", ""
        node = exchange[kinds[0]]
        line = self._fields.scalar(node, kinds[0])
        method, _, target = line.partition(" ")
        if not (method and target):
            expected = "a method and a target: GET /orders"
            self._fields.problem(node.line, kinds[0], shown(line), expected)
        return kinds[0], method, target

    def _status(self, node: Node | None, exchange: Node) -> int | None:
        text = self._fields.scalar(node, "status", exchange)
        if NUMBER.fullmatch(text):
            return int(text)
        if text != "none" and node is not None:
            expected = "a status code, or none where no response came"
            self._fields.problem(node.line, "status", shown(text), expected)
        return None

    def _headers(self, exchange: Mapping[str, Node], wanted: Callable[[str], bool]) -> TextPairs:
        headers = []
        for name in sorted(filter(wanted, exchange)):
            node = exchange[name]
            values = node.items if isinstance(node, Items) else [node]
            headers += [(name, self._fields.scalar(value, name)) for value in values]
        return tuple(headers)


def _is_header(name: str) -> bool:
    return decides_as_request_header(name) or decides_as_response_header(name)


class _Fields:
    """Decodes nodes; what is wrong goes to the report, and something empty stands in its place."""

    def __init__(self, report: ProblemList) -> None:
        self._report = report

    def problem(self, line: int, key: str, found: str, expected: str, hint: str = "") -> None:
        """Reports one; line 0 is the file as a whole."""
        where = SourceSpan(file=self._report.file, line=line)
        self._report.add(Problem(where=where, key=key, found=found, expected=expected, hint=hint))

    def mapping(self, node: Node | None, key: str) -> Pairs:
        """The mapping that `node` is, or an empty one."""
        if isinstance(node, Pairs):
            return node
        found = "nothing" if node is None else kind_of(node)
        self.problem(node.line if node else 0, key, found, "a mapping")
        return Pairs(self._report.file, 0, 1)

    def known(
        self,
        mapping: Pairs,
        key: str,
        known: Collection[str],
        also: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """Reports the keys that are not `known`, and not `also` good."""
        for name, _ in mapping.pairs:
            if name.value not in known and not also(name.value):
                found, expected = f"the key {shown(name.value)}", one_of(tuple(known))
                hint = did_you_mean(name.value, known)
                self.problem(name.line, key, found, expected, hint)

    def items(self, node: Node, key: str) -> Sequence[Node]:
        """The nodes of a list."""
        if isinstance(node, Items):
            return node.items
        self.problem(node.line, key, kind_of(node), "a list")
        return ()

    def texts(self, node: Node | None, key: str) -> TextPairs:
        """A mapping of text to text, in file order."""
        pairs = self.mapping(node, key).pairs
        return tuple((name.value, self.scalar(value, name.value)) for name, value in pairs)

    def scalar(self, node: Node | None, key: str, inside: Node | None = None) -> str:
        """The text of a scalar; `inside` is what it is missing in."""
        if isinstance(node, Text):
            return node.value
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
