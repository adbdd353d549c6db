"""The shapes of a journal's lines, as `store.codec` writes them: JSON with types.

What is absent in JSON where it is not always there has a default here. A key that is not named here
is passed over: a later version that adds one keeps the schema.
"""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from cors_harness.model.advertised import Reach
from cors_harness.model.advice import FixTarget, Mistake
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import ResponsePart
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Aspect, ExchangePart, Status, Unseen
from cors_harness.terms.reasons import ReasonCode
from cors_harness.text.typed_json import LARGEST

Count = Annotated[int, Meta(ge=0, le=LARGEST)]
StatusCode = Annotated[int, Meta(ge=0, le=999)]
Ms = Annotated[int, Meta(ge=-LARGEST, le=LARGEST)] | Annotated[float, Meta(ge=-1e15, le=1e15)]
Texts = tuple[str, ...]
RoleName = Annotated[str, Meta(pattern="^[a-z]{1,20}$")]
RunOrigin = Annotated[str, Meta(pattern=r"^https?://[^/?#\s]+:[0-9]{1,5}$")]
TextPairsShape = tuple[tuple[str, str], ...]


class AdviceShape(Struct, gc=False):
    """`advice`."""

    mistake: Mistake
    wrong: str
    where: FixTarget
    link: str
    link_is: str
    place: str = ""
    lines: Texts = ()
    keep: str = ""


class ReasonShape(Struct, gc=False):
    """`reason`."""

    code: ReasonCode
    detail: str = ""
    console: str = ""


class ObservationShape(Struct, gc=False):
    """`observation`: of which kind, tell `response_type`, `error_name` and `duration_ms`."""

    outcome: Outcome | None
    response_type: str | None
    status: StatusCode | None
    url: str | None
    redirected: bool | None
    readable_headers: TextPairsShape
    body: str | None
    body_error: str | None
    error_name: str | None
    error_message: str | None
    duration_ms: Ms | None
    status_text: str = ""
    body_ended: bool = True
    by_deadline: bool = False


class StepShape(Struct, gc=False):
    """An entry of `steps`, or what a cell of one step has itself."""

    observation: ObservationShape | None
    reason: ReasonShape | None


class ExchangeShape(Struct, gc=False):
    """An entry of `exchanges`; text is latin-1, a character a byte, where bytes are meant."""

    kind: ExchangeKind
    role: str
    origin: str
    method: str
    target: str
    request_headers: TextPairsShape
    request_bytes: Count
    request_body: str
    status: StatusCode | None
    response_headers: TextPairsShape
    body_bytes: Count
    body: str
    complete: bool
    t_ms: Ms
    protocol: str
    step: Count
    broke_off: ResponsePart | None = None
    end_ms: Ms | None = None


class MismatchShape(Struct, gc=False):
    """An entry of `mismatches`."""

    aspect: Aspect
    step: Count | None
    header: str | None
    expected: str | int | bool | Texts | None
    found: str | int | bool | Texts | None
    unseen: Unseen | None
    spec: str
    exchange: Count | None = None
    part: ExchangePart | None = None


class CaveatShape(Struct, gc=False):
    """An entry of `caveats`."""

    step: Count
    outcome: Outcome
    kind: ExchangeKind
    status: StatusCode
    open: bool = False


class CookieShape(Struct, gc=False):
    """An entry of `held_back`."""

    step: Count
    name: str
    why: str


class VerdictShape(Struct, gc=False):
    """`verdict`."""

    status: Status
    mismatches: tuple[MismatchShape, ...]
    known: str | None
    note: str
    caveats: tuple[CaveatShape, ...] = ()
    held_back: tuple[CookieShape, ...] = ()
    no_result: bool = False


class CellShape(Struct, gc=False):
    """A line of a journal, but for the first."""

    cell: Annotated[str, Meta(pattern="::")]
    scenario: str
    server: str
    engine: str
    title: str
    spec: str
    source: Annotated[str, Meta(pattern=":[0-9]{1,9}$")]
    page: str
    placeholders: dict[RoleName, RunOrigin]
    exchanges: tuple[ExchangeShape, ...]
    verdict: VerdictShape
    advice: AdviceShape | None
    observation: ObservationShape | None
    reason: ReasonShape | None
    steps: tuple[StepShape, ...] | UnsetType = UNSET
    unique: str = ""
    step_values: dict[Annotated[str, Meta(pattern=r"^steps\.[0-9]{1,4}\.")], str] = {}
    step_paths: dict[Annotated[str, Meta(pattern="^[0-9]{1,4}$")], str] = {}
    isolated: str = ""
    app_output: Texts = ()


class NameShape(Struct, gc=False):
    """The name of the cell that a line is of, and nothing else of it."""

    cell: str


class EngineShape(Struct, gc=False):
    """An entry of `engines`."""

    name: str
    version: str
    build: str
    driver: str
    label: str
    sessions: Count = 1


class ServerShape(Struct, gc=False):
    """An entry of `servers`."""

    name: str
    versions: dict[str, str]
    frameworks: Texts | None = None


class PlanShape(Struct, gc=False):
    """`plan`."""

    cells: Count
    digest: str
    files: dict[str, str]


class ShardShape(Struct, gc=False):
    """An entry of `shards`."""

    index: Count
    count: Count
    cells: Count


class AdvertisedShape(Struct, gc=False):
    """`advertised`."""

    host: str
    listens_on: Texts
    ports: tuple[Count, ...]
    engines: dict[str, Reach]


class HeaderShape(Struct, gc=False):
    """The first line of a journal."""

    format: str
    schema: int
    harness: str
    argv: Texts
    os: str
    engines: tuple[EngineShape, ...]
    servers: tuple[ServerShape, ...]
    plan: PlanShape | UnsetType = UNSET
    shards: tuple[ShardShape, ...] = ()
    advertised: AdvertisedShape | None = None
