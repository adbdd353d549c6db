"""Result: what all engines made of one fetch(): facts, no verdict."""

from collections.abc import Iterator, Sequence

from cors_harness.asking.engine_result import EngineResult, engine_result
from cors_harness.asking.story import story
from cors_harness.model.record import CellRecord
from cors_harness.model.scenario import Scenario


class Result:
    """What the engines made of one fetch(); iterates over them, `result["webkit"]` is one."""

    def __init__(self, scenario: Scenario, engines: Sequence[EngineResult]) -> None:
        self.scenario, self._engines = scenario, {each.engine: each for each in engines}

    def __iter__(self) -> Iterator[EngineResult]:
        return iter(self._engines.values())

    def __len__(self) -> int:
        return len(self._engines)

    def __getitem__(self, engine: str) -> EngineResult:
        """What `engine` made of it; raises KeyError where it was not asked."""
        if engine not in self._engines:
            raise KeyError(f"{engine!r} was not asked; there are {', '.join(self._engines)}")
        return self._engines[engine]

    @property
    def allowed_in_all(self) -> bool:
        """Whether page code got the response and may read it, in every engine."""
        return all(each.allowed for each in self)

    @property
    def blocked_in_all(self) -> bool:
        """Whether every engine kept the response, or the request, back."""
        return all(each.blocked for each in self)

    @property
    def preflighted(self) -> bool:
        """Whether any engine asked first."""
        return any(each.preflighted for each in self)

    def __repr__(self) -> str:
        """The whole story, equal engines once."""
        return "\n".join(story(self.scenario, tuple(self)))


def result_of(scenario: Scenario, records: Sequence[CellRecord]) -> Result:
    """The records of a scenario of one step, without what was judged."""
    return Result(scenario, [engine_result(record) for record in records])
