"""used(): apps of every framework, served for a moment each, and what came of using them."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from tests.advice.wire.cases import WireCase

from cors_harness.serving.reference.servers import Instance, ReferenceServers

OWN_HOSTS = ("loop", "fork")  # by the name of their script; the others are the program's own
T = TypeVar("T")
Use = Callable[[WireCase, int], T]  # of an app on a port


def used(
    folder: Path, cases: Sequence[WireCase], sources: Mapping[str, str], use: Use[T]
) -> dict[str, T]:
    """What `use` gives for each app, by its name, with these sources, which `folder` gets."""
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source)
    lines = (
        f'{case.name} = {{app = "{case.name}:app", interface = "{case.host}", versions = [],'
        " fixed = true}"
        for case in cases
        if case.host not in OWN_HOSTS
    )
    (folder / "registry.toml").write_text("\n".join(lines))
    results = asyncio.run(_on_ours(folder, cases, use))
    for host in OWN_HOSTS:
        results |= _on(host, folder, cases, use)
    return results


async def _on_ours(folder: Path, cases: Sequence[WireCase], use: Use[T]) -> dict[str, T]:
    servers = ReferenceServers(folder)
    served = [case for case in cases if case.host not in OWN_HOSTS]
    instances = [Instance(key=case.name, server=case.name, scheme="https") for case in served]
    try:
        ports = await servers.start(instances, {})
        return await asyncio.to_thread(_results, served, ports, use)
    finally:
        await servers.stop()


def _on(host_name: str, folder: Path, cases: Sequence[WireCase], use: Use[T]) -> dict[str, T]:
    served = [case for case in cases if case.host == host_name]
    if not served:
        return {}
    script = Path(__file__).parent / f"{host_name}_host.py"
    argv = [sys.executable, str(script), *(case.name for case in served)]
    start = partial(subprocess.Popen, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with start(argv, stderr=subprocess.DEVNULL) as host:
        assert host.stdout
        return _results(served, json.loads(host.stdout.readline()), use)


def _results(served: Sequence[WireCase], ports: Mapping[str, int], use: Use[T]) -> dict[str, T]:
    return {case.name: use(case, ports[case.name]) for case in served}
