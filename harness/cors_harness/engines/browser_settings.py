"""Quiet: settings that keep an engine from speaking to anybody outside this machine.

A page that has a proxy leaves all names to it. What is left is what the browser itself is up to,
for its maker or for a page's WebRTC. So no name is looked up at all, except those of loopback,
and WebRTC may only use a proxy, which has no UDP. The rest only saves the trouble of trying.
"""

from collections.abc import Mapping, Sequence

NAMES = ("localhost", "*.localhost", "127.0.0.1", "::1")
# Chromium heeds only the last list that it is given, so this one stands for Playwright's as well.
# On that is also ThirdPartyStoragePartitioning, which everybody's Chromium has on: it stays on.
CHROMIUM_FEATURES_OFF = (
    "AimEnabled",
    "AutoDeElevate",
    "AvoidCorsURLLoaderRestartOnRedirect",  # redirects stall in a busy page of Chromium 156
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "BlockOriginHeaderModificationOnRedirect",
    "DestroyProfileOnBrowserClose",
    "DialMediaRouteProvider",
    "GlobalMediaControls",
    "HttpsUpgrades",  # an http page is asked for as http
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "Translate",
    "WebRtcHideLocalIpsWithMdns",  # would speak multicast
    "msForceBrowserSignIn",
)
CHROMIUM_ARGS = (
    f"--disable-features={','.join(CHROMIUM_FEATURES_OFF)}",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    f"--host-resolver-rules=MAP * ~NOTFOUND{''.join(f', EXCLUDE {name}' for name in NAMES)}",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
)
FIREFOX_PREFS: Mapping[str, bool | int | str] = {
    "network.dns.disabled": True,  # those of loopback are known without DNS
    "media.peerconnection.ice.proxy_only": True,
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.region.update.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "dom.push.enabled": False,
    "extensions.blocklist.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.http.speculative-parallel-limit": 0,
    "network.prefetch-next": False,
    "network.trr.mode": 5,  # no DNS over HTTPS, by choice
    "security.OCSP.enabled": 0,
    "toolkit.telemetry.enabled": False,
}


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
