"""JsonDecoder: JSON text as values of declared types, or every place where it has others.

Shapes are msgspec Structs: the one library of its kind that needs no other, and whose versions
nobody's app is tied to. It decodes in C and stops at the first mistake. What is wrong is then
looked for once more, slowly, so that all of it is told, each with its path.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from itertools import islice
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import inspect

from cors_harness.text.json_values import LIMITS, JsonError, JsonFlaw, JsonLimits, json_value
from cors_harness.text.problems import did_you_mean, one_of, shown

MOST_FLAWS = 20
MOST_WORDS = 12  # of a closed list that are listed
LARGEST = 2**53 - 1  # https://www.rfc-editor.org/rfc/rfc8259#section-6

Shape = TypeVar("Shape")
Look = Callable[[Any, Any, str], Iterator[JsonFlaw]]  # at a value, its type and its path


class JsonDecoder(Generic[Shape]):
    """Decodes one shape; made once, as a module is loaded."""

    def __init__(self, shape: type[Shape], limits: JsonLimits = LIMITS) -> None:
        """`shape`: a msgspec Struct, or whatever else msgspec takes for a type."""
        self._shape, self._limits = shape, limits
        self._quick = msgspec.json.Decoder(shape)

    def decode(self, data: bytes | str) -> Shape:
        """The value of the text; raises JsonError with what is wrong."""
        if len(data) <= self._limits.most_bytes:
            try:
                return self._quick.decode(data)
            except (msgspec.DecodeError, ValueError, RecursionError):
                pass  # or there is half a surrogate pair in it, which msgspec does not take
        return self.convert(json_value(data, self._limits))

    def convert(self, value: Any) -> Shape:
        """The same of a value that JSON has; raises JsonError."""
        try:
            return msgspec.convert(value, self._shape)
        except (msgspec.ValidationError, ValueError, RecursionError) as error:
            info = inspect.type_info(self._shape)
            flaws = tuple(islice(_flaws(value, info, ""), MOST_FLAWS))
            other = JsonFlaw(found="something else", expected=str(error) or "less nesting")
            raise JsonError(flaws or (other,)) from None


def kind_of_json(value: Any) -> str:
    """What a reader sees there: quoted text, `null`, a number, `a list` or `an object`."""
    match value:
        case None | bool():
            return json.dumps(value)
        case str():
            return shown(value)
        case int() | float():
            is_long = isinstance(value, int) and value.bit_length() > 64
            return "a number of more than 64 bits" if is_long else str(value)
        case _:
            return "a list" if isinstance(value, list | tuple) else "an object"


def _flaws(value: Any, info: inspect.Type, path: str) -> Iterator[JsonFlaw]:
    """All that is wrong with a value, in its order."""
    look: Look = _FLAWS.get(type(info), _flaws_of_plain)
    return look(value, info, path)


def _flaws_of_plain(value: Any, info: inspect.Type, path: str) -> Iterator[JsonFlaw]:
    if not _fits(value, info):
        yield _flaw(value, info, path)


def _flaws_of_object(value: Any, info: inspect.StructType, path: str) -> Iterator[JsonFlaw]:
    if not isinstance(value, Mapping):
        yield _flaw(value, info, path)
        return
    for field in info.fields:
        place = _below(path, field.encode_name)
        if field.encode_name in value:
            yield from _flaws(value[field.encode_name], field.type, place)
        elif field.required:
            yield JsonFlaw(found="nothing", expected=_words(field.type), path=place)
    if info.tag_field and value.get(info.tag_field) != info.tag:
        found = kind_of_json(value.get(info.tag_field))
        yield JsonFlaw(found=found, expected=str(info.tag), path=_below(path, info.tag_field))
    known = [field.encode_name for field in info.fields]
    for key in value if info.forbid_unknown_fields else ():
        if key not in known:
            hint = did_you_mean(key, known, "; ")
            expected = f"only {', '.join(known)}{hint}"
            yield JsonFlaw(found=f"the unknown key {shown(key)}", expected=expected, path=path)


def _flaws_of_mapping(value: Any, info: inspect.DictType, path: str) -> Iterator[JsonFlaw]:
    if not isinstance(value, Mapping):
        yield _flaw(value, info, path)
        return
    for key, each in value.items():
        for flaw in _flaws(key, info.key_type, path):
            yield replace(flaw, found=f"the key {flaw.found}")
        yield from _flaws(each, info.value_type, _below(path, key))


def _flaws_of_list(
    value: Any, info: inspect.VarTupleType | inspect.ListType, path: str
) -> Iterator[JsonFlaw]:
    if not isinstance(value, list | tuple):
        yield JsonFlaw(found=kind_of_json(value), expected="a list", path=path)
        return
    for number, each in enumerate(value):
        yield from _flaws(each, info.item_type, f"{path}[{number}]")


def _flaws_of_tuple(value: Any, info: inspect.TupleType, path: str) -> Iterator[JsonFlaw]:
    if not isinstance(value, list | tuple) or len(value) != len(info.item_types):
        yield _flaw(value, info, path)
        return
    for number, (each, item) in enumerate(zip(value, info.item_types, strict=True)):
        yield from _flaws(each, item, f"{path}[{number}]")


def _flaws_of_union(value: Any, info: inspect.UnionType, path: str) -> Iterator[JsonFlaw]:
    """What is wrong by the type that is meant, where the sort of the value says which that is."""
    if any(not list(islice(_flaws(value, each, path), 1)) for each in info.types):
        return
    sort: tuple[type, ...] = (inspect.StructType, inspect.DictType)
    if isinstance(value, list):
        sort = (inspect.VarTupleType, inspect.TupleType, inspect.ListType)
    meant = [each for each in info.types if isinstance(each, sort)]
    if len(meant) > 1 and isinstance(value, Mapping):
        yield from _flaws_of_tagged(value, info, meant, path)
    elif isinstance(value, Mapping | list) and len(meant) == 1:
        yield from _flaws(value, meant[0], path)
    else:
        yield _flaw(value, info, path)


def _flaws_of_tagged(
    value: Mapping[str, Any], info: inspect.UnionType, types: Sequence[inspect.Type], path: str
) -> Iterator[JsonFlaw]:
    """What is wrong where one of several objects is meant, each with its name under a key."""
    tagged = [each for each in types if isinstance(each, inspect.StructType) and each.tag_field]
    key = next((str(each.tag_field) for each in tagged), "")
    meant = next((each for each in tagged if each.tag == value.get(key)), None)
    if meant:
        yield from _flaws(value, meant, path)
    elif key:
        expected = one_of([str(each.tag) for each in tagged])
        found = kind_of_json(value[key]) if key in value else "nothing"
        yield JsonFlaw(found=found, expected=expected, path=_below(path, key))
    else:
        yield _flaw(value, info, path)


def _fits(value: Any, info: inspect.Type) -> bool:
    """Whether a value without parts is of the type."""
    match info:
        case inspect.StrType():
            return isinstance(value, str) and _is_like(value, info.pattern)
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.NoneType():
            return value is None
        case inspect.EnumType(cls=words):
            return isinstance(value, str) and value in {word.value for word in words}
        case inspect.IntType() | inspect.FloatType():
            kinds = int if isinstance(info, inspect.IntType) else int | float
            is_number = isinstance(value, kinds) and not isinstance(value, bool)
            return is_number and _is_within(value, info)
        case _:
            return True


def _is_like(text: str, pattern: str | None) -> bool:
    return pattern is None or re.search(pattern, text) is not None


def _is_within(value: float, info: inspect.IntType | inspect.FloatType) -> bool:
    is_small = info.le is None or value <= info.le
    return is_small and (info.ge is None or value >= info.ge)


def _flaw(value: Any, info: inspect.Type, path: str) -> JsonFlaw:
    expected = _words(info)
    if isinstance(info, inspect.EnumType) and isinstance(value, str):
        expected += did_you_mean(value, _values(info.cls), "; ")
    found = f"a list of {len(value)}" if isinstance(value, list) else kind_of_json(value)
    return JsonFlaw(found=found, expected=expected, path=path)


def _words(info: inspect.Type) -> str:
    """What is expected, in words."""
    return _WORDS.get(type(info), lambda _: "an object")(info)


def _words_of_number(info: inspect.IntType | inspect.FloatType) -> str:
    number = "a whole number" if isinstance(info, inspect.IntType) else "a number"
    bounds = [f"from {info.ge:.0f}"] if info.ge is not None else []
    bounds += [f"to {info.le:.0f}"] if info.le is not None else []
    return " ".join((number, *bounds))


def _words_of_enum(info: inspect.EnumType) -> str:
    every = _values(info.cls)
    more = len(every) - MOST_WORDS
    return one_of(every) if more <= 0 else f"{', '.join(every[:MOST_WORDS])} or {more} more"


_FLAWS: Mapping[type, Look] = {
    inspect.StructType: _flaws_of_object,
    inspect.DictType: _flaws_of_mapping,
    inspect.VarTupleType: _flaws_of_list,
    inspect.ListType: _flaws_of_list,
    inspect.TupleType: _flaws_of_tuple,
    inspect.UnionType: _flaws_of_union,
    inspect.Metadata: lambda value, info, path: _flaws(value, info.type, path),
}
_WORDS: Mapping[type, Callable[[Any], str]] = {
    inspect.StrType: lambda info: "text" if info.pattern is None else f"text like {info.pattern}",
    inspect.BoolType: lambda _: "true or false",
    inspect.NoneType: lambda _: "null",
    inspect.AnyType: lambda _: "a value",
    inspect.IntType: _words_of_number,
    inspect.FloatType: _words_of_number,
    inspect.EnumType: _words_of_enum,
    inspect.TupleType: lambda info: f"a list of {len(info.item_types)}",
    inspect.VarTupleType: lambda _: "a list",
    inspect.ListType: lambda _: "a list",
    inspect.UnionType: lambda info: one_of(tuple(dict.fromkeys(map(_words, info.types)))),
    inspect.Metadata: lambda info: _words(info.type),
}


def _values(words: type[Enum]) -> list[str]:
    return [str(word.value) for word in words]


def _below(path: str, key: str) -> str:
    """The path of the value that is under `key`."""
    name = key if key.isidentifier() and key.isascii() else f"[{shown(key)}]"
    return f"{path}.{name}" if path and not name.startswith("[") else f"{path}{name}"
