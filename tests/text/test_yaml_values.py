"""YAML of other people's, as the values that JSON has."""

import json
from typing import Any

import pytest

from cors_harness.text.json_values import JsonError
from cors_harness.text.yaml_values import yaml_values

READ: dict[str, tuple[str, Any]] = {
    "numbers for keys": ("200: {a: 1}", {"200": {"a": 1}}),
    "a version": ("openapi: 3.1.0\nswagger: 2.0", {"openapi": "3.1.0", "swagger": 2.0}),
    "a date": ("a: 2024-02-29", {"a": "2024-02-29"}),
    "words of YAML 1.1": (
        "[yes, no, on, off, true, False]",
        ["yes", "no", "on", "off", True, False],
    ),
    "text that begins like a word": (
        "a: true story\nb: falsely",
        {"a": "true story", "b": "falsely"},
    ),
    "tags that do not fit": ("a: !!bool no\nb: !!int ''", {"a": "no", "b": ""}),
    "digits without end": ("a: " + "1" * 5000, {"a": "1" * 5000}),
    "nothing": ("[~, null, '']", [None, None, ""]),
    "an alias": ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
    "a merge": ("a: &x {b: 1}\nc: {<<: *x, d: 2}", {"a": {"b": 1}, "c": {"b": 1, "d": 2}}),
}
TIMES = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
REFUSED = {
    "no YAML": "a: [",
    "an object of Python": "!!python/object/apply:os.system [exit]",
    "an alias of itself": "a: &a [*a]",
    "aliases of aliases": f"a0: &a0 [1, 2]\n{TIMES}",
    "very deep": "[" * 5_000,
    "a date by its tag": "a: !!timestamp no",
    "bytes": "a: !!binary no",
    "a set": "a: !!set {b, c}",
    "a number by its tag": "a: !!float no",
    "a key that is a list": "? [a]\n: b",
    "a character that is none": "a: \x00",
}


@pytest.mark.parametrize(("text", "values"), READ.values(), ids=READ)
def test_values_are_those_of_json(text: str, values: Any) -> None:
    assert json.loads(json.dumps(yaml_values(text))) == values


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cors_harness.text.yaml_values.MOST_NODES", 10_000)
    with pytest.raises(JsonError, match=r"expected (?:valid YAML|a YAML file|less)"):
        yaml_values(text)
