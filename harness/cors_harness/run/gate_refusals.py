"""GateRefusals: the connections that the gate refused, and which of them explain a failed call."""

from collections import Counter

from cors_harness.model.exchange import Exchange
from cors_harness.model.route import Refusal
from cors_harness.terms.origin import parse_origin
from cors_harness.wire.recorder import Recorder


class GateRefusals:
    """The refusals of a run, added up: the recorder's gate reports each of them only once."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._counts: Counter[tuple[str, int, str, str]] = Counter()

    async def all(self) -> tuple[Refusal, ...]:
        """Every refusal of the run so far."""
        for new in await self._recorder.refusals():
            self._counts[new.host, new.port, new.client, new.why] += new.count
        return tuple(
            Refusal(host=host, port=port, client=client, why=why, count=count)
            for (host, port, client, why), count in sorted(self._counts.items())
        )

    async def of(
        self, engine: str, url: str, exchanges: tuple[Exchange, ...]
    ) -> tuple[Refusal, ...]:
        """Those of an engine at the address of the last request of its call to `url`."""
        target = _last_target(url, exchanges)
        refusals = await self.all() if target else ()
        return tuple(r for r in refusals if (r.host, r.port) == target and r.client == engine)


def _last_target(url: str, exchanges: tuple[Exchange, ...]) -> tuple[str, int] | None:
    """Host and port of the last request, which has no record: the call's, or a redirect's."""
    try:
        target = (exchanges[-1].redirect_url or "") if exchanges else url
        origin = parse_origin("/".join(target.split("/", 3)[:3]))
    except ValueError:  # no URL, or none of http and https
        return None
    return origin.host, origin.port
