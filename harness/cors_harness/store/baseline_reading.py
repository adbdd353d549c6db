"""parse_baseline(): the text of a baseline file back as facts, or every problem that it has.

It is reviewed text, so a hand edit that is well formed counts like any other line.
"""

import re
from collections.abc import Iterator, Mapping

from cors_harness.errors import BaselineError
from cors_harness.model.baseline import Baseline
from cors_harness.model.change import EntryName
from cors_harness.store.baseline_entries import ENTRY_KEY, EntryReader
from cors_harness.store.baseline_fields import Fields
from cors_harness.store.baseline_nodes import Node, parse
from cors_harness.store.baseline_text import END, SCHEMA
from cors_harness.text.problems import ProblemList, shown

RECORD = "or accept what browsers do now: cors-harness record"
GET_BACK = f"get it back from version control, {RECORD}"
HEADER_KEYS = ("schema", "harness", "engines", "servers", "entries", "end")
SCHEMA_LINE = re.compile(r"""^schema: *['"]?([0-9]+)['"]? *$""", re.MULTILINE)


def parse_baseline(data: bytes, file: str) -> Baseline:
    """What `data`, the content of `file`, says; raises BaselineError."""
    report = ProblemList(file)
    baseline = _Reading(report).baseline(data)
    if baseline is None or report.count:
        raise BaselineError(report.problems)
    return baseline


def entry_names(text: str) -> Iterator[EntryName | None]:
    """What a baseline that cannot be read has entries of; None for one whose name is damaged too.

    That takes lines that begin as the key of an entry does, wherever they stand.
    """
    for line in text.splitlines():
        key = line.removesuffix(":").strip("'\"")
        if "::" in key and not line.startswith((" ", "#", "-")):
            match = ENTRY_KEY.fullmatch(key)
            yield (match["scenario"], match["server"]) if match else None


class _Reading:
    def __init__(self, report: ProblemList) -> None:
        self._report, self._fields = report, Fields(report)

    def baseline(self, data: bytes) -> Baseline | None:
        text = self._text(data)
        if text is None or not self._is_whole(text):
            return None
        root = parse(text, self._report)
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
        """Whether it is a baseline that can be read; the first thing that speaks against it."""
        conflicts = [n for n, line in enumerate(text.split("\n"), 1) if line.startswith("<<<<<<<")]
        for number in conflicts:
            self._fields.problem(
                number, "file", "a merge conflict", "none", f"resolve it, {RECORD}"
            )
        return not conflicts and self._is_of_our_schema(text) and self._has_end(text)

    def _is_of_our_schema(self, text: str) -> bool:
        found = SCHEMA_LINE.search(text)
        if found is None:
            what = "a file without schema: NUMBER" if text.strip() else "an empty file"
            self._fields.problem(0, "file", what, "a baseline of cors-harness", GET_BACK)
            return False
        if int(found[1]) > SCHEMA:
            line = text.count("\n", 0, found.start()) + 1
            hint = "update cors-harness to read it"
            self._fields.problem(line, "schema", found[1], f"at most {SCHEMA}", hint)
            return False
        return True

    def _has_end(self, text: str) -> bool:
        lines = text.rstrip().split("\n")
        last = lines[-1].rstrip()
        if last != END:
            found = f"{shown(last)} as the last line: the rest is cut off"
            self._fields.problem(len(lines), "file", found, shown(END), GET_BACK)
        return last == END

    def _contents(self, found: Mapping[str, Node]) -> Baseline:
        fields = self._fields
        fields.known(found, "baseline", HEADER_KEYS, also=lambda key: "::" in key)
        engines = fields.texts(found.get("engines"), "engines")
        servers = fields.mapping(found.get("servers"), "servers")
        reader = EntryReader(fields, tuple(name for name, _ in engines))
        nodes = {key: node for key, node in found.items() if "::" in key}
        entries = [entry for key, node in nodes.items() if (entry := reader.entry(key, node))]
        self._check_count(found.get("entries"), len(nodes))
        return Baseline(
            harness=fields.scalar(found.get("harness"), "harness"),
            engines=tuple(sorted(engines)),
            servers=tuple(
                sorted((name, fields.texts(each, name)) for name, each in servers.items())
            ),
            entries=tuple(sorted(entries, key=lambda entry: entry.name)),
        )

    def _check_count(self, node: Node | None, count: int) -> None:
        """Fewer were lost; more come from a merge of two branches that each added some."""
        text = self._fields.scalar(node, "entries")
        line = node.line if node else 0
        if not text.isdecimal():
            self._fields.problem(line, "entries", shown(text), "how many entries there are")
        elif count < int(text):
            hint = f"correct the number if they were taken out on purpose; {GET_BACK}"
            self._fields.problem(
                line, "entries", f"{text} entries, {count} in the file", "all", hint
            )
