"""NewScenario: one scenario for one call, made of what its user has said of it."""

import itertools
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from cors_harness.drafts.calls import BEARER, YamlFields, call, headers_field
from cors_harness.drafts.draft import ALLOWED, CORS_CHECK, CORS_PREFLIGHT, shown
from cors_harness.drafts.given_calls import routes_named
from cors_harness.drafts.names import operation_names
from cors_harness.drafts.operation import Operation
from cors_harness.drafts.recorded_request import SANDBOXED, RecordedRequest
from cors_harness.terms.origin import Origin, ServerUrlError, parse_server_url
from cors_harness.terms.page_requests import SAFELISTED_METHODS, is_safelisted

STRANGER = "https://other.example"  # whom a reference server lets in where a page is to be blocked
_CALL = re.compile(r"\s*(?:(?P<method>\S+)\s+)?(?P<server>https?://[^/?#\s]*)(?P<path>\S*)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewScenario:
    """A call, and what must come out.

    Attributes:
        page: the page's origin, or its place; empty: a page of the harness.
        server: the origin that the page calls; None: nobody has said.
        credentials: whether the call has cookies.
        is_blocked: whether the page must not read the response.
        readable: names of response headers that the page must be able to read.
        by_policy: whether it is for the reference servers, configured for what is expected.
        id, title: empty: made of the rest.
    """

    operation: Operation
    page: str = ""
    server: Origin | None = None
    credentials: bool = False
    is_blocked: bool = False
    readable: tuple[str, ...] = ()
    by_policy: bool = False
    id: str = ""
    title: str = ""

    @property
    def has_real_page(self) -> bool:
        """Whether its page is on a real origin."""
        return "://" in self.page

    def named(self, taken: Collection[str] = ()) -> "NewScenario":
        """The scenario with an id that is not taken, and a title, where it has none."""
        return replace(self, id=self.id or self._free_id(taken), title=self.title or self._title())

    def fields(self) -> YamlFields:
        """The keys of the scenario, in order; raises nothing, and may be refused by the loader."""
        headers = headers_field(self._headers())
        by: YamlFields = {"credentials": "include"} if self.credentials else {}
        return {
            "id": self.id,
            "title": self.title,
            "spec": self._spec(),
            **({"policy": self._policy()} if self.by_policy else {}),
            **({"page": self.page} if self.page else {}),
            **self._origins(),
            "request": call(self.operation, **by, **headers),
            "expect": self._expect(),
        }

    # What it is called

    def _free_id(self, taken: Collection[str]) -> str:
        name = operation_names([self.operation])[self.operation]
        base = "-".join((name, *self._kinds()))
        candidates = itertools.chain((base,), (f"{base}-v{n}" for n in itertools.count(2)))
        return next(each for each in candidates if each not in taken)

    def _kinds(self) -> tuple[str, ...]:
        kinds = {"credentials": self.credentials, "blocked": self.is_blocked}
        return tuple(name for name, is_it in kinds.items() if is_it)

    def _title(self) -> str:
        who = {"": "A page", SANDBOXED: "A sandboxed frame"}.get(self.page, self.page)
        may = "may not" if self.is_blocked else "may"
        route = f"{self.operation.method} {shown(self.operation.template)}"
        return f"{who} {may} {route}{' with cookies' if self.credentials else ''}"

    # What it says

    def _headers(self) -> Mapping[str, str]:
        sent = self.operation.sent_headers
        return {**sent, "Authorization": BEARER} if self.operation.authorized else sent

    def _is_preflighted(self) -> bool:
        return self.operation.is_preflighted or self.operation.authorized

    def _spec(self) -> str:
        return CORS_PREFLIGHT if self._is_preflighted() else CORS_CHECK

    def _origins(self) -> YamlFields:
        """The server's origin, where its page is a real one: else both are on ports of the run."""
        if self.server is None or not self.has_real_page:
            return {}
        return {"origins": {"server": str(self.server)}}

    def _expect(self) -> YamlFields:
        if self.is_blocked:
            wire = "preflight" if self._is_preflighted() else "request"
            return {"outcome": "blocked", "wire": (wire,)}
        return {**ALLOWED, "readable": self.readable} if self.readable else ALLOWED

    def _policy(self) -> YamlFields:
        """A configuration by which comes out what is expected."""
        method = self.operation.method
        unsafe = tuple(n for n, value in self._headers().items() if not is_safelisted(n, value))
        return {
            "allow_origins": (STRANGER if self.is_blocked else "{page}",),
            **({} if method in SAFELISTED_METHODS else {"allow_methods": (method,)}),
            **({"allow_headers": unsafe} if unsafe else {}),
            **({"allow_credentials": True} if self.credentials else {}),
            **({"expose_headers": self.readable} if self.readable else {}),
        }


def scenario_of_request(request: RecordedRequest) -> NewScenario:
    """The scenario by which a page makes that request again, and must be allowed."""
    return NewScenario(
        operation=request.operation,
        page=request.page,
        server=request.server,
        credentials=request.credentials,
    )


def scenario_of_call(text: str) -> NewScenario:
    """The scenario of `PUT /orders/1`, or of a method and a URL; of GET without a method.

    Raises:
        ValueError: it is none of these; the text says what was found and expected.
    """
    match = _CALL.fullmatch(text)
    server = None if match is None else parse_server_url(match["server"])
    if match is not None:
        path = match["path"] if match["path"].startswith("/") else f"/{match['path']}"
        text = f"{match['method'] or 'GET'} {path.partition('#')[0]}"
    elif "://" in text:
        found = text.partition("?")[0]
        raise ServerUrlError(repr(found), "http:// or https:// and a host, or a path")
    found_calls = routes_named(text)
    if len(found_calls) > 1:
        raise ValueError(f"found {len(found_calls)} methods in {text!r}; expected one call")
    return NewScenario(operation=replace(found_calls[0].operation, body=None), server=server)
