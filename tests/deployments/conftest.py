"""Reference servers behind every deployment, all with the same policy, started once."""

import http.client
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from tests.servers.running_loop import running_loop

from cors_harness.model.deployment import DeployedServer
from cors_harness.model.server import CorsPolicy
from cors_harness.serving.all_servers import deployed_servers
from cors_harness.serving.deployments.deployments import Deployments
from cors_harness.serving.deployments.site import DeployedInstance
from cors_harness.serving.reference.servers import Instance, ReferenceServers

PAGE = "http://page.example:8000"
SECOND = "http://second.example"
POLICY = CorsPolicy(
    allow_origins=(PAGE, SECOND),
    allow_methods=("GET", "PUT"),
    allow_headers=("Content-Type",),
    allow_credentials=True,
    expose_headers=("X-Total-Count",),
    max_age=60,
)
APPS = (
    *("flask-bare", "flask-cors", "fastapi-bare", "fastapi-cors-middleware"),
    *("starlette", "django", "django-rest-framework", "snippet-flask-reflect-origin"),
)
HTTPS = " over https"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Every value of a header, as often as it is there."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def allow_origin(self) -> list[str]:
        return self.values("Access-Control-Allow-Origin")

    @property
    def cors(self) -> list[tuple[str, str]]:
        """The CORS headers, sorted."""
        pairs = ((name.lower(), value) for name, value in self.headers)
        return sorted(pair for pair in pairs if pair[0].startswith("access-control-"))


Send = Callable[..., Reply]


def servers() -> tuple[DeployedServer, ...]:
    """Every deployed server of APPS that can express the policy, or has one."""
    deployed = (each for each in deployed_servers().values() if each.app.name in APPS)
    return tuple(each for each in deployed if each.fixed or not each.cannot_express(POLICY))


def instances() -> Iterator[DeployedInstance]:
    for each in servers():
        if not each.missing:
            deployment = each.deployment.name
            yield DeployedInstance(
                key=each.name, app=each.app, deployment=deployment, policy=POLICY
            )
            if each.deployment.behind:
                yield DeployedInstance(
                    key=each.name + HTTPS,
                    app=each.app,
                    deployment=deployment,
                    policy=POLICY,
                    scheme="https",
                )


@pytest.fixture(scope="session")
def ports() -> Iterator[Mapping[str, int]]:
    """Ports of the deployed servers, and of the apps alone, by name."""
    alone = [Instance(key=name, server=name, policy=POLICY) for name in APPS]
    plain, deployments = ReferenceServers(), Deployments()
    deployed = list(instances())
    with running_loop() as run:
        try:
            upstreams = run(plain.start([*alone, *deployments.upstreams(deployed)], {}))
            yield {**upstreams, **run(deployments.start(deployed, upstreams))}
        finally:
            run(deployments.stop())
            run(plain.stop())


@pytest.fixture
def send(ports: Mapping[str, int]) -> Send:
    """Sends a request to a server by its name; skips where its program is not installed."""
    why = {each.name: each.missing for each in servers()}

    def request(
        server: str,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        if reason := why.get(server.removesuffix(HTTPS)):
            pytest.skip(reason)
        connection = http.client.HTTPConnection("127.0.0.1", ports[server], timeout=10)
        try:
            given = {"Origin": PAGE} if headers is None else dict(headers)
            connection.request(method, path, body, given)
            response = connection.getresponse()
            return Reply(response.status, tuple(response.getheaders()), response.read())
        finally:
            connection.close()

    return request


@pytest.fixture
def preflight(send: Send) -> Send:
    """A CORS-preflight request for a PUT with JSON."""

    def request(server: str, path: str = "/api/data", origin: str = PAGE) -> Reply:
        asked = {
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "content-type",
        }
        return send(server, "OPTIONS", path, {"Origin": origin} | asked)

    return request
