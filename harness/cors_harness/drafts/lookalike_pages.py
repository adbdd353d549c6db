"""LookalikePages: the matrices of pages around the allowed origins, for a draft."""

from collections.abc import Iterator, Sequence

from cors_harness.corpus.lookalikes import lookalikes_of_all
from cors_harness.drafts.calls import FlowValue, YamlFields
from cors_harness.terms.origin import Origin

MOST_PAGES = 200  # of one matrix: with two credentials modes it stays below what a file may have
EVERYWHERE = "foreign"
IN_TURN = 2


class LookalikePages:
    """The pages around origins, as values of an axis.

    Attributes:
        count: how many pages a call is made from.
    """

    def __init__(self, origins: Sequence[Origin], server: Origin, *, sampled: bool) -> None:
        """Pages of the server itself are left out.

        Args:
            origins: those that are allowed.
            server: the origin of the app.
            sampled: whether each operation gets some of the pages only: `foreign`, and the others
                in turn.
        """
        self._sampled, self._turn = sampled, 0
        never = {str(origin) for origin in (*origins, server)}
        self._groups = [
            (group, tuple((each.name, each.page in never) for each in lookalikes_of_all(group)))
            for group in _groups(tuple(dict.fromkeys(origins)))
        ]

    @property
    def count(self) -> int:
        """How many pages each operation is called from."""
        return sum(
            min(IN_TURN + 1, len(names)) if self._sampled else len(names)
            for _, every in self._groups
            for names in ([name for name, is_never in every if not is_never],)
        )

    def axes(self) -> Iterator[YamlFields]:
        """What `from:` of the scenarios for the next operation is, of each of them; one mostly."""
        for group, every in self._groups:
            names = [name for name, is_never in every if not is_never]
            kept = self._some_of(names) if self._sampled else names
            if kept:
                left_out = [name for name, _ in every if name not in kept]
                without: YamlFields = {"without": left_out} if left_out else {}
                yield {"lookalikes_of": one_or_more(group), **without}
        self._turn += IN_TURN

    def _some_of(self, names: Sequence[str]) -> Sequence[str]:
        others = [name for name in names if name != EVERYWHERE]
        picked = [others[(self._turn + n) % len(others)] for n in range(IN_TURN)] if others else []
        return [name for name in names if name in {EVERYWHERE, *picked}]


def one_or_more(origins: Sequence[Origin]) -> FlowValue:
    """One origin as text, several as a list."""
    texts = tuple(map(str, origins))
    return texts[0] if len(texts) == 1 else texts


def _groups(origins: Sequence[Origin]) -> Iterator[tuple[Origin, ...]]:
    """The origins, so many at once that a matrix takes the pages around them."""
    group: tuple[Origin, ...] = ()
    for origin in origins:
        if group and len(lookalikes_of_all((*group, origin))) > MOST_PAGES:
            yield group
            group = ()
        group = (*group, origin)
    yield group
