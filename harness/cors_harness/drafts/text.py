"""draft_text(): a draft as the text of a scenario file, for people to read and to change."""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from cors_harness.drafts.calls import FlowValue, YamlFields
from cors_harness.drafts.draft import Section

# What needs no quotes inside brackets, also for those who read numbers and booleans into YAML.
PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9/_.~+#-]*(?::[A-Za-z0-9/_.~+#-]+)*")
WORDS = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))


def flow(value: FlowValue) -> str:
    """The value in one line."""
    match value:
        case str():
            return _text(value)
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case Mapping():
            return f"{{{', '.join(f'{_text(k)}: {flow(v)}' for k, v in value.items())}}}"
        case _:
            return f"[{', '.join(map(flow, value))}]"


def _text(text: str) -> str:
    if PLAIN.fullmatch(text) and text.lower() not in WORDS:
        return text
    if "'" not in text and text.isprintable() and '"' in text:
        return f"'{text}'"
    return "".join(map(_visible, json.dumps(text, ensure_ascii=False)))


def _visible(character: str) -> str:
    """The character, as an escape of YAML where it cannot be seen or stand in a file.

    Half of a surrogate pair stands for no character: https://yaml.org/spec/1.2.2/#51-character-set.
    """
    code = ord(character)
    if character.isprintable():
        return character
    if 0xD800 <= code <= 0xDFFF:
        return "\\ufffd"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


HEADER = """\
# What pages may do with {app}: a draft by `cors-harness init`, yours from here on.
#
#   {run}
#
# It says what is usually meant. The origins that you have named may call every route and read
# every answer, errors too; the origins around them, each of which stands for an attack, may read
# none. What comes out otherwise is a mistake in the app, or in here: where you mean something else,
# change the scenario's `expect`.
#
#   {{outcome: allowed}}                      the page reads the response
#   {{outcome: blocked, wire: [preflight]}}   it does not, and the request is not even sent
#   {{outcome: blocked, wire: [request]}}     it does not, though the request is sent
#   {{}}                                      open: what comes out is recorded, nothing is asserted
{open}#
# Values in paths and bodies are samples: a 404, as there is no order 1, can be read like any other
# answer; `{{unique}}` is another one in each cell. `status` is what the app answered without a
# browser when this was written; what might have changed something in it was not called. One more
# origin that is allowed goes into every `from`, the one of lookalikes too."""
WIDTH = 100
_AUTHORIZATION = ("whether they send an Authorization header",)


def draft_text(
    app: str,
    run: str,
    sections: Sequence[Section],
    *,
    credentials: bool,
    notes: Sequence[str] = (),
) -> str:
    """The text of the scenario file.

    Args:
        app: its name, as the user gives it.
        run: the command that runs the file.
        sections: what is in it.
        credentials: whether the user has said that cookies are meant.
        notes: sentences about all of the file.
    """
    scenarios = (scenario for section in sections for scenario in section.scenarios)
    unknown = (
        *(() if credentials else ("whether pages send cookies",)),
        *_AUTHORIZATION[: any(str(one["id"]).startswith("authorization") for one in scenarios)],
    )
    told = f"#\n# Open is what the app does not tell:\n# {', '.join(unknown)}.\n" if unknown else ""
    header = HEADER.format(app=_one_line(app), run="\n#   ".join(_lines_of(run)), open=told)
    header = "\n".join((header, *_comments(notes)))
    parts = [header, *(part for section in sections for part in _section(section))]
    return "\n\n".join(parts) + "\n"


def _one_line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _lines_of(command: str) -> Sequence[str]:
    """The command, of which some word may have line breaks, for lines of a comment."""
    return [_one_line(line) for line in command.splitlines()] or [""]


def _section(section: Section) -> Iterator[str]:
    if section.scenarios:
        yield "\n".join((f"# {_one_line(section.heading)}", *_comments(section.notes)))
        yield from ("\n".join(_lines(scenario)) for scenario in section.scenarios)


def scenario_text(scenario: YamlFields) -> str:
    """A scenario by itself, with a line for each member of a long request."""
    return "\n".join(line for each in _lines(scenario) for line in _spread(each, scenario))


def _spread(line: str, scenario: YamlFields) -> Iterator[str]:
    request = scenario.get("request")
    if line.startswith("  request: {") and isinstance(request, Mapping) and _long(line):
        yield "  request:"
        yield from (f"    {_text(name)}: {flow(value)}" for name, value in request.items())
    else:
        yield line


def _comments(notes: Sequence[str]) -> Iterator[str]:
    for note in notes:
        yield "#"
        yield from textwrap.wrap(
            _one_line(note),
            WIDTH,
            initial_indent="# ",
            subsequent_indent="# ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def _lines(scenario: YamlFields) -> Iterator[str]:
    """The scenario with a key a line; axes and calls of a long matrix have their own lines."""
    indent = "- "
    for key, value in scenario.items():
        line = f"{indent}{key}: {flow(value)}"
        if key == "matrix" and isinstance(value, Mapping) and ("call" in value or _long(line)):
            yield f"{indent}{key}:"
            yield from _axes(value)
        elif key == "steps" and not isinstance(value, str | int | Mapping):
            yield f"{indent}{key}:"
            yield from _steps(value)
        else:
            yield line
        indent = "  "


def _axes(axes: YamlFields) -> Iterator[str]:
    for axis, values in axes.items():
        if axis == "call" and isinstance(values, Mapping):
            yield f"    {axis}:"
            yield from (f"      {name}: {flow(call)}" for name, call in values.items())
        else:
            yield f"    {axis}: {flow(values)}"


def _steps(steps: Sequence[FlowValue]) -> Iterator[str]:
    for step in steps:
        members = step.items() if isinstance(step, Mapping) else ()
        for number, (key, value) in enumerate(members):
            yield f"    {' ' if number else '-'} {key}: {flow(value)}"


def _long(line: str) -> bool:
    return len(line) > WIDTH
