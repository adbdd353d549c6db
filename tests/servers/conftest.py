"""Reference servers, each with the same policy, started once for this folder.

Those of other frameworks, whose imports take seconds, are started for their own tests only.
"""

import http.client
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from tests.servers.running_loop import running_loop

from cors_harness.model.server import CorsPolicy, ServerEntry
from cors_harness.serving.reference.registry import load_registry
from cors_harness.serving.reference.servers import Instance, ReferenceServers

PAGE = "http://page.example:8000"
POLICY = CorsPolicy(
    allow_origins=(PAGE,),
    allow_methods=("GET", "PUT"),
    allow_headers=("Content-Type",),
    allow_credentials=True,
    expose_headers=("X-Total-Count",),
    max_age=60,
)
ANY = CorsPolicy(
    allow_origins=("*",), allow_methods=("*",), allow_headers=("*",), allow_credentials=True
)
PATTERN = CorsPolicy(allow_origin_regex=r"https://.*\.example\.org", max_age=0)
UNSAID = CorsPolicy(allow_origins=(PAGE,))
TWO = CorsPolicy(allow_origins=(PAGE, "http://other.example"))


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def cors(self) -> dict[str, str]:
        """The CORS headers, without the long part of their names."""
        prefix = "access-control-"
        return {
            name.removeprefix(prefix): value
            for name, value in self.headers.items()
            if name.startswith(prefix)
        }


Send = Callable[..., Reply]


@pytest.fixture(scope="session")
def ports() -> Iterator[Mapping[str, int]]:
    yield from _started(is_other=False)


@pytest.fixture(scope="session")
def other_ports() -> Iterator[Mapping[str, int]]:
    """Of the servers of other frameworks."""
    yield from _started(is_other=True)


def _started(*, is_other: bool) -> Iterator[Mapping[str, int]]:
    policies = {"": POLICY, "/any": ANY, "/pattern": PATTERN, "/unsaid": UNSAID, "/two": TWO}
    instances = [
        Instance(key=f"{entry.name}{suffix}", server=entry.name, policy=policy)
        for entry in load_registry()
        if entry.interface != "verbatim" and not entry.app.startswith("changes.")
        if is_of_another_framework(entry) == is_other
        for suffix, policy in ({"": None} if entry.fixed else policies).items()
        if f"{entry.name}{suffix}" != "sanic-ext/any"  # it refuses to start, see its test
    ]
    servers = ReferenceServers()
    with running_loop() as run:
        yield run(servers.start(instances, {}))
        run(servers.stop())


def is_of_another_framework(entry: ServerEntry) -> bool:
    """Whether it is none of Flask's, FastAPI's, Starlette's and Django's own."""
    is_flask_or_fastapi = entry.name.startswith(("snippet-flask", "snippet-fastapi"))
    return entry.only_where_named or (entry.fixed and not is_flask_or_fastapi)


@pytest.fixture
def send(ports: Mapping[str, int]) -> Send:
    return _sending(ports)


@pytest.fixture
def send_other(other_ports: Mapping[str, int]) -> Send:
    """As `send`, to the servers of other frameworks."""
    return _sending(other_ports)


def _sending(ports: Mapping[str, int]) -> Send:
    def request(
        key: str, method: str, path: str, headers: Mapping[str, str] | None = None, body: str = ""
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", ports[key], timeout=30)
        try:
            connection.request(method, path, body or None, {"Origin": PAGE} | dict(headers or {}))
            response = connection.getresponse()
            fields = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, fields, response.read())
        finally:
            connection.close()

    return request


@pytest.fixture
def preflight(send: Send) -> Send:
    def request(key: str, method: str, path: str = "/api/data", origin: str = PAGE) -> Reply:
        asked = {
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "content-type",
        }
        return send(key, "OPTIONS", path, {"Origin": origin} | asked)

    return request
