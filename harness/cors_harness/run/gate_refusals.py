"""Refusals: what the gate let nobody reach, and whether that explains a rejected call."""

from collections import Counter
from urllib.parse import urljoin

from cors_harness.model.exchange import Exchange
from cors_harness.model.route import Refusal
from cors_harness.terms.headers import REDIRECT_STATUSES, get
from cors_harness.terms.origin import parse_origin
from cors_harness.wire.recorder import Recorder

HostPort = tuple[str, int]


class GateRefusals:
    """Keeps what the recorder's gate reports once only."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._counts: Counter[tuple[str, int, str, str]] = Counter()

    async def all(self) -> tuple[Refusal, ...]:
        """Every refusal of the run so far."""
        for new in await self._recorder.refusals():
            self._counts[new.host, new.port, new.who, new.why] += new.count
        return tuple(
            Refusal(host=host, port=port, who=who, why=why, count=count)
            for (host, port, who, why), count in sorted(self._counts.items())
        )

    async def of(
        self, engine: str, url: str, exchanges: tuple[Exchange, ...]
    ) -> tuple[Refusal, ...]:
        """What kept an engine's call to `url` from what it asked for last; empty: nothing did."""
        wanted = _wanted(url, exchanges)
        refusals = await self.all() if wanted else ()
        return tuple(r for r in refusals if (r.host, r.port) == wanted and r.who == engine)


def _wanted(url: str, exchanges: tuple[Exchange, ...]) -> HostPort | None:
    """Host and port that nothing came back from: the call's, or those of the last redirect."""
    try:
        asked = _redirected_to(exchanges[-1]) if exchanges else url
        origin = parse_origin("/".join(asked.split("/", 3)[:3]))
    except ValueError:  # no URL, or none of http and https
        return None
    return origin.host, origin.port


def _redirected_to(last: Exchange) -> str:
    """Where a redirect leads, empty for other answers; raises ValueError where that is no URL."""
    location = get(last.response_headers, "Location")
    if location is None or last.status not in REDIRECT_STATUSES:
        return ""
    return urljoin(last.origin + last.target, location.decode("latin-1"))
