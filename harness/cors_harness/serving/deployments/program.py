"""DeployedProgram: one deployed program with all its processes, as its example configures it."""

import asyncio
import os
import site
from collections.abc import Mapping, Sequence

from cors_harness.errors import ServerFailed
from cors_harness.model.route import Address
from cors_harness.processes.guarded import GuardedProcess
from cors_harness.serving.deployments.site import Launch
from cors_harness.serving.user.probe import Answered, probe

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
        """What programs put into the user's folders unasked goes into ours.

        Python looks for what `pip install --user` has brought below HOME: it is told where that is.
        """
        folder = str(self._folder)
        return {
            "HOME": folder,
            "XDG_RUNTIME_DIR": folder,
            "PYTHONUSERBASE": site.getuserbase(),
        }


def _our_environment() -> Mapping[str, str]:
    """Ours, without what programs would take for options: only the example configures them."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OPTIONS)}
