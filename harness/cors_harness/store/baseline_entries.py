"""Entries: the blocks of a baseline file, one for each scenario and server."""

import re
from collections.abc import Callable, Mapping

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import (
    DECIDED_BY,
    Entry,
    ExchangeFacts,
    Facts,
    StepFacts,
    TextPairs,
    decides_as_request_header,
    decides_as_response_header,
)
from cors_harness.model.scenario import Outcome
from cors_harness.store.baseline_fields import Fields
from cors_harness.store.baseline_nodes import Items, Node
from cors_harness.terms.reasons import ReasonCode
from cors_harness.terms.role import Role
from cors_harness.text.problems import did_you_mean, one_of, shown

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
EXCHANGE_KEYS = (*KINDS, "at", "credentials", "status", *sorted(DECIDED_BY), *COMMON_HEADERS)


class EntryReader:
    """Reads entries whose engines are among those of the file's header."""

    def __init__(self, fields: Fields, engines: tuple[str, ...]) -> None:
        self._fields, self._engines = fields, engines

    def entry(self, key: str, node: Node) -> Entry | None:
        """The entry; None where its key is none."""
        name = ENTRY_KEY.fullmatch(key)
        if name is None:
            self._fields.problem(node.key_line, "entry", shown(key), "FILE::ID[SERVER]")
            return None
        found = self._fields.mapping(node, key)
        engines: dict[str, Facts] = {}
        for names, facts in found.items():
            if names != "page":
                self._engine_facts(names, facts, engines)
        return Entry(
            scenario=name["scenario"],
            server=name["server"],
            origin=self._fields.scalar(found.get("page"), "page", node),
            engines=tuple(sorted(engines.items())),
        )

    def _engine_facts(self, names: str, node: Node, engines: dict[str, Facts]) -> None:
        facts = tuple(self._step(each) for each in self._fields.items(node, names))
        known = ("page", *self._engines)
        for name in names.split():
            if name not in self._engines:
                found, hint = f"the key {shown(name)}", did_you_mean(name, known)
                self._fields.problem(node.key_line, "entry", found, one_of(known), hint)
            elif name in engines:
                self._fields.problem(node.key_line, name, "the engine twice", "it once in an entry")
            engines[name] = facts

    def _step(self, node: Node) -> StepFacts:
        found = self._fields.mapping(node, "step")
        self._fields.known(found, "step", STEP_KEYS)
        outcome, status, reason = self._outcome(found.get("outcome"), node)
        reads = self._fields.scalar(found["reads"], "reads") if "reads" in found else ""
        wire = self._fields.items(found["wire"], "wire") if "wire" in found else []
        return StepFacts(
            outcome=outcome,
            status=status,
            reason=reason,
            readable=tuple(sorted({name.strip() for name in reads.split(",") if name.strip()})),
            wire=tuple(self._exchange(each) for each in wire),
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
            if word.isdecimal():
                status = int(word)
            else:
                reason = self._fields.word(line, "outcome", word, ReasonCode)
        return outcome or Outcome.FAILED, status, reason

    def _exchange(self, node: Node) -> ExchangeFacts:
        found = self._fields.mapping(node, "exchange")
        self._fields.known(found, "exchange", EXCHANGE_KEYS, also=_is_header)
        kind, method, target = self._request_line(found, node)
        credentials = self._fields.one(found.get("credentials"), "credentials", ("sent",), "")
        return ExchangeFacts(
            kind=kind,
            role=self._fields.one(found.get("at"), "at", tuple(Role), "server"),
            method=method,
            target=target,
            request_headers=self._headers(found, decides_as_request_header),
            with_credentials=credentials == "sent",
            status=self._status(found.get("status"), node),
            response_headers=self._headers(found, decides_as_response_header),
        )

    def _request_line(
        self, found: Mapping[str, Node], exchange: Node
    ) -> tuple[ExchangeKind, str, str]:
        kinds = [kind for kind in ExchangeKind if kind in found]
        if len(kinds) != 1:
            has = "both" if kinds else "neither"
            self._fields.problem(exchange.line, "exchange", has, f"either {one_of(KINDS)}")
            return ExchangeKind.REQUEST, "", ""
        node = found[kinds[0]]
        line = self._fields.scalar(node, kinds[0])
        method, _, target = line.partition(" ")
        if not (method and target):
            expected = "a method and a target: GET /orders"
            self._fields.problem(node.line, kinds[0], shown(line), expected)
        return kinds[0], method, target

    def _status(self, node: Node | None, exchange: Node) -> int | None:
        text = self._fields.scalar(node, "status", exchange)
        if text.isdecimal():
            return int(text)
        if text != "none" and node is not None:
            expected = "a status code, or none where no response came"
            self._fields.problem(node.line, "status", shown(text), expected)
        return None

    def _headers(self, found: Mapping[str, Node], wanted: Callable[[str], bool]) -> TextPairs:
        pairs = []
        for name in sorted(filter(wanted, found)):
            node = found[name]
            nodes = node.nodes if isinstance(node, Items) else [node]
            pairs += [(name, self._fields.scalar(each, name)) for each in nodes]
        return tuple(pairs)


def _is_header(name: str) -> bool:
    return decides_as_request_header(name) or decides_as_response_header(name)
