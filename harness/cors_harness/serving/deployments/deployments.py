"""Deployments: the deployed servers of a run, one program for each deployment."""

import asyncio
import contextlib
import os
import site
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.model.deployment import Deployment
from cors_harness.model.route import Address
from cors_harness.processes.child_process import GuardedProcess, check_all, start_all, watch_all
from cors_harness.processes.temporary import make_folder, remove_folder
from cors_harness.serving.deployments.launchers import LAUNCHERS
from cors_harness.serving.deployments.programs import missing
from cors_harness.serving.deployments.registry import deployments_folder, load_deployments
from cors_harness.serving.deployments.site import (
    DeployedInstance,
    DeployedSite,
    DeploymentJob,
    Launch,
)
from cors_harness.serving.reference.servers import Instance
from cors_harness.serving.user.probe import Answered, probe
from cors_harness.shipped_folders import servers_folder
from cors_harness.text.problems import not_one_of

START_TIMEOUT_S = 60  # imports of a cold disk on a busy machine; a hang is what it is for
POLL_S = 0.05
OPTIONS = (
    *("FORWARDED_ALLOW_IPS", "GRANIAN_", "GUNICORN_", "HYPERCORN_", "NGINX", "UVICORN_", "UWSGI_"),
    "WEB_CONCURRENCY",
)  # of the environment


class DeployedProgram(GuardedProcess):
    """A deployed program; what it writes, it writes into its own folder."""

    async def spawn(self, launch: Launch, fds: Sequence[int]) -> None:
        """Starts it with the file descriptors `fds`; close them now, or its end goes unnoticed."""
        env = {**_our_environment(), **self._home, **launch.env}
        await self._launch(launch.argv, cwd=self._folder, env=env, fds=fds)

    async def until_it_answers(self, port: int) -> None:
        """Waits until something answers HTTP on `port`.

        Raises:
            ServerFailed: it ended, or does not answer in time; its output's end is in the text.
        """
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                while not isinstance(await probe(Address(port=port), "/?started"), Answered):
                    self.check()
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            within = f"does not answer within {START_TIMEOUT_S} s"
            raise ServerFailed(f"{self._name} {within}{self._last_output()}") from None
        self.check()

    @property
    def _home(self) -> Mapping[str, str]:
        """Environment variables by which programs write into a folder of ours, not into the user's.

        Python looks for what `pip install --user` has brought below HOME: it is told where that is.
        """
        folder = str(self._folder)
        return {
            "HOME": folder,
            "XDG_RUNTIME_DIR": folder,
            "PYTHONUSERBASE": site.getuserbase(),
        }


def _our_environment() -> Mapping[str, str]:
    """Our environment without what programs take for options: only the example configures them."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OPTIONS)}


DeploymentGroup = tuple[str, str]  # deployment and scheme


class Deployments:
    """Serves deployed instances on loopback ports.

    Attributes:
        pids: process ids of the programs' guardians, each the id of its process group.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: deployments with their `registry.toml`, instead of the project's own."""
        self._config = folder or deployments_folder()
        self._known = {entry.name: entry for entry in load_deployments(self._config)}
        self._programs: list[DeployedProgram] = []
        self._folder: Path | None = None

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the programs' guardians, each the id of its process group."""
        return tuple(program.pid for program in self._programs)

    def upstreams(self, instances: Sequence[DeployedInstance]) -> tuple[Instance, ...]:
        """The plain servers that proxies among `instances` need behind them, under their keys."""
        return tuple(
            Instance(
                key=instance.key,
                server=instance.app.name,
                policy=instance.policy,
                scheme=instance.scheme,
            )
            for instance in instances
            if self._deployment(instance.deployment).needs_upstream
        )

    async def start(
        self, instances: Sequence[DeployedInstance], upstreams: Mapping[str, int]
    ) -> Mapping[str, int]:
        """Starts the programs of all `instances`; returns ports by instance key.

        `upstreams`: by key, the ports of the servers that `upstreams()` asks for.

        Raises:
            UsageError: an instance names a deployment that is not registered.
            ServerFailed: a program is missing or does not start; its log is in the text.
        """
        groups: defaultdict[DeploymentGroup, list[DeployedInstance]] = defaultdict(list)
        for instance in instances:
            self._deployment(instance.deployment)
            groups[instance.deployment, instance.scheme].append(instance)
        try:
            return await self._start_all(list(groups.values()), upstreams)
        except BaseException:
            await self.stop()
            raise

    def check(self) -> None:
        """Raises ServerFailed, with the end of its output, when a program is no longer there."""
        check_all(self._programs)

    async def look(self) -> None:
        """Raises what `check` raises: nothing more can be seen of our own processes."""
        self.check()

    async def watch(self) -> None:
        """Waits until a program dies and raises ServerFailed; returns when `stop` was called."""
        await watch_all(self._programs)

    async def stop(self) -> None:
        """Ends all programs and removes what they wrote; idempotent."""
        programs, self._programs = self._programs, []
        await asyncio.gather(*(program.stop() for program in programs))
        if self._folder is not None:
            remove_folder(self._folder)
            self._folder = None

    async def _start_all(
        self, groups: Sequence[Sequence[DeployedInstance]], upstreams: Mapping[str, int]
    ) -> Mapping[str, int]:
        started = await start_all(self._start_group(group, upstreams) for group in groups)
        return {key: port for ports in started for key, port in ports.items()}

    async def _start_group(
        self, instances: Sequence[DeployedInstance], upstreams: Mapping[str, int]
    ) -> dict[str, int]:
        """Starts the instances of one deployment, and first what it is in front of."""
        deployment = self._deployment(instances[0].deployment)
        if deployment.behind:
            name = deployment.behind.name
            inner = [replace(instance, deployment=name, scheme="http") for instance in instances]
            upstreams = await self._start_group(inner, upstreams)
        with contextlib.ExitStack() as closing:
            bind = LAUNCHERS[deployment.program.name].bind
            sites = [
                DeployedSite(
                    instance=instance,
                    socket=closing.enter_context(bind()),
                    upstream=upstreams[instance.key] if deployment.is_proxy else 0,
                )
                for instance in instances
            ]
            ports = {site.instance.key: site.port for site in sites}
            await self._start_program(self._job(deployment, sites), closing)
        return ports

    async def _start_program(self, job: DeploymentJob, closing: contextlib.ExitStack) -> None:
        """Starts one program; its sockets are its own as soon as it has them."""
        if why := missing(job.deployment):
            raise ServerFailed(f"{job.deployment.name}: {why}")
        launch = LAUNCHERS[job.deployment.program.name].launch(job)
        program = DeployedProgram(
            f"{job.deployment.name} ({job.deployment.program.name})", job.folder
        )
        self._programs.append(program)
        port = job.sites[0].port
        fds = [site.socket.fileno() for site in job.sites]
        await program.spawn(launch, fds)
        closing.close()
        await program.until_it_answers(port)

    def _job(self, deployment: Deployment, sites: Sequence[DeployedSite]) -> DeploymentJob:
        if self._folder is None:
            self._folder = make_folder("deployments")
        return DeploymentJob(
            deployment=deployment,
            sites=sites,
            config=self._config,
            folder=Path(tempfile.mkdtemp(prefix=f"{deployment.name}-", dir=self._folder)),
            servers=(servers_folder(),),
        )

    def _deployment(self, name: str) -> Deployment:
        if name not in self._known:
            raise UsageError(not_one_of(name, self._known, "deployment"))
        return self._known[name]
