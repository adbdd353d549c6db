"""Refusals: what the gate let nobody reach, and whether that explains a rejected call."""

from collections import Counter
from urllib.parse import urljoin

from cors_harness.model.exchange import Exchange
from cors_harness.model.route import Refusal
from cors_harness.terms.headers import get
from cors_harness.terms.origin import parse_origin
from cors_harness.wire.recorder import Recorder

Place = tuple[str, int]


class Refusals:
    """Keeps what the recorder's gate reports once only."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._counts: Counter[tuple[str, int, str]] = Counter()

    async def all(self) -> tuple[Refusal, ...]:
        """Every refusal of the run so far."""
        for new in await self._recorder.refusals():
            self._counts[new.host, new.port, new.why] += new.count
        return tuple(
            Refusal(host=host, port=port, why=why, count=count)
            for (host, port, why), count in sorted(self._counts.items())
        )

    async def of(self, url: str, exchanges: tuple[Exchange, ...]) -> str:
        """Why a call to `url` could not reach what it asked for last; empty: it was not refused."""
        wanted = _wanted(url, exchanges)
        refusals = await self.all() if wanted else ()
        whys = [each.why for each in refusals if (each.host, each.port) == wanted]
        return f"{wanted[0]}:{wanted[1]}: {', '.join(whys)}" if wanted and whys else ""


def _wanted(url: str, exchanges: tuple[Exchange, ...]) -> Place | None:
    """Host and port that nothing came back from: the call's, or those of the last redirect."""
    location = get(exchanges[-1].response_headers, "Location") if exchanges else b""
    if location is None:
        return None
    try:
        target = urljoin(url, location.decode("latin-1"))
        origin = parse_origin("/".join(target.split("/", 3)[:3]))
    except ValueError:  # no URL, or none of http and https
        return None
    return origin.host, origin.port
