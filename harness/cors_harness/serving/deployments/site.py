"""DeployedSite: one app with one policy behind a deployment, on a port of its own."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cors_harness.model.deployment import Deployment
from cors_harness.model.server import CorsPolicy, ServerEntry
from cors_harness.serving.sockets import port_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedInstance:
    """One server behind one deployment, configured with one policy.

    Attributes:
        key: the name of its port in what `Deployments.start` returns.
        app: the server of the registry that is deployed.
        deployment: the name of what it is put behind.
        policy: None: one that allows nothing.
        scheme: of the origin under which browsers reach it. TLS ends in front of all deployments,
            so the deployment has to know.
    """

    key: str
    app: ServerEntry
    deployment: str
    policy: CorsPolicy | None = None
    scheme: str = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedSite:
    """An instance with the port that it is to listen on.

    Attributes:
        socket: bound to a port of 127.0.0.1; its port is the site's.
        upstream: port of the server that a proxy passes requests on to; 0 for none.
    """

    instance: DeployedInstance
    socket: socket.socket
    upstream: int = 0

    @property
    def port(self) -> int:
        """The port that it is to listen on."""
        return port_of(self.socket)

    @property
    def policy(self) -> CorsPolicy:
        """The policy it is to be configured with."""
        return self.instance.policy or CorsPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentJob:
    """What one program is to serve.

    Attributes:
        sites: at least one.
        config: the folder with the deployment's files.
        folder: private, for all that the program writes.
        servers: folders with the modules of the apps, first one first.
    """

    deployment: Deployment
    sites: Sequence[DeployedSite]
    config: Path
    folder: Path
    servers: Sequence[Path]

    @property
    def scheme(self) -> str:
        """The scheme of the origins of its sites, the same for all of them."""
        return self.sites[0].instance.scheme

    @property
    def example(self) -> Path:
        """The configuration file that people may take as an example."""
        return self.config / self.deployment.files[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How the program is started.

    Attributes:
        env: what it finds in its environment on top of ours.
    """

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
