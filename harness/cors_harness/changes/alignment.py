"""aligned(): the exchanges of two steps side by side, those for the same thing together."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from cors_harness.model.baseline import ExchangeFacts

Aligned = tuple[ExchangeFacts | None, ExchangeFacts | None]
_Key = Callable[[ExchangeFacts], object]


def aligned(before: Sequence[ExchangeFacts], after: Sequence[ExchangeFacts]) -> tuple[Aligned, ...]:
    """Every exchange once, in wire order, None beside one that only one side has.

    Those of one kind to one place are together by method and target, what is left by its turn.
    """
    pairs = dict(_pairs(enumerate(before), enumerate(after), _request))
    gone = [each for each in enumerate(before) if each[0] not in pairs]
    new = [each for each in enumerate(after) if each[0] not in pairs.values()]
    pairs |= _pairs(gone, new, _place)
    found = [(after_at, at, (before[at], after[after_at])) for at, after_at in pairs.items()]
    alone: list[tuple[int, int, Aligned]] = [
        (at, at, (each, None)) for at, each in gone if at not in pairs
    ]
    alone += [(at, at, (None, each)) for at, each in new if at not in pairs.values()]
    return tuple(pair for *_, pair in sorted([*found, *alone], key=lambda each: each[:2]))


def _pairs(
    before: Iterable[tuple[int, ExchangeFacts]],
    after: Iterable[tuple[int, ExchangeFacts]],
    key: _Key,
) -> Iterator[tuple[int, int]]:
    """(place before, place after) of exchanges with the same key, each once."""
    waiting: defaultdict[object, deque[int]] = defaultdict(deque)
    for at, each in after:
        waiting[key(each)].append(at)
    for at, each in before:
        if alike := waiting[key(each)]:
            yield at, alike.popleft()


def _request(each: ExchangeFacts) -> object:
    return *_place(each), each.method, each.target


def _place(each: ExchangeFacts) -> tuple[object, ...]:
    return each.kind, each.at
