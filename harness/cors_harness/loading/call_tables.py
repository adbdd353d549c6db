"""The table of `request`: what the page fetches."""

from typing import Any

from cors_harness.loading.decode import WRONG, DecodedValues, Field, Record, Slot
from cors_harness.loading.page_tables import OriginKind
from cors_harness.loading.values import (
    FIELD_NAME,
    ORIGINS,
    Flag,
    Free,
    HeaderPairs,
    Number,
    Shaped,
    WordKind,
)
from cors_harness.model.scenario import Call
from cors_harness.terms.modes import (
    CacheMode,
    CredentialsMode,
    RedirectMode,
    ReferrerPolicy,
    RequestMode,
)
from cors_harness.text.yaml_nodes import Pairs

FETCH = "https://fetch.spec.whatwg.org/#"
LONGEST_MS = 600_000

METHOD = Shaped(pattern=FIELD_NAME, expected="a method name such as PUT")


def _check_request(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    method: Any = values.get("method", "GET")
    if "body" in values and method is not WRONG and method.upper() in {"GET", "HEAD"}:
        body = node.get("body") or node
        found = f"a body for {method}"
        hint = "fetch() refuses it before anything is sent: state another method"
        slot.named("body", f"{FETCH}dom-request").wrong(body, "no body for it", hint, found)
    if values.get("storage_access") and "frame" not in values:
        hint = "state frame: the page itself has its own cookies"
        here = slot.named("storage_access")
        here.wrong(node.get("storage_access") or node, "frame beside it", hint, "no frame")


REQUEST = Record(
    name="request",
    help="The arguments of one fetch() in the page; what is left out is left to the browser.",
    build=lambda values: Call(**values),
    check=_check_request,
    fields=(
        Field(
            key="method",
            kind=METHOD,
            help="Method as given to fetch().",
            rule=f"{FETCH}concept-request-method",
        ),
        Field(
            key="at",
            attribute="role",
            kind=WordKind(words=ORIGINS),
            help="Origin that is called: the server (default), another server, or the page's own.",
        ),
        Field(
            key="path",
            kind=Shaped(
                pattern=r"/[^\s]*",
                expected="a path that starts with /",
                hint="the origin is stated by at:, the path starts with /",
            ),
            help="Path, and query and fragment if any; the cell's token is added by itself.",
        ),
        Field(key="headers", kind=HeaderPairs(), help="Headers given to fetch(), in this order."),
        Field(
            key="body",
            kind=Free(placeholders=None),
            help="Body text, sent as UTF-8; {unique} is another value in every cell and run.",
        ),
        Field(
            key="mode",
            kind=WordKind(words=tuple(RequestMode), make=RequestMode),
            help="Mode of the request.",
            rule=f"{FETCH}concept-request-mode",
        ),
        Field(
            key="credentials",
            kind=WordKind(words=tuple(CredentialsMode), make=CredentialsMode),
            help="Credentials mode: whether cookies are sent and stored.",
            rule=f"{FETCH}concept-request-credentials-mode",
        ),
        Field(
            key="redirect",
            kind=WordKind(words=tuple(RedirectMode), make=RedirectMode),
            help="Redirect mode.",
            rule=f"{FETCH}concept-request-redirect-mode",
        ),
        Field(
            key="cache",
            kind=WordKind(words=tuple(CacheMode), make=CacheMode),
            help="Cache mode: how the HTTP cache is used.",
            rule=f"{FETCH}concept-request-cache-mode",
        ),
        Field(
            key="referrer_policy",
            kind=WordKind(words=tuple(ReferrerPolicy), make=ReferrerPolicy),
            help="Referrer policy.",
            rule="https://w3c.github.io/webappsec-referrer-policy/#referrer-policies",
        ),
        Field(
            key="keepalive",
            kind=Flag(),
            help="Whether the request outlives the page.",
            rule=f"{FETCH}request-keepalive-flag",
        ),
        Field(
            key="timeout_ms",
            kind=Number(least=1, most=LONGEST_MS, unit="milliseconds"),
            help="Milliseconds after which the page gives up.",
        ),
        Field(
            key="frame",
            kind=OriginKind(),
            help="The call is made by a frame of this real origin inside the page.",
        ),
        Field(
            key="storage_access",
            kind=Flag(),
            help="The frame first asks for its unpartitioned cookies, by requestStorageAccess().",
            rule="https://privacycg.github.io/storage-access/#dom-document-requeststorageaccess",
        ),
    ),
)
