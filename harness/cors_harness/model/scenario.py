"""Scenario: what a YAML file asks of a browser and a server, and what must come out."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from cors_harness.model.answer import Answer, ExchangeKind
from cors_harness.model.server import CorsPolicy
from cors_harness.terms.engine_names import engine_of
from cors_harness.terms.modes import (
    CacheMode,
    CredentialsMode,
    RedirectMode,
    ReferrerPolicy,
    RequestMode,
)
from cors_harness.terms.origin import Origin
from cors_harness.terms.source_span import SourceSpan


class FetchContext(StrEnum):
    """Where in the page `fetch()` runs."""

    WINDOW = "window"
    WORKER = "worker"
    SANDBOXED_FRAME = "sandboxed-frame"  # an opaque origin: `Origin: null`


class Outcome(StrEnum):
    """What a fetch came to, once page and wire agree."""

    ALLOWED = "allowed"
    BLOCKED = "blocked"
    OPAQUE = "opaque"
    OPAQUE_REDIRECT = "opaque-redirect"
    FAILED = "failed"  # rejected, and the wire does not say that the browser decided it
    TIMEOUT = "timeout"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSpec:
    """Where the page is: its origin, the place inside it, and what its user has permitted.

    Attributes:
        host: `127.0.0.1`, `localhost` or `NAME.localhost`, on the page server's own port;
            same-site with the servers only when it is the scenario's `server_host`.
        origin: a real origin such as `https://app.example.com`, instead of `host`.
        typed: the beginning of the URL that opens the page, where it is typed otherwise than
            `origin`, such as `https://APP.EXAMPLE.COM`; the browser makes `origin` of it.
        place: window, worker or sandboxed frame.
        public: whether the page counts as one from the public address space, for Local Network
            Access; not with `origin`.
        permissions: (name, `granted` or `denied`); others stay as the engine has them.
    """

    host: str = "127.0.0.1"
    origin: Origin | None = None
    typed: str | None = None
    place: FetchContext = FetchContext.WINDOW
    public: bool = False
    permissions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The arguments of one `fetch()` in the page.

    Attributes:
        role: of the origin that is called: `server`, `other`, `third` or `page`.
        path: path and optional query and fragment; the cell's token is added to the query.
        headers: (name, value) pairs given to `fetch()`, in this order.
        frame: real origin of a frame inside the page that makes the call; None: the page itself.
        storage_access: whether the frame first asks for its unpartitioned cookies.
        timeout_ms: milliseconds after which the page gives up and says so; None for the run's.
        None elsewhere: the member is left out of `fetch()`'s init, the browser's default holds.
    """

    method: str | None = None
    role: str = "server"
    path: str = "/api/data"
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    mode: RequestMode | None = None
    credentials: CredentialsMode | None = None
    redirect: RedirectMode | None = None
    cache: CacheMode | None = None
    referrer_policy: ReferrerPolicy | None = None
    keepalive: bool | None = None
    timeout_ms: int | None = None
    frame: Origin | None = None
    storage_access: bool = False


HeaderValue = str | Literal[True] | None
"""What a header must be; None: not there, True: there, whatever its value."""
HeaderExpectation = tuple[tuple[str, HeaderValue], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeExpectation:
    """What one exchange must be; None: not asserted.

    Attributes:
        kind: preflight or request.
        method: as on the wire.
        role: of the origin that received it, as in `Exchange.role`.
        path: of its target, without the query.
        status: of the response.
        is_unanswered: whether no response may have come; `status` is None then.
        request_headers, response_headers: as they were on the wire.
        request_body_bytes, body_bytes: length of the bodies, without transfer coding.
    """

    kind: ExchangeKind | None = None
    method: str | None = None
    role: str | None = None
    path: str | None = None
    status: int | None = None
    is_unanswered: bool = False
    request_headers: HeaderExpectation = ()
    response_headers: HeaderExpectation = ()
    request_body_bytes: int | None = None
    body_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What must come out; None: not asserted.

    Attributes:
        outcome: what the page gets, agreed by the wire; of several one must hold, and what follows
            is asserted as far as a page can see it with that one (`expectation_rules`). Empty: not
            asserted.
        preflight: whether at least one CORS-preflight request was on the wire.
        wire: the kinds of all exchanges, in wire order; empty: nothing may reach any server.
        exchanges: all exchanges, in wire order.
        status, status_text, response_type, redirected, url, body: as the page reads them.
        readable: response headers as page code reads them; None: must not be readable.
        sent: headers of the last request on the wire that is no preflight; None: must be absent.
        preflight_sent: the same of the first CORS-preflight request.
        reason: a ReasonCode value, or several of which one must hold.
    """

    outcome: tuple[Outcome, ...] = ()
    preflight: bool | None = None
    wire: tuple[ExchangeKind, ...] | None = None
    exchanges: tuple[ExchangeExpectation, ...] | None = None
    status: int | None = None
    status_text: str | None = None
    response_type: str | None = None
    redirected: bool | None = None
    url: str | None = None
    body: str | None = None
    readable: HeaderExpectation = ()
    sent: HeaderExpectation = ()
    preflight_sent: HeaderExpectation = ()
    reason: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationOverride:
    """One `except:` entry: other expectations for some servers or engines.

    Attributes:
        servers, engines: names it holds for; empty: all.
        overrides: names of Expectation fields that `expect` replaces, in file order.
        expect: the values for those fields; its other fields mean nothing.
        known: source of a real difference between engines (a bug's URL or a measured note); cells
            that match then count as known differences.
    """

    servers: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    expect: Expectation
    known: str | None = None

    def covers(self, servers: Sequence[str], engine: str) -> bool:
        """Whether it holds for a cell on a server with one of these names, and this engine.

        `engine`: the name of its column; what holds for `webkit` holds for `safari-mac` too.
        """
        return (not self.servers or not {*servers}.isdisjoint(self.servers)) and (
            not self.engines or engine_of(engine) in self.engines
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call and what must come of it.

    Attributes:
        delay_ms: milliseconds to wait before the call.
        within_ms: most milliseconds from the beginning of the call before to this one; a cell that
            a busy machine held up for longer is not judged, it begins afresh. None: no limit.
        exemptions: later entries win over earlier ones.
        reads_body: the whole body is wanted, whether anything is expected of it or not.
    """

    call: Call
    expect: Expectation
    exemptions: tuple[ExpectationOverride, ...] = ()
    delay_ms: int = 0
    within_ms: int | None = None
    reads_body: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scenario; `request:` is one step, `steps:` are several.

    Attributes:
        server_host: host name, such as `localhost`, under which the page calls all the servers.
        origins: (role, real origin) of the roles `server`, `other`, `third` that have one.
        expired: roles whose certificate is no longer valid.
        policy: for the reference servers; answers: for the verbatim server; None both: for
            servers that are configured already, the fixed ones in `servers` or the user's app.
        servers: run only on these; empty: on every server that can express the policy.
        isolated: run alone in a context of its own (cookies under fixed names).
    """

    id: str
    title: str
    spec: str
    source: SourceSpan
    page: PageSpec = PageSpec()
    server_host: str = "127.0.0.1"
    origins: tuple[tuple[str, Origin], ...] = ()
    expired: tuple[str, ...] = ()
    policy: CorsPolicy | None = None
    answers: tuple[Answer, ...] | None = None
    steps: tuple[Step, ...]
    servers: tuple[str, ...] = ()
    isolated: bool = False
    note: str | None = None

    def real_origins(self) -> frozenset[Origin]:
        """Every real origin that it needs: the page's, its frames' and the servers'."""
        return self.page_origins() | {origin for _, origin in self.origins}

    def page_origins(self) -> frozenset[Origin]:
        """Real origins of its page and of the frames inside."""
        pages = (self.page.origin, *(step.call.frame for step in self.steps))
        return frozenset(filter(None, pages))

    def named_servers(self) -> frozenset[str]:
        """Servers that the file names, in `servers:` or in an `except:` entry."""
        exempted = (name for step in self.steps for e in step.exemptions for name in e.servers)
        return frozenset((*self.servers, *exempted))
