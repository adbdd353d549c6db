"""DeployedServer: a reference server behind a deployment, as one server of a run."""

from dataclasses import dataclass

from cors_harness.model.deployment import Deployment
from cors_harness.model.policy import CorsPolicy
from cors_harness.model.server import ServerEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedServer:
    """`APP@DEPLOYMENT`.

    Attributes:
        missing: why it cannot be started on this machine and what to do about it, or empty.
    """

    app: ServerEntry
    deployment: Deployment
    missing: str

    @property
    def name(self) -> str:
        """As scenarios and reports call it: `flask-cors@nginx`."""
        return f"{self.app.name}@{self.deployment.name}"

    @property
    def fixed(self) -> bool:
        """Whether it takes no policy."""
        return self.app.fixed and not self.deployment.configures

    @property
    def expresses(self) -> frozenset[str]:
        """What of a policy the two can be told."""
        return self.app.expresses | self.deployment.configures

    @property
    def acts_as(self) -> str:
        """The app's name where the deployment leaves CORS to it: so its exceptions hold here."""
        return "" if self.deployment.configures else self.app.name

    def cannot_express(self, policy: CorsPolicy) -> str | None:
        """The first part of `policy` that they cannot be told, in words; None: they can."""
        return self.deployment.cannot_express(policy, self.app)
