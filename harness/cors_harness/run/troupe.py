"""Troupe: all servers under test of a run: reference servers, deployed ones, the user's own."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack

from cors_harness.errors import UsageError
from cors_harness.model.answer import Answer
from cors_harness.model.events import ServerVersion
from cors_harness.model.route import Address
from cors_harness.model.server import APP
from cors_harness.model.subject import AppSubject, CommandSubject, Subject, UrlSubject
from cors_harness.plan import NO_APP
from cors_harness.serving.catalogue import deployed_servers
from cors_harness.serving.deployments.deployments import Deployments
from cors_harness.serving.deployments.programs import deployment_versions
from cors_harness.serving.deployments.site import DeployedInstance
from cors_harness.serving.fixtures import FixtureServers, Instance
from cors_harness.serving.registry import load_registry, versions
from cors_harness.serving.served import Served
from cors_harness.serving.user_command import UserCommand
from cors_harness.serving.user_url import reached

OUR_HOSTS = ("waitress", "uvicorn")


class Troupe:
    """Starts and ends what is under test."""

    def __init__(self, subject: Subject | None) -> None:
        self._subject = subject
        self._servers, self._deployments = FixtureServers(), Deployments()
        self._command: UserCommand | None = None
        self._served: Served | None = None  # the user's own, where it is told no scheme
        self._app_versions: tuple[ServerVersion, ...] = ()

    async def start(self, instances: Sequence[Instance]) -> Mapping[str, Address]:
        """Starts everything; where, by instance key, and the verbatim server's by role.

        Raises:
            UsageError: the user's app or command is not to be found, or not given.
            ServerFailed: something does not start; its own words are in the text.
        """
        deployed = [_deployed(each) for each in instances if "@" in each.server]
        plain = [each for each in instances if each.server != APP and "@" not in each.server]
        behind = self._deployments.upstreams(deployed)
        ports = dict(await self._servers.start((*plain, *behind), {}))
        fronts = await self._deployments.start(deployed, ports)
        found = {key: Address(port=port) for key, port in {**ports, **fronts}.items()}
        return {**found, **await self.add([each for each in instances if each.server == APP])}

    async def add(self, instances: Sequence[Instance]) -> Mapping[str, Address]:
        """Starts instances of the user's own server; where, by key; raises as `start`."""
        return {each.key: await self._start_app(each.scheme) for each in instances}

    async def replace_answers(self, answers: Mapping[str, Sequence[Answer]]) -> None:
        """Gives the verbatim server its answers, by key; raises ServerFailed."""
        await self._servers.replace_answers(answers)

    async def watch(self) -> None:
        """Comes back only by raising ServerFailed: a server has died, with its last words."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._servers.watch())
            group.create_task(self._deployments.watch())
            if self._command:
                group.create_task(self._command.watch())

    async def stop(self) -> None:
        """Ends all of it, proxies first; idempotent."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._servers.stop)
            stack.push_async_callback(self._deployments.stop)
            if self._command:
                stack.push_async_callback(self._command.stop)

    def versions(self, used: Collection[str]) -> tuple[ServerVersion, ...]:
        """What the servers that are `used` are made of; after `start`."""
        plain = (versions(entry) for entry in load_registry() if entry.name in used)
        deployed = (_versions_of(name) for name in deployed_servers() if name in used)
        return (*plain, *deployed, *self._app_versions)

    async def _start_app(self, scheme: str) -> Address:
        served = await self._start_subject(scheme)
        self._app_versions = (ServerVersion(name=APP, versions=served.versions),)
        return served.address

    async def _start_subject(self, scheme: str) -> Served:
        """An app is told the scheme of its URLs, once for each; another server is as it is."""
        match self._subject:
            case None:
                raise UsageError(NO_APP)
            case AppSubject(spec=spec, folder=folder):
                app = await self._servers.start_app(spec, folder, scheme)
                return Served(address=Address(port=app.port), versions=app.versions)
            case CommandSubject() as subject:
                self._served = self._served or await self._start_command(subject)
            case UrlSubject(origin=origin):
                self._served = self._served or await reached(origin)
        return self._served

    async def _start_command(self, subject: CommandSubject) -> Served:
        self._command = UserCommand(subject)
        return await self._command.start()


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
