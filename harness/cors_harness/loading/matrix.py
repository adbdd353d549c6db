"""Matrix: one scenario as a pattern for many, one for every combination of its axes."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeGuard

from cors_harness.corpus.lookalikes import lookalikes_of_all
from cors_harness.corpus.spellings import spellings_of_all
from cors_harness.loading.decode import WRONG, DecodedValues, Field, Record, Slot, Wrong
from cors_harness.loading.page_tables import OriginKind
from cors_harness.loading.values import IN_BRACES, PLACEHOLDERS, Free, OneOrMore
from cors_harness.terms.origin import Origin
from cors_harness.text.problems import ProblemList, did_you_mean, one_of, shown
from cors_harness.text.yaml_nodes import Items, Node, Pairs, Text, kind_of

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


# Pages of a corpus around origins; they stand where the mapping that names the corpus does.
Pages = Callable[[Iterable[Origin], Pairs], Iterator[Choice]]


def _lookalike_pages(origins: Iterable[Origin], corpus: Pairs) -> Iterator[Choice]:
    for lookalike in lookalikes_of_all(origins):
        page, attack = _text(lookalike.page, corpus), _text(lookalike.attack, corpus)
        yield Choice(slug=lookalike.name, value=page, attack=attack)


def _spelling_pages(origins: Iterable[Origin], corpus: Pairs) -> Iterator[Choice]:
    for spelling in spellings_of_all(origins):
        values = (("origin", str(spelling.origin)), ("typed", spelling.typed))
        page = corpus.with_pairs((_text(k, corpus), _text(v, corpus)) for k, v in values)
        yield Choice(slug=spelling.name, value=page, attack=_text(spelling.reason, corpus))


CORPORA: Mapping[str, Pages] = {
    "lookalikes_of": _lookalike_pages,
    "spellings_of": _spelling_pages,
}
HELP = {
    "lookalikes_of": "The origins around this one, or these, from which no page must get in.",
    "spellings_of": "Pages of this origin, or these, opened by a URL that is typed otherwise.",
}
WITHOUT = "Names of pages to leave out, such as parent-domain."


def _check_corpus(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    """Reports both or neither of the corpora, and names that no page has."""
    named = [key for key in CORPORA if key in values]
    if len(named) != 1:
        hint = "write {lookalikes_of: https://app.example.com}"
        slot.wrong(node, f"one of {one_of(list(CORPORA))}", hint, "both" if named else "neither")
    elif WRONG not in (values[named[0]], values.get("without")):
        _check_without(values, node, slot.named("without"), named[0])


def _check_without(values: DecodedValues, node: Pairs, slot: Slot, corpus: str) -> None:
    names = [page.slug for page in CORPORA[corpus](values[corpus], node)]
    without, wrong_node = values.get("without", ()), node.get("without") or node
    for name in without:
        if name not in names:
            slot.wrong(wrong_node, one_of(names), did_you_mean(name, names), shown(name))
    if {*names} <= {*without}:
        slot.wrong(wrong_node, "some page that is left", "", "every page of the corpus")


CORPUS = Record(
    name="corpus",
    help="Pages around an origin, or of it, in place of the values of an axis.",
    build=lambda values: values,
    check=_check_corpus,
    fields=(
        *(Field(key=key, kind=ORIGINS, help=help_text) for key, help_text in HELP.items()),
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
    corpus = CORPUS.read(values, slot)
    if isinstance(corpus, Mapping):
        (key,) = corpus.keys() - {"without"}
        for page in CORPORA[key](corpus[key], values):
            if page.slug not in corpus.get("without", ()):
                yield page


def _text(value: str, place: Node) -> Text:
    """Text that stands where `place` does, as if in quotes."""
    return Text(file=place.file, line=place.line, column=place.column, value=value, plain=False)


MOST_COMBINATIONS = 500
# Characters of all expanded scenarios of one file, a value counted as fifty: some thousand
# ordinary scenarios, and still less than a second to read.
MOST_TEXT = 5_000_000
NODE_WEIGHT = 50

AXIS_NAME = re.compile(r"[a-z][a-z0-9_]*")
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis, with its choices in file order."""

    name: Text
    choices: tuple[Choice, ...]

    def names(self) -> tuple[str, ...]:
        """What may stand in braces for it: its name, and the attack's where it is a corpus."""
        name = self.name.value
        return (name, name + ATTACK) if self.choices[0].attack else (name,)

    def chosen(self, choice: Choice) -> dict[str, Node]:
        """What stands for each of its names when that choice is made."""
        values = (choice.value, *([choice.attack] if choice.attack else []))
        return dict(zip(self.names(), values, strict=True))


class Expander:
    """Expands the scenarios of one file, within a limit for all of them together."""

    def __init__(self, report: ProblemList) -> None:
        self._report = report
        self._left = MOST_TEXT

    def expand(self, node: Node) -> Iterator[Node]:
        """The scenarios that `node` stands for, `matrix` taken out; none when it is wrong."""
        self._report.placeholders = ()
        matrix = node.get("matrix") if isinstance(node, Pairs) else None
        if matrix is None or not isinstance(node, Pairs):
            yield node
            return
        slot = Slot(self._report, "matrix")
        axes = _axes(matrix, slot)
        rest = node.with_pairs(pair for pair in node.pairs if pair[1] is not matrix)
        if not isinstance(axes, Wrong) and self._fits(rest, axes, slot):
            self._report.placeholders = tuple(name for axis in axes for name in axis.names())
            yield from _variants(rest, axes, slot)

    def _fits(self, rest: Pairs, axes: tuple[Axis, ...], slot: Slot) -> bool:
        combinations = math.prod(len(axis.choices) for axis in axes)
        longest = max(
            _weight(value)
            for axis in axes
            for choice in axis.choices
            for value in axis.chosen(choice).values()
        )
        uses = [name for text in _texts(rest) for name in IN_BRACES.findall(text.value)]
        self._left -= combinations * (_weight(rest) + longest * len(uses))
        hint = "write fewer values, or several scenarios or files"
        if combinations > MOST_COMBINATIONS:
            found = f"{combinations} combinations"
            slot.wrong(rest, f"at most {MOST_COMBINATIONS}", hint, found)
            return False
        if self._left < 0:
            found = "more text than a file may expand to"
            slot.wrong(rest, f"at most {MOST_TEXT} characters", hint, found)
            return False
        unused = [axis for axis in axes if axis.name.value not in uses]
        for axis in unused:
            name = axis.name.value
            hint = f"write {{{name}}} where the values shall stand, or take the axis away"
            slot.wrong(axis.name, f"{{{name}}} in the scenario", hint, f"the axis {name}, not used")
        return not unused


def _axes(matrix: Node, slot: Slot) -> tuple[Axis, ...] | Wrong:
    if isinstance(matrix, Pairs) and matrix.flawed:
        return WRONG
    if not isinstance(matrix, Pairs) or not matrix.pairs:
        return slot.wrong(matrix, "a mapping from axis to values", "write {method: [PUT, DELETE]}")
    axes = tuple(_axis(name, values, slot) for name, values in matrix.pairs)
    good = tuple(axis for axis in axes if not isinstance(axis, Wrong))
    is_good = len(good) == len(axes) and not _report_same_names(good, slot)
    return good if is_good else WRONG


def _report_same_names(axes: tuple[Axis, ...], slot: Slot) -> bool:
    """Report axes whose name another one has for its attack; tells whether there are any."""
    attacks = {name for axis in axes for name in axis.names()[1:]}
    same = [axis.name for axis in axes if axis.name.value in attacks]
    for name in same:
        slot.wrong(name, "another name", f"{{{name.value}}} is the line on an origin's attack")
    return bool(same)


def _axis(name: Text, values: Node, slot: Slot) -> Axis | Wrong:
    before = slot.report.count
    if name.value in PLACEHOLDERS:
        slot.wrong(name, "another name", f"{{{name.value}}} has a meaning of its own")
    elif not AXIS_NAME.fullmatch(name.value):
        slot.wrong(name, "an axis named by small letters, digits and _")
    here = slot.named(name.value)
    choices = tuple(corpus_choices(values, here) if is_corpus(values) else _choices(values, here))
    _report_same_slugs(choices, values, here)
    flawed = isinstance(values, Pairs) and values.flawed
    if flawed or slot.report.count > before:
        return WRONG
    return Axis(name=name, choices=choices)


def _choices(values: Node, slot: Slot) -> Iterator[Choice]:
    match values:
        case Items(items=items) if items:
            for item in items:
                yield Choice(slug=_slug_of(item, slot), value=item)
        case Pairs(pairs=pairs) if pairs:
            for key, value in pairs:
                if not SLUG.fullmatch(key.value):
                    slot.wrong(key, "a name for the id: small letters, digits and hyphens")
                yield Choice(slug=key.value, value=value)
        case _:
            expected = "values: a list, or a mapping from name to value"
            found = "an empty one" if not isinstance(values, Text) else ""
            slot.wrong(values, expected, "write [PUT, DELETE] or {put: PUT}", found)


def _slug_of(item: Node, slot: Slot) -> str:
    """The value as part of an id: small letters and digits, all else hyphens."""
    text = item.value if isinstance(item, Text) else ""
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if not slug:
        hint = 'give it a name for the id, such as {star: "*"} instead of ["*"]'
        slot.wrong(item, "a value with letters or digits", hint)
    return slug


def _report_same_slugs(choices: tuple[Choice, ...], values: Node, slot: Slot) -> None:
    slugs = [choice.slug for choice in choices]
    for slug in dict.fromkeys(s for s in slugs if s and slugs.count(s) > 1):
        hint = "give them names of their own: {NAME: value}"
        slot.wrong(values, "values that differ in the id", hint, f"{slug!r} for several values")


def _variants(rest: Pairs, axes: tuple[Axis, ...], slot: Slot) -> Iterator[Node]:
    for combination in product(*(axis.choices for axis in axes)):
        made = zip(axes, combination, strict=True)
        chosen = {name: value for a, choice in made for name, value in a.chosen(choice).items()}
        suffix = "".join(f"-{choice.slug}" for choice in combination)
        before = slot.report.count
        filled = _filled_pairs(rest, chosen, slot)
        if slot.report.count == before:
            yield filled.with_pairs(_with_suffix(key, value, suffix) for key, value in filled.pairs)


def _with_suffix(key: Text, value: Node, suffix: str) -> tuple[Text, Node]:
    if key.value == "id" and isinstance(value, Text):
        return key, replace(value, value=value.value + suffix)
    return key, value


def _filled(node: Node, chosen: Mapping[str, Node], slot: Slot) -> Node:
    match node:
        case Text():
            return _filled_text(node, chosen, slot)
        case Items(items=items):
            return replace(node, items=[_filled(item, chosen, slot) for item in items])
        case Pairs():
            return _filled_pairs(node, chosen, slot)


def _filled_pairs(node: Pairs, chosen: Mapping[str, Node], slot: Slot) -> Pairs:
    return node.with_pairs(
        (_as_text(_filled(key, chosen, slot), key), _filled(value, chosen, slot))
        for key, value in node.pairs
    )


def _as_text(node: Node, key: Text) -> Text:
    return node if isinstance(node, Text) else key


def _filled_text(node: Text, chosen: Mapping[str, Node], slot: Slot) -> Node:
    """`node` with its axes filled in; an axis alone gives the axis' value as it stands."""
    alone = IN_BRACES.fullmatch(node.value)
    if alone and alone.group(1) in chosen:
        return chosen[alone.group(1)]

    def value_of(match: re.Match[str]) -> str:
        value = chosen.get(match.group(1))
        if value is None or isinstance(value, Text):
            return match.group(0) if value is None else value.value
        hint = f"{match.group(0)} is {kind_of(value)}, which can only stand alone"
        slot.wrong(node, f"{match.group(0)} alone", hint)
        return match.group(0)

    return replace(node, value=IN_BRACES.sub(value_of, node.value))


def _texts(node: Node) -> Iterator[Text]:
    match node:
        case Text():
            yield node
        case Items(items=items):
            for item in items:
                yield from _texts(item)
        case Pairs(pairs=pairs):
            for key, value in pairs:
                yield key
                yield from _texts(value)


def _weight(node: Node) -> int:
    return sum(NODE_WEIGHT + len(text.value) for text in _texts(node)) or NODE_WEIGHT
