"""Strategies that make files which are wrong out of files which are right.

A file is bytes. `mutated_json` changes values of a document in JSON, `mutated_text` lines of any
text, `mutated_bytes` bytes of anything; `hostile` is one of those that fit.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]
Keys = tuple[Any, ...]

# What stands for text that `json.dumps` would never write.
RAW = re.compile(r'"@(?:[^@"]+)@"')
NUMBERS = ("NaN", "-Infinity", "1e999", "-0.0", "1" * 5000, "1" * 400, "01", "1.", "0x1f", ".5")
DEEP = "[" * 2000 + "]" * 2000
DEEPER = '{"a":' * 300 + "1" + "}" * 300
TEXTS = (
    *("", " ", "\x00", "\x1b]0;owned\x07\x1b[31m", "\u202egnp.exe\u2066", "\ud800", "\U0001f34f"),
    *("0", "-1", "²", "१२", "null", "true", "[", "{page}", "{steps.0.json.a}", "a" * 5000, "\r\n"),
    *("http://[", "https://user:secret@a.example/", "//", "\x7f", "é", "::", "a::b[c]", "a:1"),
    *("$ref", "#/paths", "#", "(", "^(a+)+$", "\n", "\u2028", "%", "%zz", "*", "1" * 5000),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 7, 2**31, 2**63, -(2**64), 10**30, 0.5, -0.5, 1e300),
    *([], {}, [[]], [{}], [None], {"": None}, {"a": {}}, [1, "a"], [["a", "b"]], ["a"], [["a"]]),
    *({"$ref": "#"}, {"$ref": "#/paths"}, {"$ref": 1}, {"type": "array", "minItems": 10**9}),
    *TEXTS,
    *(f"@{number}@" for number in NUMBERS),
    *(f"@{deep}@" for deep in (DEEP, DEEPER)),
)
PIECES = (
    *(b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\x1b[2J", b"\x80", b"\r"),
    *(b"{", b"}", b"[", b"]", b'"', b"'", b",", b":", b"- ", b"\n", b"\t", b"&a ", b"*a", b"!!x "),
    *(b"!!bool ", b"!!int '' ", b"!!timestamp ", b"!!set ", b"true ", b": true x"),
    *(b"#", b"|", b">", b"%", b"@", b"\\", b"\\ud800", b"null", b"1e999", b"NaN", b"1" * 5000),
    *(b"\xe2\x80\xae", b"\xc2\x85", b"\xf4\x90\x80\x80", b"<<<<<<< HEAD\n", b"---\n", b"a: b\n"),
    *(b"[" * 2000, b'{"a":' * 2000, b"- " * 2000, b"a: {" * 300, b"  " * 40, b"::", b"[x]"),
)


def _paths(value: Any, path: Keys = ()) -> Iterator[Keys]:
    """Where there is a value inside of `value`, itself first."""
    yield path
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(each, (*path, key))


def _at(value: Any, path: Keys) -> Any:
    for key in path:
        value = value[key]
    return value


def _changed(draw: Draw, whole: Any, path: Keys) -> Any:
    """`whole` with one thing done to the value at `path`."""
    if not path:
        return copy.deepcopy(draw(st.sampled_from(VALUES)))
    holder, key = _at(whole, path[:-1]), path[-1]
    match draw(st.sampled_from(("value", "value", "value", "lack", "other", "twice", "key"))):
        case "value":
            holder[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
        case "lack":
            del holder[key]
        case "other":
            other = draw(st.sampled_from(list(_paths(whole))))
            holder[key] = copy.deepcopy(_at(whole, other))
        case "twice":
            _put(holder, key, copy.deepcopy(holder[key]))
        case _:
            _put(holder, draw(st.sampled_from(TEXTS)), holder.pop(key))
    return whole


def _put(holder: Any, key: Any, value: Any) -> None:
    if isinstance(holder, list):
        holder.append(value)
    else:
        holder[str(key)] = value


def _dumped(value: Any, *, ascii_only: bool) -> bytes:
    text = json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":"))
    text = RAW.sub(lambda match: match[0][2:-2].replace('\\"', '"'), text)
    return text.encode("utf-8", "surrogatepass")


@st.composite
def mutated_json(draw: Draw, documents: Sequence[Any]) -> bytes:
    """One of the documents with one to three values changed, as JSON text."""
    value = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 3))):
        value = _changed(draw, value, draw(st.sampled_from(list(_paths(value)))))
    return _dumped(value, ascii_only=draw(st.booleans()))


@st.composite
def mutated_lines(draw: Draw, files: Sequence[bytes]) -> bytes:
    """One of the files with one to three of its lines changed."""
    lines = draw(st.sampled_from(files)).split(b"\n")
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(("lack", "twice", "move", "indent", "value", "key"))):
            case "lack" if len(lines) > 1:
                del lines[at]
            case "move":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(at))
            case "indent":
                lines[at] = draw(st.sampled_from((b" ", b"  ", b"\t"))) + lines[at]
            case "value":
                value = draw(st.sampled_from((*TEXTS, *NUMBERS, DEEP, DEEPER)))
                kept = re.split(rb"(?<=[:=]) ", lines[at], maxsplit=1)[0]
                lines[at] = kept + b" " + value.encode("utf-8", "surrogatepass")
            case "key":
                key = draw(st.sampled_from(TEXTS)).encode("utf-8", "surrogatepass")
                old = re.match(rb"\s*(?:- )?[^\s:=]+", lines[at])
                lines[at] = key + lines[at][old.end() if old else 0 :]
            case _:
                lines.insert(at, lines[at])
    return b"\n".join(lines)


@st.composite
def mutated_bytes(draw: Draw, files: Sequence[bytes]) -> bytes:
    """One of the files with one to three bytes or pieces of it changed, or in another encoding."""
    data: bytes = draw(st.sampled_from(files))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        to = min(len(data), at + draw(st.integers(0, 40)))
        match draw(st.sampled_from(("put", "put", "replace", "lack", "cut", "twice", "encoding"))):
            case "put":
                data = data[:at] + draw(st.sampled_from(PIECES)) + data[at:]
            case "replace":
                data = data[:at] + draw(st.sampled_from(PIECES)) + data[to:]
            case "lack":
                data = data[:at] + data[to:]
            case "cut":
                data = data[:at]
            case "twice":
                data = data[:to] + data[at:]
            case _:
                encoding = draw(st.sampled_from(("utf-16", "utf-32", "utf-8-sig", "cp037")))
                data = data.decode("utf-8", "replace").encode(encoding, "replace")
    return data


def hostile(files: Sequence[bytes], documents: Sequence[Any] = ()) -> st.SearchStrategy[bytes]:
    """Any of the mutations; of values only where the files are JSON and `documents` are they."""
    by_value = [mutated_json(documents)] * 3 if documents else []
    return st.one_of(*by_value, mutated_lines(files), mutated_bytes(files))
