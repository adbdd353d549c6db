"""ServersUnderTest: reference servers, deployed ones and the server of the user."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack

from cors_harness.errors import ServerUnfit, UsageError
from cors_harness.model.answer import Answer
from cors_harness.model.events import ServerVersion
from cors_harness.model.route import Address
from cors_harness.model.server import APP_RAISING, APPS, is_deployed
from cors_harness.model.subject import NO_APP, AppSubject, CommandSubject, Subject, UrlSubject
from cors_harness.serving.all_servers import ONLY_AN_APP, deployed_servers
from cors_harness.serving.deployments.deployments import Deployments
from cors_harness.serving.deployments.programs import deployment_versions
from cors_harness.serving.deployments.site import DeployedInstance
from cors_harness.serving.reference.registry import load_registry, versions
from cors_harness.serving.reference.servers import Instance, ReferenceServers
from cors_harness.serving.user.command import UserCommand
from cors_harness.serving.user.probe import UpServer
from cors_harness.serving.user.url import UserUrl
from cors_harness.terms.origin import Origin

OUR_HOSTS = ("waitress", "uvicorn")


class ServersUnderTest:
    """Starts and ends what is under test."""

    def __init__(self, subject: Subject | None) -> None:
        self._subject = subject
        self._servers, self._deployments = ReferenceServers(), Deployments()
        self._command: UserCommand | None = None
        self._url: UserUrl | None = None
        self._served: UpServer | None = None  # the user's own, where it is told no scheme
        self._app_versions: dict[str, ServerVersion] = {}
        self._unfit: dict[str, str] = {}

    @property
    def unfit(self) -> Mapping[str, str]:
        """Servers that the user's app cannot play, and why not; after `start`."""
        return self._unfit

    async def start(self, instances: Sequence[Instance]) -> Mapping[str, Address]:
        """Starts everything; where, by instance key, and the verbatim server's by role.

        Instances of servers that are `unfit` have none.

        Raises:
            UsageError: the user's app or command is not to be found, or not given.
            ServerFailed: something does not start; its own words are in the text.
        """
        deployed = [_deployed(each) for each in instances if is_deployed(each.server)]
        plain = [
            each for each in instances if each.server not in APPS and not is_deployed(each.server)
        ]
        behind = self._deployments.upstreams(deployed)
        ports = dict(await self._servers.start((*plain, *behind), {}))
        fronts = await self._deployments.start(deployed, ports)
        found = {key: Address(port=port) for key, port in {**ports, **fronts}.items()}
        return {**found, **await self.add([each for each in instances if each.server in APPS])}

    async def add(self, instances: Sequence[Instance]) -> Mapping[str, Address]:
        """Starts instances of the user's own server; where, by key; raises as `start`."""
        found: dict[str, Address] = {}
        for each in instances:
            found |= await self._start_app(each)
        return found

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
            if self._url:
                group.create_task(self._url.watch())

    async def check(self) -> None:
        """Raises ServerFailed when a server has gone that `watch` has not missed yet."""
        self._servers.check()
        self._deployments.check()
        if self._command:
            await self._command.look()
        if self._url:
            await self._url.check()

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
        return (*plain, *deployed, *self._app_versions.values())

    async def _start_app(self, each: Instance) -> Mapping[str, Address]:
        raising = each.server == APP_RAISING
        try:
            served = await (self._start_raising if raising else self._start_subject)(each.scheme)
        except ServerUnfit as unfit:
            self._unfit[each.server] = str(unfit)
            return {}
        self._app_versions[each.server] = ServerVersion(name=each.server, versions=served.versions)
        return {each.key: served.address}

    async def _start_raising(self, scheme: str) -> UpServer:
        if not isinstance(self._subject, AppSubject):
            raise ServerUnfit(ONLY_AN_APP) if self._subject else UsageError(NO_APP)
        return await self._load_app(self._subject, scheme, raising=True)

    async def _load_app(self, subject: AppSubject, scheme: str, *, raising: bool) -> UpServer:
        app = await self._servers.start_app(subject.spec, subject.folder, scheme, raising=raising)
        return UpServer(address=Address(port=app.port), versions=app.versions)

    async def _start_subject(self, scheme: str) -> UpServer:
        """An app is told the scheme of its URLs, once for each; another server is as it is."""
        match self._subject:
            case None:
                raise UsageError(NO_APP)
            case AppSubject() as subject:
                return await self._load_app(subject, scheme, raising=False)
            case CommandSubject() as command:
                self._served = self._served or await self._start_command(command)
            case UrlSubject(origin=origin):
                self._served = self._served or await self._find(origin)
        return self._served

    async def _start_command(self, subject: CommandSubject) -> UpServer:
        self._command = UserCommand(subject)
        return await self._command.start()

    async def _find(self, origin: Origin) -> UpServer:
        self._url = UserUrl(origin)
        return await self._url.start()


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
