"""Corpus axis: `{lookalikes_of: ORIGIN}` or `{spellings_of: ORIGIN}` instead of an axis' values."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeGuard

from cors_harness.corpus.lookalikes import lookalikes_of_all
from cors_harness.corpus.spellings import spellings_of_all
from cors_harness.loading.decode import Schema, Slot, Wrong
from cors_harness.loading.kinds import OneOrMore
from cors_harness.loading.page_tables import OriginKind
from cors_harness.loading.problems import one_of
from cors_harness.loading.yaml_nodes import Node, Pairs, Text
from cors_harness.model.scenario import SourceSpan
from cors_harness.terms.origin import Origin

ATTACK = "_attack"  # `{from_attack}` beside `{from}`
ORIGINS = OneOrMore(kind=OriginKind())


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value of an axis.

    Attributes:
        slug: goes into the id.
        attack: the line on it that a corpus has; None: it is out of no corpus.
    """

    slug: str
    value: Node
    attack: Text | None = None


Pages = Callable[[Iterable[Origin], SourceSpan], Iterator[Choice]]


def _lookalike_pages(origins: Iterable[Origin], where: SourceSpan) -> Iterator[Choice]:
    for each in lookalikes_of_all(origins):
        page, attack = _text(each.page, where), _text(each.attack, where)
        yield Choice(slug=each.name, value=page, attack=attack)


def _spelling_pages(origins: Iterable[Origin], where: SourceSpan) -> Iterator[Choice]:
    for each in spellings_of_all(origins):
        mapping = (("origin", str(each.origin)), ("typed", each.typed))
        pairs = tuple((_text(key, where), _text(value, where)) for key, value in mapping)
        page = Pairs(pairs=pairs, where=where)
        yield Choice(slug=each.name, value=page, attack=_text(each.reason, where))


CORPORA: Mapping[str, Pages] = {
    "lookalikes_of": _lookalike_pages,
    "spellings_of": _spelling_pages,
}


def is_corpus(values: Node) -> TypeGuard[Pairs]:
    """Whether an axis' values are meant to be a corpus; names of values have no underscore."""
    keys = [key.value for key, _ in values.pairs] if isinstance(values, Pairs) else []
    return any("_of" in key or key.replace("-", "_") in CORPORA for key in keys)


def corpus_choices(values: Pairs, slot: Slot) -> Iterator[Choice]:
    """The choices of a corpus; none where it is wrong, which is reported."""
    (key, origins), *more = values.pairs
    pages = CORPORA.get(key.value)
    if pages is None or more:
        hint = "write {lookalikes_of: https://app.example.com}"
        found = "more than one key" if more else ""
        slot.wrong(values if more else key, f"{one_of(list(CORPORA))} alone", hint, found)
        return
    read = ORIGINS.read(origins, slot.named(key.value))
    if not isinstance(read, Wrong):
        yield from pages((each for each in read if isinstance(each, Origin)), values.where)


def corpus_schema() -> Schema:
    """The mapping with one key of the two."""
    words = {
        "lookalikes_of": "The origins around this one, or these, from which no page must get in.",
        "spellings_of": "Pages of this origin, or these, opened by a URL that is typed otherwise.",
    }
    return {
        "type": "object",
        "properties": {name: {"description": words[name], **ORIGINS.schema()} for name in CORPORA},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }


def _text(value: str, where: SourceSpan) -> Text:
    return Text(value=value, plain=False, where=where)
