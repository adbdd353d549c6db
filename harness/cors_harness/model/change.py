"""Change: one thing that browsers do otherwise than before, and what sort of change it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import StepFacts, TextPairs
from cors_harness.terms.role import Role
from cors_harness.text.problems import did_you_mean


class ChangeClass(StrEnum):
    """What a change means to whoever runs the server; in the order of reports."""

    # An origin, method, header or credential gets through, more is readable, or a refusal is gone.
    WIDENED = "widened"
    NARROWED = "narrowed"  # the reverse
    COSTLIER = "costlier"  # a new preflight, or one that is remembered for a shorter time
    CHEAPER = "cheaper"
    ENGINE_CHANGED = (
        "engine-changed"  # all was asked and answered alike, another browser version ran
    )
    COSMETIC = "cosmetic"  # the wire differs, what the page gets does not


EVERY_CLASS, NO_CLASS = "any", "none"  # what stands for all of them, and for none
CLASS_WORDS = (*(class_.value for class_ in ChangeClass), EVERY_CLASS, NO_CLASS)


class UnknownClass(ValueError):  # noqa: N818 - reads as what it is
    """A word that is no class of changes, or one that stands beside others and may not.

    Attributes:
        found: the word.
        expected, hint: in words; the hint may be empty.
    """

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found, self.expected = found, f"some of {', '.join(CLASS_WORDS)}"
        self.hint = did_you_mean(found, CLASS_WORDS)
        if found in {EVERY_CLASS, NO_CLASS}:
            self.hint = f"{found} stands alone"


def classes_named(words: Sequence[str]) -> tuple[ChangeClass, ...]:
    """The classes that `words`, each of CLASS_WORDS, mean; raises UnknownClass."""
    match words:
        case [word] if word == EVERY_CLASS:
            return tuple(ChangeClass)
        case [word] if word == NO_CLASS:
            return ()
    for word in words:
        if word not in CLASS_WORDS[:-2]:
            raise UnknownClass(word)
    return tuple(dict.fromkeys(map(ChangeClass, words)))


class FacetKind(StrEnum):
    """What a change is about; REQUEST_HEADER and RESPONSE_HEADER leave open which header it is."""

    RESPONSE_READABLE = "response readable"
    RESPONSE_OPAQUE = "response opaque"
    REQUEST_SENT = "request sent"
    CARRIED_OUT = "request carried out"  # refused on the other side, and nobody reads the response
    CREDENTIALS_SENT = "credentials sent"
    METHOD_SENT = "method sent"
    HEADERS_READABLE = "response headers readable"  # those that a server has to expose
    HEADERS_READ = "response headers read"  # those that pages read whatever is exposed
    PREFLIGHT_ADDED = "preflight added"
    PREFLIGHT_GONE = "preflight gone"
    OUTCOME = "outcome"
    REASON = "reason"
    STATUS = "status"
    REQUESTS = "requests"
    CREDENTIALS = "credentials"
    STEPS = "steps"
    REQUEST_HEADER = "request header"
    RESPONSE_HEADER = "response header"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """What a change is about; the same for changes of the same kind.

    Attributes:
        header: its name in lower case, where the kind is a header; else empty.
    """

    kind: FacetKind
    header: str = ""

    @property
    def text(self) -> str:
        """The facet as JSON has it: `response readable`, `vary`, `sent origin`."""
        match self.kind:
            case FacetKind.RESPONSE_HEADER:
                return self.header
            case FacetKind.REQUEST_HEADER:
                return f"sent {self.header}"
            case _:
                return self.kind.value


class WirePart(StrEnum):
    """What of an exchange differs, or of what the page got; reports show the value."""

    SENT = "sent"
    METHOD = "method"
    TARGET = "target"
    CREDENTIALS = "credentials"
    REQUEST_HEADER = "request header"
    STATUS = "status"
    RESPONSE_HEADER = "response header"
    RESULT = "result"
    REASON = "reason"
    READS = "reads"  # whether page code can read a header


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRequest:
    """A request and the status of its response, None: no response came."""

    method: str
    target: str
    status: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WireDifference:
    """One thing that differs between two runs of a step.

    Attributes:
        kind: of the exchange; None: it is about what the page got.
        role: of the origin that received the exchange.
        header: its name in lower case, of a header and of READS; else empty.
        before, after: the values, one for each time that a header is there: `()` is absent,
            `("",)` empty. Of SENT, CREDENTIALS and READS `("yes",)` or `()`. A status is `()` where
            no response came, a result where the step was not asked.
        request: of SENT and CREDENTIALS, the request that is meant, as it is after where it is.
    """

    kind: ExchangeKind | None = None
    role: str = Role.SERVER
    part: WirePart
    header: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    request: SentRequest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one scenario on one server, in the engines that agree on it.

    Attributes:
        scenario, server, origin: as in Entry.
        engines: sorted.
        step: counted from 0.
        before, after: the step's facts; None on the side that has no such step.
        facet: what it is about.
        headline: what the change means for whoever runs the server; empty where `wire` says it all.
        because: what the engines say; empty where that adds nothing.
        wire: what differs on the wire; empty where the headline says it.
        has_more_steps: whether the cell has other steps, so that a text has to say which it is.
    """

    class_: ChangeClass
    scenario: str
    server: str
    origin: str
    engines: tuple[str, ...]
    step: int
    before: StepFacts | None
    after: StepFacts | None
    facet: Facet
    headline: str
    because: str = ""
    wire: tuple[WireDifference, ...] = ()
    has_more_steps: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineChange:
    """Another version of a browser; before or after is empty where it took no part."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerChange:
    """Other versions of what a server is made of: (distribution, version) that differ."""

    name: str
    before: TextPairs
    after: TextPairs


EntryName = tuple[str, str]  # scenario, server


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two baselines, compared.

    Attributes:
        changes: by class, scenario, server and step.
        missing: entries, or engines of an entry, that are new: ran and are not accepted yet.
        stale: accepted entries that nothing runs any more.
        compared: how many cells both sides have.
    """

    changes: tuple[Change, ...] = ()
    missing: tuple[EntryName, ...] = ()
    stale: tuple[EntryName, ...] = ()
    engines_changed: tuple[EngineChange, ...] = ()
    servers_changed: tuple[ServerChange, ...] = ()
    compared: int = 0
