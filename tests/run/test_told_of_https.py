"""Which servers behind the gate are told of https, and how: by its headers, or when they start."""

from pathlib import Path

import pytest

from cors_harness.model.cell import Cell
from cors_harness.model.route import Address
from cors_harness.model.scenario import Call, Expectation, Scenario, Step
from cors_harness.model.server import APP, CorsPolicy
from cors_harness.model.subject import AppSubject, CommandSubject, Subject, UrlSubject
from cors_harness.run.origin_map import OriginMap, PageOrigins, RoleOrigins, ServerInstances
from cors_harness.terms.origin import parse_origin
from cors_harness.terms.role import Role
from cors_harness.terms.source_span import SourceSpan

PAGES = PageOrigins(port=1, public_port=1)
PLAIN, IN_TLS = Address(port=2), Address(port=2, tls_name="localhost")
HTTPS, HTTP = "https://api.example.org", "http://api.example.org"


def command(*, forwarded: bool = True) -> CommandSubject:
    return CommandSubject(text="run {port}", folder=Path(), forwarded=forwarded)


URL = UrlSubject(origin=parse_origin("http://localhost:2"))
APP_SUBJECT = AppSubject(spec="a:b", folder=Path())
UNTOLD_APP = AppSubject(spec="a:b", folder=Path(), forwarded=False)


def cell_of(origin: str, server: str = APP) -> Cell:
    scenario = Scenario(
        id="a",
        title="t",
        spec="https://fetch.spec.whatwg.org/#cors-check",
        source=SourceSpan(file="x.yaml", line=1),
        origins=(("server", parse_origin(origin)),),
        policy=None if server == APP else CorsPolicy(),
        steps=(Step(call=Call(), expect=Expectation()),),
    )
    return Cell(scenario=scenario, server=server, engine="webkit")


# who, under which origin, where it listens; then the scheme of the instance, and by headers
TOLD: dict[str, tuple[Subject | None, Cell, Address, str, bool]] = {
    "command": (command(), cell_of(HTTPS), PLAIN, "https", True),
    "URL": (URL, cell_of(HTTPS), PLAIN, "https", True),
    "command that is not told": (command(forwarded=False), cell_of(HTTPS), PLAIN, "http", False),
    "command, called by http": (command(), cell_of(HTTP), PLAIN, "http", False),
    "URL in TLS": (URL, cell_of(HTTPS), IN_TLS, "https", False),
    "app": (APP_SUBJECT, cell_of(HTTPS), PLAIN, "https", False),
    "app that is not told": (UNTOLD_APP, cell_of(HTTPS), PLAIN, "http", False),
    "reference server beside a command": (
        command(forwarded=False),
        cell_of(HTTPS, "flask-cors"),
        PLAIN,
        "https",
        False,
    ),
}


@pytest.mark.parametrize(
    ("subject", "cell", "address", "scheme", "by_headers"), TOLD.values(), ids=TOLD
)
def test_server_is_told(
    subject: Subject | None, cell: Cell, address: Address, scheme: str, by_headers: bool
) -> None:
    instances = ServerInstances(PAGES, subject)
    instance = instances.instance(cell)
    origins = OriginMap(PAGES, RoleOrigins(ports=dict.fromkeys(Role, 1)), instances)
    ((_, by_key),) = origins.backends([cell], {instance.key: address}).items()
    ((_, backend),) = by_key.items()
    assert (instance.scheme, backend.forwarded) == (scheme, by_headers)
