"""A network namespace for one engine, whose only way out is a wire that we watch.

Run as a program, `python -m tests.engines.no_network ENGINE`, it prints what went out, as JSON. The
namespace has loopback and one interface with the default route; its other end is ours, so all
that would have left the machine is seen, and nobody answers.
"""

import asyncio
import contextlib
import errno
import json
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from pyroute2 import IPRoute  # type: ignore[import-untyped]
from pyroute2.netlink.exceptions import NetlinkError  # type: ignore[import-untyped]
from tests.engines.net import Answer, Net
from tests.wait_for_exit import HANG_S

from cors_harness.engines.base import LaunchOptions, PageOptions
from cors_harness.engines.provision import find_engine
from cors_harness.engines.registry import make_engine

CHECKOUT = Path(__file__).resolve().parents[2]
ADDRESSES_S, POLL_S = 60, 0.05
TENTATIVE = 0x40  # IFA_F_TENTATIVE of the kernel's if_addr.h
WATCH_S = 5  # browsers phone home within three seconds of their start
ENDED_S = 2  # or have a program of their own do so when they end
INSIDE, OUTSIDE = "inside", "outside"
ADDRESS, GATEWAY, RESOLVER = "10.99.0.2", "10.99.0.1", "10.99.0.53"
ADDRESS_6, GATEWAY_6 = "fd99::2", "fd99::1"
NOBODY = "02:00:00:00:00:01"
IPV4, IPV6, ALL = 0x0800, 0x86DD, 0x0003
CHATTER = (0, 58)  # hop-by-hop and ICMPv6: the kernel greets a new interface by itself
# Names come from a server that would have to be asked over the wire, and from nowhere else.
BIND = """\
mount --bind "$0/resolv.conf" "$(readlink -f /etc/resolv.conf)" &&
mount --bind "$0/nsswitch.conf" "$(readlink -f /etc/nsswitch.conf)" && exec "$@"
"""
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
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "resolv.conf").write_text(f"nameserver {RESOLVER}\noptions timeout:1\n")
        (Path(folder) / "nsswitch.conf").write_text("passwd: files\nhosts: files dns\n")
        program = (
            "sh",
            "-c",
            BIND,
            folder,
            sys.executable,
            "-m",
            "tests.engines.no_network",
            engine,
        )
        done = subprocess.run(  # noqa: S603 - our own program
            (*namespaces(), *program),
            cwd=CHECKOUT,
            text=True,
            capture_output=True,
            timeout=HANG_S,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    return Seen(packets=tuple(seen["packets"]), asked=tuple(seen["asked"]))


def namespaces() -> Sequence[str]:
    """The command that makes them; fails where this machine forbids every way."""
    ways = (("unshare", "--net", "--mount"), ("unshare", "--map-root-user", "--net", "--mount"))
    for way in ways:
        if shutil.which(way[0]) and subprocess.run((*way, "true"), check=False).returncode == 0:  # noqa: S603
            return way
    raise AssertionError(
        "no packet can be counted here: unshare (of util-linux) is missing, or this container"
        " forbids network namespaces; it needs CAP_SYS_ADMIN, or user namespaces"
    )


def lay_wire() -> None:
    """Brings loopback up and connects the way out."""
    with IPRoute() as ip:
        ip.link("add", ifname=OUTSIDE, peer=INSIDE, kind="veth")
        index = {name: ip.link_lookup(ifname=name)[0] for name in ("lo", INSIDE, OUTSIDE)}
        for each in index.values():
            ip.link("set", index=each, state="up")
        way = index[INSIDE]
        ip.addr("add", index=way, address=ADDRESS, prefixlen=24)
        ip.route("add", gateway=GATEWAY)
        for address in (GATEWAY, RESOLVER):
            ip.neigh("add", dst=address, lladdr=NOBODY, ifindex=way, state="permanent")
        with contextlib.suppress(NetlinkError):  # a kernel without IPv6 sends none
            ip.addr("add", index=way, address=ADDRESS_6, prefixlen=64, flags=0x02)
            ip.route("add", gateway=GATEWAY_6, family=socket.AF_INET6)
            ip.neigh(
                "add",
                dst=GATEWAY_6,
                lladdr=NOBODY,
                ifindex=way,
                state="permanent",
                family=socket.AF_INET6,
            )
            for name in (INSIDE, OUTSIDE):
                until_addresses_stand(ip, index[name])


def until_addresses_stand(ip: IPRoute, way: int) -> None:
    """Waits until the kernel has tried the address that it gives an interface by itself.

    Until then it is tentative, for a second or two. When it no longer is, Chromium takes the
    network for another one and gives up whatever it is loading.
    """
    ends = time.monotonic() + ADDRESSES_S
    while not address_stands(ip, way):
        if time.monotonic() > ends:
            raise TimeoutError(f"an address of interface {way} is tentative for {ADDRESSES_S} s")
        time.sleep(POLL_S)


def address_stands(ip: IPRoute, way: int) -> bool:
    found = ip.get_addr(index=way, family=socket.AF_INET6)
    own = [each for each in found if str(each.get_attr("IFA_ADDRESS")).startswith("fe80:")]
    return bool(own) and not any(each.get_attr("IFA_FLAGS") & TENTATIVE for each in own)


class Wire:
    """The far end of the wire."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL))
        self._socket.bind((OUTSIDE, ALL))
        self._socket.setblocking(False)

    def packets(self) -> Iterator[str]:
        """All that came since the last call, in words."""
        while True:
            try:
                data, (_, protocol, *_) = self._socket.recvfrom(65535)
            except BlockingIOError:
                return
            words = told(protocol, data)
            if words:
                yield words

    async def watch(self, seconds: float) -> list[str]:
        """What has come; waits for the first packet as long as that."""
        came = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket, came.set)
        packets: list[str] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (packets := list(self.packets())):
                    came.clear()
                    await came.wait()
        loop.remove_reader(self._socket)
        return packets


def told(protocol: int, data: bytes) -> str:
    """A packet in words; empty for the kernel's own."""
    if protocol == IPV4:
        kind, target, rest = data[9], socket.inet_ntop(socket.AF_INET, data[16:20]), data[20:]
    elif protocol == IPV6 and data[6] not in CHATTER:
        kind, target, rest = data[6], socket.inet_ntop(socket.AF_INET6, data[24:40]), data[40:]
    else:
        return ""
    (port,) = struct.unpack("!H", rest[2:4])
    return f"protocol {kind} to {target} port {port}: {rest[8:72]!r}"


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
