"""A network namespace whose only way out is a wire that a test watches.

It has loopback and one interface with the default route; the other end of the wire is ours, so all
that would have left the machine is seen, and nobody answers. `run_sealed` runs a module of the
tests in it; the module calls `lay_wire` first.
"""

import asyncio
import contextlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from pyroute2 import IPRoute  # type: ignore[import-untyped]
from pyroute2.netlink.exceptions import NetlinkError  # type: ignore[import-untyped]
from tests.wait_for_exit import HANG_S

CHECKOUT = Path(__file__).resolve().parents[1]
ADDRESSES_S, POLL_S = 60, 0.05
TENTATIVE = 0x40  # IFA_F_TENTATIVE of the kernel's if_addr.h
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


def run_sealed(module: str, *arguments: str, limit_s: float = HANG_S) -> str:
    """What the module prints, run as a program in a namespace of its own; fails where it does."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "resolv.conf").write_text(f"nameserver {RESOLVER}\noptions timeout:1\n")
        (Path(folder) / "nsswitch.conf").write_text("passwd: files\nhosts: files dns\n")
        program = ("sh", "-c", BIND, folder, sys.executable, "-m", module, *arguments)
        done = subprocess.run(  # noqa: S603 - our own program
            (*namespaces(), *program),
            cwd=CHECKOUT,
            text=True,
            capture_output=True,
            timeout=limit_s,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return done.stdout


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
