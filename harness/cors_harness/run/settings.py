"""RunSettings: everything about a run that is not which cells it has."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cors_harness.model.advertised import Reach
from cors_harness.model.remote import Remote
from cors_harness.model.subject import Subject
from cors_harness.terms.fingerprints import Fingerprints


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """The settings of a run.

    Attributes:
        subject: the user's own server, which cells know as the server `app`.
        executables: engine name to the browser file that is to be used for it.
        remotes: browsers somewhere else, by the names of their columns; one that is called as an
            engine is runs in the place of the local one.
        by_playwright: whether Playwright drives a stock browser wherever it can.
        channel: a browser by Playwright's name for it, such as `chrome`, for the engine it is.
        headed: show the browsers.
        plain_urls: the user's server gets URLs without the cells' tokens; so its cells run one at a
            time, each in a page that is bound to it.
        isolated: every cell alone in a fresh context, to prove that batching changes nothing.
        allow_missing: go on without engines that are not there; their cells are skipped aloud.
        timeout_ms: milliseconds a call may take unless its scenario says otherwise.
        stall_s: seconds without a sign of life from a page before its engine counts as hung.
        output_file: where what the user's server writes is kept; None: nowhere.
        fingerprints: stand for the secrets of the user's server in records; None: those are kept.
        sessions: engine name to how many sessions of it share its pages, at most; one of others.
        concurrency: cells that one page runs at the same time; None: as many as the engine bears.
        advertise: the host by which browsers on other machines call this one, as a URL has it;
            empty: everything stays on loopback.
        reach: of engines beside `remotes` that call from other machines, by name; nothing is
            advertised without either.
    """

    subject: Subject | None = None
    executables: Mapping[str, Path] = field(default_factory=dict)
    remotes: Mapping[str, Remote] = field(default_factory=dict)
    by_playwright: bool = False
    channel: str | None = None
    headed: bool = False
    plain_urls: bool = False
    isolated: bool = False
    allow_missing: bool = False
    timeout_ms: int = 10_000
    stall_s: float = 15.0
    output_file: Path | None = None
    fingerprints: Fingerprints | None = field(default_factory=Fingerprints)
    sessions: Mapping[str, int] = field(default_factory=dict)
    concurrency: int | None = None
    advertise: str = ""
    reach: Mapping[str, Reach] = field(default_factory=dict)

    def with_default_concurrency(self, at_once: int) -> "RunSettings":
        """These settings with a number for `concurrency`: `at_once` where none was chosen."""
        return replace(self, concurrency=self.concurrency or at_once)
