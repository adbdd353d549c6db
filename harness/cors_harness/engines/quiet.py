"""Quiet: settings that keep an engine from speaking to anybody outside this machine.

A page that has a proxy leaves all names to it. What is left is what the browser itself is up to,
for its maker or for a page's WebRTC. So no name is looked up at all, except those of loopback,
and WebRTC may only use a proxy, which has no UDP. The rest only saves the trouble of trying.
"""

from collections.abc import Mapping

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
