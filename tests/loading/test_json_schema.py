"""scenarios/schema.json is what the tables give, and says the same as the loader."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cors_harness import shipped_folders
from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.loading.scenarios import Loaded, load_scenarios
from cors_harness.loading.schema import json_schema, schema_text
from cors_harness.text.problems import ProblemList
from cors_harness.text.yaml_nodes import Items, Node, Pairs, Text, parse

Read = Callable[[str], Loaded]
FOLDER = shipped_folders.scenarios_folder()
FILES = sorted(FOLDER.rglob("*.yaml"))
GOOD = """\
- id: a
  title: t
  spec: https://fetch.spec.whatwg.org/#cors-check
  policy: {}
  request: {}
  expect: {outcome: allowed}
"""


def as_editors_see(node: Node) -> object:
    """Plain scalars resolved as YAML 1.2 does, which editors use.

    https://yaml.org/spec/1.2.2/#103-core-schema
    """
    match node:
        case Text(plain=True) if node.is_null:
            return None
        case Text(plain=True, value="true" | "false"):
            return node.value == "true"
        case Text(plain=True) if re.fullmatch(r"[-+]?[0-9]+", node.value):
            return int(node.value)
        case Text():
            return node.value
        case Items():
            return [as_editors_see(item) for item in node.items]
        case Pairs():
            return {key.value: as_editors_see(value) for key, value in node.pairs}


def complaints(text: str) -> Iterator[str]:
    root = parse(text, ProblemList("x.yaml"))
    assert root is not None
    for error in Draft202012Validator(json_schema()).iter_errors(as_editors_see(root)):
        yield f"{list(error.absolute_path)}: {error.message}"


def test_schema_file_is_up_to_date() -> None:
    assert (FOLDER / "schema.json").read_text() == schema_text(), (
        "run: python -m cors_harness.loading.schema > scenarios/schema.json"
    )


def test_schema_is_valid_json_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_every_key_has_a_description() -> None:
    definitions = json_schema()["$defs"]
    assert isinstance(definitions, dict)
    bare = [
        f"{name}.{key}"
        for name, definition in definitions.items()
        for key, value in definition.get("properties", {}).items()
        if not value["description"]
    ]
    assert bare == []


def test_json_has_no_python_words() -> None:
    assert json.loads(schema_text()) == json_schema()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(FOLDER).as_posix())
def test_shipped_scenarios_satisfy_the_schema(file: Path) -> None:
    assert list(complaints(file.read_text())) == []


def test_shipped_scenarios_load() -> None:
    assert len(load_scenarios([FOLDER])) > 0


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(FOLDER).as_posix())
def test_shipped_files_name_the_schema_for_editors(file: Path) -> None:
    first = file.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=schema.json"


MISTAKES = {
    "unknown key": ("title", "titel"),
    "unknown word": ("allowed", "alowed"),
    "policy and response": ("policy: {}", "policy: {}\n  response: {}"),
    "no expect": ("  expect: {outcome: allowed}\n", ""),
    "http": ("https", "http"),
    "something expected without an outcome": ("outcome: allowed", "status: 200"),
    "a corpus and values": (
        "  policy: {}",
        "  policy: {}\n  matrix: {x: {lookalikes_of: https://a.example, b: c}}\n  note: '{x}'",
    ),
    "a misspelt corpus": (
        "  policy: {}",
        "  policy: {}\n  matrix: {x: {lookalike_of: https://a.example}}\n  note: '{x}'",
    ),
    "capitals in the id": ("id: a", "id: A"),
    "text for a number": ("request: {}", "request: {timeout_ms: soon}"),
    "text for a flag": ("request: {}", "request: {keepalive: yes}"),
    "except for nobody": ("allowed}", "allowed}\n  except: [{outcome: opaque}]"),
}


@pytest.mark.parametrize(("before", "after"), MISTAKES.values(), ids=MISTAKES)
def test_schema_and_loader_refuse_the_same(read: Read, before: str, after: str) -> None:
    text = GOOD.replace(before, after)
    assert list(complaints(text)) != []
    assert read(text)[1] != ()


OPEN = {
    "several outcomes, headers of any value and exchanges": (
        "outcome: allowed",
        "outcome: [allowed, blocked], readable: [ETag, {X-A: 1}], status_text: '', "
        "exchanges: [{kind: request, status: null}, {response_headers: [ETag]}]",
    ),
    "an expectation that is left open": ("{outcome: allowed}", "{}"),
    "lookalikes": (
        "  policy: {}",
        "  policy: {}\n  matrix: {x: {lookalikes_of: https://a.example}}\n  page: '{x}'",
    ),
    "spellings of several origins": (
        "  policy: {}",
        "  policy: {}\n  matrix: {x: {spellings_of: [https://a.example, https://b.example]}}\n"
        "  page: '{x}'",
    ),
    "a page that is typed otherwise": (
        "  policy: {}",
        "  policy: {}\n  page: {origin: https://a.example, typed: https://A.EXAMPLE}",
    ),
    "a request out of an axis": (
        "  request: {}",
        "  matrix: {x: {get: {}, put: {method: PUT}}}\n  request: '{x}'",
    ),
}


@pytest.mark.parametrize(("before", "after"), OPEN.values(), ids=OPEN)
def test_schema_and_loader_take_the_same(read: Read, before: str, after: str) -> None:
    text = GOOD.replace(before, after)
    assert list(complaints(text)) == []
    assert read(text)[1] == ()


def enums(schema: object) -> Iterator[tuple[str, ...]]:
    """Every closed list of words in it."""
    if isinstance(schema, dict):
        yield tuple(schema.get("enum", ()))
        schema = list(schema.values())
    if isinstance(schema, list):
        for value in schema:
            yield from enums(value)


def test_engine_names_are_those_that_run() -> None:
    assert ENGINE_NAMES in set(enums(json_schema()))
