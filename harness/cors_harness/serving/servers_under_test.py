"""ServersUnderTest: the reference servers, deployed ones and the user's server of one run."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack

from cors_harness.errors import ServerFailed, ServerUnfit, UsageError
from cors_harness.model.answer import Answer
from cors_harness.model.events import ServerVersion
from cors_harness.model.route import Address
from cors_harness.model.server import APP_RAISING, APPS, is_deployed
from cors_harness.model.subject import (
    NO_APP,
    AppSubject,
    CommandSubject,
    Subject,
    UrlSubject,
)
from cors_harness.serving.all_servers import ONLY_AN_APP, deployed_servers
from cors_harness.serving.deployments.deployments import Deployments
from cors_harness.serving.deployments.programs import deployment_versions
from cors_harness.serving.deployments.site import DeployedInstance
from cors_harness.serving.reference.registry import load_registry, versions
from cors_harness.serving.reference.servers import Instance, ReferenceServers
from cors_harness.serving.user.app_output import AppOutput
from cors_harness.serving.user.probe import UpServer
from cors_harness.serving.user.reset import UserReset
from cors_harness.serving.user.server import ServerGroup, user_server

OURS = 2  # groups; those of the user's come behind
OUR_HOSTS = ("waitress", "uvicorn")


class ServersUnderTest:
    """Starts and ends what is under test.

    Attributes:
        reset: brings the user's server back to where it began, if that is asked for.
        output: what the user's server writes; empty where nothing of it is ours to hear.
    """

    def __init__(self, subject: Subject | None, output: AppOutput | None = None) -> None:
        """`output`: takes what the user's server writes; None: a new one does."""
        self._subject, self.output = subject, output or AppOutput()
        self._reference, self._deployments = ReferenceServers(output=self.output), Deployments()
        self._groups: list[ServerGroup] = [self._reference, self._deployments]  # as they start
        # The user's own by engine ("": of all), where it is told no scheme.
        self._users: dict[str, UpServer] = {}
        self.reset = UserReset(subject)
        self._app_versions: dict[str, ServerVersion] = {}
        self._unfit: dict[str, str] = {}

    @property
    def unfit(self) -> Mapping[str, str]:
        """Servers that the user's app cannot stand for, and why not; after `start`."""
        return self._unfit

    async def start(self, instances: Sequence[Instance]) -> Mapping[str, Address]:
        """Starts all servers; returns addresses by instance key, of the verbatim server by role.

        Instances of servers that are `unfit` have none.

        Raises:
            UsageError: the user's app or command is not to be found, or not given.
            ServerFailed: something does not start; its own words are in the text.
        """
        self.reset.check()
        users = [instance for instance in instances if instance.server in APPS]
        deployed = [_deployed(instance) for instance in instances if is_deployed(instance.server)]
        plain = [
            instance
            for instance in instances
            if instance.server not in APPS and not is_deployed(instance.server)
        ]
        plain += self._deployments.upstreams(deployed)
        ports = await self._reference.start(plain, {})
        fronts = await self._deployments.start(deployed, ports)
        ours = {key: Address(port=port) for key, port in {**ports, **fronts}.items()}
        return {**ours, **await self.add(users)}

    async def add(self, instances: Sequence[Instance]) -> Mapping[str, Address]:
        """Starts instances of the user's server; returns addresses by key; raises as `start`."""
        addresses: dict[str, Address] = {}
        for instance in sorted(instances, key=_starts_last):
            try:
                server = await self._start_user(instance)
            except ServerUnfit as unfit:
                self._unfit[instance.server] = str(unfit)
                continue
            addresses[instance.key] = server.address
            self._app_versions[instance.server] = ServerVersion(
                name=instance.server, versions=server.versions, frameworks=server.frameworks
            )
        return addresses

    async def replace_answers(self, answers: Mapping[str, Sequence[Answer]]) -> None:
        """Gives the verbatim server its answers, by key; raises ServerFailed."""
        await self._reference.replace_answers(answers)

    async def watch(self) -> None:
        """Waits until a server dies and raises ServerFailed, with its last words."""
        async with asyncio.TaskGroup() as tasks:
            for group in self._groups:
                tasks.create_task(group.watch())

    async def check(self) -> None:
        """Raises ServerFailed when a server has gone that `watch` has not missed yet."""
        for group in self._groups:
            await group.look()

    async def have_users_died(self) -> bool:
        """Whether a server of the user's is among those that have died."""
        try:
            self._reference.check_apps()
            for group in self._groups[OURS:]:
                await group.look()
        except ServerFailed:
            return True
        return False

    async def stop(self) -> None:
        """Ends all of it, what started last first; idempotent."""
        async with AsyncExitStack() as stack:
            for group in self._groups:
                stack.push_async_callback(group.stop)
        self.output.end()

    def versions(self, used: Collection[str]) -> tuple[ServerVersion, ...]:
        """What the servers that are `used` are made of; after `start`."""
        plain = (versions(entry) for entry in load_registry() if entry.name in used)
        deployed = (_versions_of(name) for name in deployed_servers() if name in used)
        return (*plain, *deployed, *self._app_versions.values())

    async def _start_user(self, instance: Instance) -> UpServer:
        """Starts an app once, as another server, though it has a port for each scheme."""
        raising = instance.server == APP_RAISING
        match self._subject:
            case None:
                raise UsageError(NO_APP)
            case AppSubject(spec=spec, folder=folder, start_timeout_s=timeout_s):
                app = await self._reference.start_app(
                    spec, folder, raising=raising, engine=instance.engine, timeout_s=timeout_s
                )
                return UpServer(
                    address=Address(port=app.ports[instance.scheme]),
                    versions=app.versions,
                    frameworks=app.frameworks,
                )
            case _ if raising:
                raise ServerUnfit(ONLY_AN_APP)
            case subject:
                if instance.engine not in self._users:
                    self._users[instance.engine] = await self._start_once(subject, instance.engine)
                return self._users[instance.engine]

    async def _start_once(self, subject: CommandSubject | UrlSubject, engine: str) -> UpServer:
        server = user_server(subject, self.output, engine)
        self._groups.append(server)
        return await server.start()


def _starts_last(instance: Instance) -> bool:
    """Of an app that can be loaded only once, `app` is the one that is."""
    return instance.server == APP_RAISING


def _deployed(instance: Instance) -> DeployedInstance:
    server = deployed_servers()[instance.server]
    return DeployedInstance(
        key=instance.key,
        app=server.app,
        deployment=server.deployment.name,
        policy=instance.policy,
        scheme=instance.scheme,
    )


def _versions_of(name: str) -> ServerVersion:
    server = deployed_servers()[name]
    app = versions(server.app).versions
    if not server.deployment.is_proxy:  # our own hosts do not run it then
        app = tuple(pair for pair in app if pair[0] not in OUR_HOSTS)
    made_of = (*app, *deployment_versions(server.deployment))
    return ServerVersion(name=name, versions=tuple(dict.fromkeys(made_of)))
