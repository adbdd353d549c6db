"""Address space: how loopback ports come to count as the public internet.

Local Network Access lets a public page reach loopback only with the user's permission. Chromium
and Firefox have it; on one machine all is loopback, so some ports are declared public. WebKit
has none: it never asks, and lets the request through.
"""

from collections.abc import Mapping, Sequence

LOOPBACK = "127.0.0.1"
# A question that nobody answers stays open for five minutes; Chromium takes no answer for a no at
# once where it has no window.
UNANSWERED_MS = 1


def chromium_args(public_ports: Sequence[int]) -> tuple[str, ...]:
    """Chromium's arguments."""
    spaces = ",".join(f"{LOOPBACK}:{port}=public" for port in public_ports)
    return (f"--ip-address-space-overrides={spaces}",) if spaces else ()


def firefox_prefs(public_ports: Sequence[int], *, headed: bool) -> Mapping[str, bool | int | str]:
    """Firefox's preferences; someone who sees the windows has time to answer."""
    if not public_ports:
        return {}
    prefs: dict[str, bool | int | str] = {
        "network.lna.enabled": True,
        "network.lna.blocking": True,
        "network.lna.address_space.public.override": ",".join(
            f"{LOOPBACK}:{port}" for port in public_ports
        ),
    }
    return prefs if headed else prefs | {"network.lna.prompt.timeout": UNANSWERED_MS}
