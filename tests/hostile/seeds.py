"""Real files: what a run of kinds.yaml left, what frameworks and browsers write, what people do.

`cors-harness run tests/hostile/real/kinds.yaml --browser webkit --browser firefox` writes a journal
like run.jsonl, and `cors-harness record --from` it the baseline.
"""

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from tests.hostile.mutations import hostile, mutated_bytes, mutated_json, mutated_lines

from cors_harness.text.yaml_values import yaml_values

REAL = Path(__file__).parent / "real"
Files = st.SearchStrategy[bytes]


def real(name: str) -> bytes:
    """The content of one of them."""
    return (REAL / name).read_bytes()


JOURNAL = real("run.jsonl")
LINES = tuple(JOURNAL.splitlines())
HEADER, *CELLS = [json.loads(line) for line in LINES]


@st.composite
def _journals_with_a_wrong_line(draw: Any, *, in_header: bool) -> bytes:
    index = 0 if in_header else draw(st.integers(1, len(LINES) - 1))
    values = [HEADER] if in_header else [CELLS[index - 1]]
    line = draw(mutated_json(values))
    return b"\n".join((*LINES[:index], line, *LINES[index + 1 :], b""))


def journals() -> Files:
    """Journals with something wrong in a line, or anywhere."""
    in_header, in_cell = (_journals_with_a_wrong_line(in_header=each) for each in (True, False))
    anywhere = st.one_of(mutated_lines([JOURNAL]), mutated_bytes([JOURNAL]))
    return st.one_of(in_header, in_cell, in_cell, anywhere)


def baselines() -> Files:
    """Baselines with something wrong."""
    return hostile([real("baseline.txt")])


def documents() -> Files:
    """OpenAPI and Swagger documents with something wrong, in JSON and YAML."""
    three, two = json.loads(real("openapi-3.1.json")), yaml_values(real("swagger-2.yaml"))
    return hostile([real("openapi-3.1.json"), real("swagger-2.yaml")], [three, two])


def hars() -> Files:
    """HAR files with something wrong."""
    return hostile([real("calls.har")], [json.loads(real("calls.har"))])


def scenario_files() -> Files:
    """Scenario files with something wrong."""
    return hostile([real("kinds.yaml")])


def settings_files() -> Files:
    """`pyproject.toml` with something wrong."""
    return hostile([real("pyproject.toml")])


def capabilities_files() -> Files:
    """Files of capabilities with something wrong, in TOML and JSON."""
    table = {"browserName": "safari", "a:options": {"args": [1, 2.5, None, "x"]}}
    return hostile([real("capabilities.toml"), json.dumps(table).encode()], [table])


OVER = {"kind": "timed-out", "detail": "", "duration_ms": 1.5, "by_deadline": True}
REJECTED = {"kind": "rejected", "error_name": "TypeError", "error_message": "x", "duration_ms": 3}
FULFILLED = {
    "kind": "fulfilled",
    "response_type": "cors",
    "status": 200,
    "status_text": "OK",
    "url": "http://127.0.0.1:1/api/data?cell=0.1",
    "redirected": False,
    "headers": [["content-type", "text/plain"]],
    "body": "hello",
    "body_ended": True,
    "body_error": None,
    "duration_ms": 12,
}
POSTS = {
    "hello": {"agent": "Mozilla/5.0", "origin": "http://127.0.0.1:1"},
    "next": {},
    "report": {
        "started": ["0.1"],
        "finished": [
            {"token": f"0.{n}", "observation": each} for n, each in enumerate((OVER, FULFILLED))
        ],
        "sentinel": "s.1",
    },
    "mark": {"token": "0.1", "observation": REJECTED, "sentinel": None},
    "late": {"token": "0.1"},
}
WISHES: tuple[dict[str, Any], ...] = (
    {"cells": ["a.yaml::b[c-d]"]},
    {"file": "a.yaml"},
    {"scenario": "b", "file": "a.yaml"},
    {},
)


def posts(name: str) -> Files:
    """What the runner page posts to that path, with something wrong."""
    return hostile([json.dumps(POSTS[name]).encode()], [POSTS[name]])


def wishes() -> Files:
    """What the live page posts, with something wrong."""
    return hostile([json.dumps(each).encode() for each in WISHES], WISHES)


TOKENS = {"access_token": "abc", "user": {"token": "def", "roles": ["a", 1, True]}, "expires": 3600}


def logins() -> Files:
    """What a login answers, with something wrong."""
    return hostile([json.dumps(TOKENS).encode()], [TOKENS])
