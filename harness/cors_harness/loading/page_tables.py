"""The tables of `page` and `origins`: where the page is, and what the servers are called."""

import re

from cors_harness.loading.decode import (
    AXIS,
    WRONG,
    DecodedValues,
    Field,
    Record,
    Schema,
    Slot,
    Wrong,
)
from cors_harness.loading.values import Shaped, WordKind, scalar
from cors_harness.model.scenario import FetchContext, PageSpec
from cors_harness.terms.origin import Origin, parse_origin, typed_origin
from cors_harness.terms.role import Role
from cors_harness.text.problems import did_you_mean, shown
from cors_harness.text.yaml_nodes import Node, Pairs, Text

HOST = r"127\.0\.0\.1|localhost|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+localhost"
HOST_WORDS = "127.0.0.1, localhost or NAME.localhost"
ORIGIN_WORDS = "an origin such as https://app.example.com"
TYPED_WORDS = "an origin as one may type it, such as https://APP.EXAMPLE.COM"
PERMISSIONS = ("local-network-access", "storage-access")


class OriginKind:
    """A real origin, as browsers write it."""

    def read(self, node: Node, slot: Slot) -> Origin | Wrong:
        """The Origin."""
        text = scalar(node, slot, ORIGIN_WORDS)
        if isinstance(text, Wrong):
            return text
        try:
            return parse_origin(text.value)
        except ValueError as error:
            return slot.wrong(text, ORIGIN_WORDS, str(error))

    def schema(self) -> Schema:
        """A URL without path, or an axis."""
        return {"anyOf": [{"type": "string", "pattern": r"^https?://[^/?#@]+$"}, AXIS]}


def _check_typed(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    """Reports `typed` of which a browser would not make the page's origin."""
    typed, origin = values.get("typed"), values.get("origin")
    if typed is None or WRONG in (typed, origin):
        return
    here, wrong_node = slot.named("typed"), node.get("typed") or node
    if origin is None:
        here.wrong(wrong_node, "origin beside it", "state the origin that it comes to", "no origin")
        return
    try:
        comes_to = str(typed_origin(typed))
    except ValueError as error:
        here.wrong(wrong_node, TYPED_WORDS, str(error))
        return
    if comes_to != str(origin):
        found = f"{shown(typed)}, which comes to {comes_to}"
        here.wrong(wrong_node, f"another spelling of {origin}", "", found)


def _check_page(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    _check_typed(values, node, slot)
    for key, why in (
        ("host", "both say where the page is"),
        ("public", "it needs a loopback page"),
    ):
        if "origin" in values and key in values:
            here = slot.named("origin")
            name = "address_space" if key == "public" else key
            here.wrong(node.get("origin") or node, "one of them", why, f"origin and {name}")


PERMITTED = Record(
    name="permissions",
    help="What the user has granted or denied; the rest is as the engine has it.",
    build=lambda values: tuple(values.items()),
    fields=tuple(
        Field(
            key=name,
            kind=WordKind(words=("granted", "denied")),
            help=f"The permission {name}.",
        )
        for name in PERMISSIONS
    ),
)

PAGE = Record(
    name="page",
    help="Where the page is.",
    build=lambda values: PageSpec(**values),
    check=_check_page,
    fields=(
        Field(
            key="host",
            kind=Shaped(pattern=HOST, expected=HOST_WORDS),
            help="Host of the page's origin; same-site with the server when it is server_host.",
        ),
        Field(key="origin", kind=OriginKind(), help="A real origin, instead of host."),
        Field(
            key="typed",
            kind=Shaped(pattern=r"[Hh][Tt][Tt][Pp][Ss]?://[^/?#@\s]+/?", expected=TYPED_WORDS),
            help="Origin as it is typed when the page is opened; the browser makes origin of it.",
        ),
        Field(
            key="place",
            kind=WordKind(words=tuple(FetchContext), make=FetchContext),
            help="Where in the page fetch() runs; a sandboxed frame has the origin null.",
        ),
        Field(
            key="address_space",
            attribute="public",
            kind=WordKind(words=("public",), make=lambda _word: True),
            help="public: the page counts as one from the internet, where an engine knows that.",
            rule="https://wicg.github.io/local-network-access/#ip-address-space",
        ),
        Field(
            key="permissions",
            kind=PERMITTED,
            help="Permissions of the page.",
        ),
    ),
)


class PageKind:
    """`page:` as host, as real origin, as place, or as a mapping."""

    def read(self, node: Node, slot: Slot) -> object:
        """The PageSpec."""
        if not isinstance(node, Text):
            return PAGE.read(node, slot)
        if node.value in tuple(FetchContext):
            return PageSpec(place=FetchContext(node.value))
        if re.fullmatch(HOST, node.value):
            return PageSpec(host=node.value)
        if "://" in node.value:
            origin = OriginKind().read(node, slot)
            return origin if isinstance(origin, Wrong) else PageSpec(origin=origin)
        words = ("127.0.0.1", "localhost", *FetchContext)
        expected = f"{HOST_WORDS}, {ORIGIN_WORDS}, or a place: {', '.join(FetchContext)}"
        return slot.wrong(node, expected, did_you_mean(node.value, words))

    def schema(self) -> Schema:
        """A host, an origin, a place or the mapping."""
        known = {"enum": ["127.0.0.1", "localhost", *FetchContext]}
        host = {"type": "string", "pattern": rf"^(?:{HOST})$|\{{[a-z][a-z0-9_]*\}}"}
        return {"anyOf": [known, host, OriginKind().schema(), PAGE.schema()]}


def _check_roles(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    roles: dict[object, str] = {}
    for role, origin in values.items():
        if origin is not WRONG and (taken := roles.setdefault(origin, role)) != role:
            found = f"{shown(str(origin))} for {taken} and for {role}"
            hint = "two roles on one origin could not be told apart"
            slot.wrong(node.get(role) or node, "an origin of its own for each", hint, found)


ROLE_ORIGINS = Record(
    name="origins",
    help="Real origins under which the page calls the servers.",
    build=lambda values: tuple(values.items()),
    check=_check_roles,
    fields=tuple(
        Field(key=role, kind=OriginKind(), help=f"The origin of {{{role}}}.") for role in Role
    ),
)


def check_origins(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    """Reports `server_host` beside `origins`, and expired certificates where there are none."""
    if "origins" in values and "server_host" in values:
        here = slot.named("server_host")
        hint = "origins says it already, for each role"
        here.wrong(node.get("server_host") or node, "one of them", hint, "server_host and origins")
    _check_expired(values, node, slot.named("expired_certificates"))


def _check_expired(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    origins, expired = values.get("origins", ()), values.get("expired", ())
    if WRONG in (origins, expired):
        return
    secure = [role for role, origin in origins if origin.is_secure]
    for role in expired:
        if role not in secure:
            hint = f"state origins: {{{role}: https://…}}"
            here = node.get("expired_certificates") or node
            slot.wrong(here, "roles that have an https origin", hint, shown(role))
