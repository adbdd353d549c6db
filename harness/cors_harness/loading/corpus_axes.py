"""Corpus axis: `{lookalikes_of: ORIGIN}` or `{spellings_of: ORIGIN}` instead of an axis' values."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeGuard

from cors_harness.corpus.lookalikes import lookalikes_of_all
from cors_harness.corpus.spellings import spellings_of_all
from cors_harness.loading.decode import WRONG, Field, Record, Slot, Values
from cors_harness.loading.kinds import Free, OneOrMore
from cors_harness.loading.page_tables import OriginKind
from cors_harness.loading.problems import did_you_mean, one_of, shown
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
HELP = {
    "lookalikes_of": "The origins around this one, or these, from which no page must get in.",
    "spellings_of": "Pages of this origin, or these, opened by a URL that is typed otherwise.",
}
WITHOUT = "Names of pages to leave out, such as parent-domain."


def _check_corpus(values: Values, node: Pairs, slot: Slot) -> None:
    """Reports both or neither of the corpora, and names that no page has."""
    named = [key for key in CORPORA if key in values]
    if len(named) != 1:
        hint = "write {lookalikes_of: https://app.example.com}"
        slot.wrong(node, f"one of {one_of(list(CORPORA))}", hint, "both" if named else "neither")
    elif WRONG not in (values[named[0]], values.get("without")):
        _check_without(values, node, slot.named("without"), named[0])


def _check_without(values: Values, node: Pairs, slot: Slot, corpus: str) -> None:
    names = [each.slug for each in CORPORA[corpus](values[corpus], node.where)]
    without, place = values.get("without", ()), node.get("without") or node
    for name in without:
        if name not in names:
            slot.wrong(place, one_of(names), did_you_mean(name, names), shown(name))
    if {*names} <= {*without}:
        slot.wrong(place, "some page that is left", "", "every page of the corpus")


CORPUS = Record(
    name="corpus",
    help="Pages around an origin, or of it, in place of the values of an axis.",
    build=lambda values: values,
    check=_check_corpus,
    fields=(
        *(Field(key=key, kind=ORIGINS, help=words) for key, words in HELP.items()),
        Field(key="without", kind=OneOrMore(kind=Free()), help=WITHOUT),
    ),
    also=(("anyOf", [{"required": [key]} for key in CORPORA]),),
)


def is_corpus(values: Node) -> TypeGuard[Pairs]:
    """Whether an axis' values are meant to be a corpus; names of values have no underscore."""
    keys = [key.value for key, _ in values.pairs] if isinstance(values, Pairs) else []
    return any("_of" in key or key.replace("-", "_") in CORPORA for key in keys)


def corpus_choices(values: Pairs, slot: Slot) -> Iterator[Choice]:
    """The choices of a corpus; none where it is wrong, which is reported."""
    read = CORPUS.read(values, slot)
    if isinstance(read, Mapping):
        (key,) = read.keys() - {"without"}
        for each in CORPORA[key](read[key], values.where):
            if each.slug not in read.get("without", ()):
                yield each


def _text(value: str, where: SourceSpan) -> Text:
    return Text(value=value, plain=False, where=where)
