"""Deployment: one line of the deployment registry; what an app is put behind, and how."""

from dataclasses import dataclass

from cors_harness.model.server import SEPARATOR, CorsPolicy, ServerEntry

INTERFACES = ("wsgi", "asgi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that deployments are run by.

    Attributes:
        name: as the registry calls it: `nginx`, `gunicorn`, ...
        commands: names of its executable, the first that is there counts; empty for one that is
            a Python distribution only.
        apt: packages of Debian and Ubuntu that bring it.
        pip: Python distributions that it is made of.
    """

    name: str
    commands: tuple[str, ...] = ()
    apt: tuple[str, ...] = ()
    pip: tuple[str, ...] = ()

    @property
    def install_command(self) -> str:
        """What to type where it is missing."""
        commands = (("apt-get install", self.apt), ("python -m pip install", self.pip))
        return " && ".join(" ".join((words, *names)) for words, names in commands if names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What an app is put behind: an application server, or a proxy in front of one of ours.

    Attributes:
        name: as scenarios and reports call it behind the `@`.
        program: what runs it.
        interface: `wsgi` or `asgi` of the apps it runs; `any` for a proxy.
        files: its configuration, relative to the deployments folder; the first is the example.
        behind: for a proxy in front of an application server: that deployment.
        only_behind: shows something behind another deployment only, and is no server by itself.
        configures: CorsPolicy fields that the configuration expresses by itself, and
            `several-origins`; empty: it leaves CORS to the app.
        mistake: what it does wrong, as a sentence; None for one that does it right.
    """

    name: str
    program: Program
    interface: str
    files: tuple[str, ...]
    behind: "Deployment | None" = None
    only_behind: bool = False
    configures: frozenset[str] = frozenset()
    mistake: str | None = None

    @property
    def is_proxy(self) -> bool:
        """Whether it stands in front of a server instead of running the app itself."""
        return self.interface == "any" or self.behind is not None

    @property
    def needs_upstream(self) -> bool:
        """Whether a plain server must run behind it, started by somebody else."""
        return self.is_proxy and self.behind is None

    def takes(self, app: ServerEntry) -> bool:
        """Whether `app` can be put behind it at all; a pair that does not fit is no server."""
        interfaces = INTERFACES if self.interface == "any" else (self.interface,)
        needs_policy = bool(self.configures)
        is_pointless = self.only_behind or (app.fixed and needs_policy)
        return app.interface in interfaces and not is_pointless

    def cannot_express(self, policy: CorsPolicy, app: ServerEntry) -> str | None:
        """The first part of `policy` that neither it nor `app` can express; None: they can.

        An app that knows no CORS leaves all of it to the deployment; any other must be able to
        express the policy as well, since both of them are then configured with it.
        """
        if self.configures and not app.expresses:
            return self._as_server.cannot_express(policy)
        return app.cannot_express(policy)

    @property
    def _as_server(self) -> ServerEntry:
        return ServerEntry(
            name=self.name, app="", interface=self.interface, versions=(), expresses=self.configures
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedServer:
    """A server app behind a deployment: `APP@DEPLOYMENT`.

    Attributes:
        missing: why it cannot be started on this machine and what to do about it, or empty.
    """

    app: ServerEntry
    deployment: Deployment
    missing: str

    @property
    def name(self) -> str:
        """The name in scenarios and reports: `flask-cors@nginx`."""
        return f"{self.app.name}{SEPARATOR}{self.deployment.name}"

    @property
    def fixed(self) -> bool:
        """Whether it takes no policy."""
        return self.app.fixed and not self.deployment.configures

    @property
    def only_where_named(self) -> bool:
        """Whether it runs only scenarios that name it."""
        return self.app.only_where_named

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
