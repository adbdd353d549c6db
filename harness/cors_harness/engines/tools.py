"""Tool: a program that an engine needs beside it where pages have real origins."""

from collections.abc import Mapping, Sequence

from cors_harness.engines.found import Driver, EngineFound
from cors_harness.installing.machine import Machine
from cors_harness.installing.tool import Tool

CERTUTIL = Tool(
    program="certutil",
    what_for="needs it to trust the authority that signs for real origins",
    packages=("libnss3-tools",),
    formula="nss",
)
BWRAP = Tool(
    program="bwrap",
    what_for="trusts the authority that signs for real origins by means of it",
    packages=("bubblewrap", "ca-certificates"),
)


def tool_of(found: EngineFound, platform: str) -> Tool | None:
    """What the browser needs beside it on that platform, where it needs anything."""
    by_driver: Mapping[Driver, Tool] = {Driver.MINIBROWSER: BWRAP, Driver.BIDI: CERTUTIL}
    by_name = {"firefox": CERTUTIL} | ({"chromium": CERTUTIL} if platform == "linux" else {})
    return by_driver.get(found.driver) or by_name.get(found.name)


def missing_tools(machine: Machine, found: Sequence[EngineFound]) -> tuple[Tool, ...]:
    """The tools of these browsers that are not on PATH, each once."""
    wanted = (tool_of(each, machine.platform) for each in found)
    missing = (tool for tool in wanted if tool and machine.on_path(tool.program) is None)
    return tuple(dict.fromkeys(missing))
