"""Explains YAML syntax errors to somebody who does not know the YAML standard by heart."""

import re

import yaml

from cors_harness.terms.source_span import SourceSpan
from cors_harness.text.problems import Problem, quote_it, shown

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
        return Problem(where=where, key="YAML", found=str(error), expected="a YAML file")
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
