"""What one engine sends when a page asks for much, in a network that leads nowhere.

Run as a program, `python -m tests.engines.no_network ENGINE`, it prints what went out, as JSON.
"""

import asyncio
import contextlib
import errno
import json
import socket
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.engines.net import Answer, Net
from tests.sealed_network import Wire, lay_wire, run_sealed
from tests.wait_for_exit import HANG_S

from cors_harness.engines.base import LaunchOptions, PageOptions
from cors_harness.engines.provision import find_engine
from cors_harness.engines.registry import make_engine

WATCH_S = 5  # browsers phone home within three seconds of their start
ENDED_S = 2  # or have a program of their own do so when they end
PAGE = """<!doctype html>
<link rel="dns-prefetch" href="//prefetch.example"><link rel="preconnect" href="//connect.example">
<link rel="prefetch" href="https://later.example/"><img src="https://image.example/a.png">
<a href="https://link.example/" ping="https://ping.example/">link</a>
<iframe src="https://frame.example/"></iframe>
<script>
const urls = ["https://nope.example/", "http://nope.example/", "http://192.0.2.1/",
  "http://[2001:db8::1]/", "https://app.localhost:4443/", "http://printer.local/", "http://intra/"];
const servers = ["stun:stun.example:3478", "stun:192.0.2.3:3478"];
const settled = (work) => work.then(() => "done", (error) => error.name);
const socket = (url) => new Promise((resolve) => {
  const it = new WebSocket(url);
  it.onerror = it.onopen = resolve;
});
const peer = async () => {
  const it = new RTCPeerConnection({iceServers: [{urls: servers}]});
  it.createDataChannel("x");
  await it.setLocalDescription(await it.createOffer());
};
addEventListener("load", async () => {
  const link = document.querySelector("a");
  link.addEventListener("click", (event) => event.preventDefault());
  link.click();
  navigator.sendBeacon("https://beacon.example/", "x");
  if (globalThis.RTCPeerConnection) await settled(peer());
  await Promise.all([
    ...urls.map((url) => settled(fetch(url))),
    ...urls.map((url) => settled(fetch(url, {method: "PUT"}))),
    socket("wss://socket.example/"),
    socket("ws://192.0.2.2/"),
  ]);
  throw Error("page has finished");
});
</script>"""
SITE = "http://app.example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one run saw.

    Attributes:
        packets: in words, all that would have left the machine.
        asked: `host:port` that the proxy was asked for.
    """

    packets: tuple[str, ...]
    asked: tuple[str, ...]


def sealed(engine: str) -> Seen:
    """Runs this program in a namespace of its own; `control` for an engine speaks without one."""
    seen = json.loads(run_sealed("tests.engines.no_network", engine))
    return Seen(packets=tuple(seen["packets"]), asked=tuple(seen["asked"]))


def speak() -> None:
    """Sends a packet of each kind, so that a silent wire is known to be no deaf one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"hello", ("192.0.2.1", 9))
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as one:
        one.setblocking(False)
        assert one.connect_ex(("192.0.2.2", 80)) == errno.EINPROGRESS
    with contextlib.suppress(OSError):
        socket.getaddrinfo("control.example", 80)


async def browse(name: str, wire: Wire) -> tuple[list[str], list[str]]:
    """Shows a page that asks for much; packets, and who was asked for at the proxy."""
    async with Net({f"{SITE}:80/": Answer(body=PAGE)}) as net, AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        ways = LaunchOptions(ca=net.write_authority(Path(folder)))
        engine = make_engine(find_engine(name), ways)
        stack.push_async_callback(engine.stop)
        await engine.start()
        finished = asyncio.Event()

        def hear(words: str) -> None:
            if "page has finished" in words:
                finished.set()

        await engine.open(f"{SITE}/", hear, PageOptions(proxy=net.proxy))
        async with asyncio.timeout(HANG_S / 2):
            await finished.wait()
        packets = await wire.watch(WATCH_S)
        await engine.stop()
        packets += await wire.watch(ENDED_S)
        return packets, [f"{each.host}:{each.port}" for each in net.asked]


def main(name: str) -> None:
    lay_wire()
    wire = Wire()
    asked: list[str] = []
    if name == "control":
        speak()
        packets = list(wire.packets())
    else:
        packets, asked = asyncio.run(browse(name, wire))
    print(json.dumps({"packets": packets, "asked": asked}))  # noqa: T201 - its answer


if __name__ == "__main__":
    main(sys.argv[1])
