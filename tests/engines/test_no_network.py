"""No packet leaves the machine, whatever a page asks for and whatever its browser is up to."""

import pytest
from tests.engines.no_network import sealed

pytestmark = pytest.mark.browser

ASKED = {"nope.example:443", "nope.example:80", "192.0.2.1:80", "beacon.example:443", "intra:80"}
CONTROL = ("192.0.2.1 port 9", "192.0.2.2 port 80", "10.99.0.53 port 53")


@pytest.mark.parametrize("engine", ["chromium", "firefox", "webkit"])
def test_no_packet_leaves_the_machine(engine: str) -> None:
    seen = sealed(engine)
    assert seen.asked[0] == "app.example.com:80"
    assert set(seen.asked) >= ASKED
    assert seen.packets == ()


def test_packet_that_leaves_the_machine_is_seen() -> None:
    packets = sealed("control").packets
    heard = {target for target in CONTROL for packet in packets if f"to {target}: " in packet}
    assert heard == set(CONTROL)
