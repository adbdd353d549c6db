"""Another machine whose browser joins a live page: a network namespace, and a wire to ours.

Run as a program, `python -m tests.live.other_machine FOLDER`, in a namespace of its own it serves
the scenarios of the folder there, has a second namespace made for the browser, and prints what the
page came to show there, as JSON.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from pyroute2 import IPRoute  # type: ignore[import-untyped]
from tests.live.serve_program import serve
from tests.live.shown import seen
from tests.reports.html.page_browsers import BROWSERS
from tests.sealed_network import CHECKOUT, namespaces, until_addresses_stand
from tests.wait_for_exit import HANG_S

OURS, THEIRS = "ours", "theirs"  # ends of the wire
ADDRESS, THEIR_ADDRESS = "10.99.0.1", "10.99.0.2"
CODE = """
const code = document.getElementById("qr-code");
document.querySelector(".live-qr").open = true;
return { svg: code.outerHTML, text: document.querySelector(".live-qr").innerText };
"""


def joined_from_elsewhere(folder: Path) -> dict[str, object]:
    """What the page shows to the browser of another machine, once that has joined."""
    done = subprocess.run(  # noqa: S603 - our own program
        (*namespaces(), sys.executable, "-m", __name__, str(folder)),
        cwd=CHECKOUT,
        text=True,
        capture_output=True,
        timeout=HANG_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def lay_wire(their_pid: int) -> None:
    """Connects this namespace with that of a process."""
    with IPRoute() as ip:
        peer = {"ifname": THEIRS, "net_ns_pid": their_pid}
        ip.link("add", ifname=OURS, peer=peer, kind="veth")
    bring_up(OURS, ADDRESS)


def bring_up(name: str, address: str) -> None:
    with IPRoute() as ip:
        for each in ("lo", name):
            ip.link("set", index=ip.link_lookup(ifname=each)[0], state="up")
        ip.addr("add", index=ip.link_lookup(ifname=name)[0], address=address, prefixlen=24)


def main(folder: Path) -> None:
    command = (*namespaces(), sys.executable, "-m", __spec__.name, "browser")
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as browser:
        assert browser.stdin is not None
        assert browser.stdout is not None
        lay_wire(int(browser.stdout.readline()))
        with serve(folder, "cors.yaml", "--browser", "webkit", "--host", ADDRESS) as served:
            print(served.url, file=browser.stdin, flush=True)
            found = json.loads(browser.stdout.readline())
            told = {**found, "url": served.url, "said": served.errors.read_text()}
            sys.stdout.write(json.dumps(told))


def browse() -> None:
    """The other machine: says whose namespace it is, and joins the page that it is told of."""
    say(str(os.getpid()))
    url = sys.stdin.readline().strip()
    bring_up(THEIRS, THEIR_ADDRESS)
    with IPRoute() as ip:
        until_addresses_stand(ip, ip.link_lookup(ifname=THEIRS)[0])
    with BROWSERS["chromium"]() as page:
        page.open(url)
        page.click(".live-here")
        joined = "rows.filter((row) => row.engine === 'chromium-linux').length"
        whole = f"state === 'idle' && rows.length === 2 * {joined} && {joined}"
        seen(page, whole)
        page.click("#live .live-buttons button")  # run all again, in servers that start afresh
        seen(page, "state === 'running'")
        found = seen(page, whole)
        say(json.dumps({**found, "code": page.run(CODE)}))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    browse() if sys.argv[1] == "browser" else main(Path(sys.argv[1]))
