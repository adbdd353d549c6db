"""Casting: which server instance plays for a cell, and the key by which its requests find it."""

from collections.abc import Callable, Mapping, Sequence

from cors_harness.model.answer import Answer
from cors_harness.model.cell import Cell
from cors_harness.model.scenario import Scenario
from cors_harness.model.server import VERBATIM
from cors_harness.run.placeholders import fill
from cors_harness.serving.fixtures import Instance

Names = Mapping[str, str]


class Casting:
    """Instances and keys; a key stands first in the token of every cell that is served alike.

    The verbatim server looks its answers up by the key, the gate the instance: on a real origin
    many instances share one name and one port.
    """

    def __init__(self, names: Callable[[Scenario], Names]) -> None:
        """`names`: values of the placeholders of a scenario, as far as they are known by now."""
        self._names = names
        self._keys: dict[object, str] = {}
        # Thousands of cells in one go would hold up the loop for seconds; engines share the work.
        self._known_keys: dict[tuple[int, str], str] = {}
        self._known_instances: dict[tuple[int, str], Instance] = {}

    def instance(self, cell: Cell) -> Instance:
        """The server that answers for `{server}`; not for cells of the verbatim server."""
        place = id(cell.scenario), cell.server
        if place not in self._known_instances:
            self._known_instances[place] = self._instance(cell)
        return self._known_instances[place]

    def _instance(self, cell: Cell) -> Instance:
        policy = fill(cell.scenario.policy, self._names(cell.scenario))
        origin = dict(cell.scenario.origins).get("server")
        scheme = origin.scheme if origin else "http"
        key = f"{cell.server} {scheme} {policy}"
        return Instance(key=key, server=cell.server, policy=policy, scheme=scheme)

    def instances(self, cells: Sequence[Cell]) -> tuple[Instance, ...]:
        """Every instance that is to be started for `cells`, each once."""
        cast = (cell for cell in cells if cell.server != VERBATIM)
        return tuple(dict.fromkeys(self.instance(cell) for cell in cast))

    def key(self, cell: Cell) -> str:
        """The key: cells have the same one if and only if the same servers answer them alike.

        Asked for only once every origin is known, and for scenarios that live as long as this.
        """
        place = id(cell.scenario), cell.server
        if place not in self._known_keys:
            self._known_keys[place] = self._key(cell)
        return self._known_keys[place]

    def _key(self, cell: Cell) -> str:
        origins = cell.scenario.origins
        if cell.server == VERBATIM:
            return self._keys.setdefault(("v", self.answers(cell), origins), f"{len(self._keys)}")
        return self._keys.setdefault((self.instance(cell), origins), f"i{len(self._keys)}")

    def answers(self, cell: Cell) -> tuple[Answer, ...]:
        """What the verbatim server answers to this cell."""
        return fill(cell.scenario.answers or (), self._names(cell.scenario))

    def all_answers(self, cells: Sequence[Cell]) -> Mapping[str, Sequence[Answer]]:
        """What the verbatim server answers, by key."""
        cast = {self.key(cell): cell for cell in cells if cell.server == VERBATIM}
        return {key: self.answers(cell) for key, cell in cast.items()}
