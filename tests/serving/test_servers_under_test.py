"""Servers under test that cannot be played are named, and all others are there."""

import asyncio
from pathlib import Path

from cors_harness.model.subject import CommandSubject
from cors_harness.serving.all_servers import ONLY_AN_APP
from cors_harness.serving.reference.servers import Instance
from cors_harness.serving.servers_under_test import ServersUnderTest


def test_only_an_app_can_be_made_to_raise() -> None:
    async def main() -> None:
        troupe = ServersUnderTest(CommandSubject(text="true", folder=Path()))
        servers = {"r": "app-raising", "b": "flask-bare"}
        instances = [Instance(key=key, server=server) for key, server in servers.items()]
        try:
            ports = await troupe.start(instances)
        finally:
            await troupe.stop()
        assert dict(troupe.unfit) == {"app-raising": ONLY_AN_APP}
        assert ("r" in ports, "b" in ports) == (False, True)

    asyncio.run(main())
