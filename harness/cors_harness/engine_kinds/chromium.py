"""CHROMIUM: what is known of Chromium, in Chrome, Edge and Playwright's builds as well.

A page that has a proxy leaves all names to it. What is left is what the browser itself is up to,
for its maker or for a page's WebRTC. So no name is looked up at all, except those of loopback,
and WebRTC may only use a proxy, which has no UDP. The rest only saves the trouble of trying.
"""

from collections.abc import Sequence

from cors_harness.engine_kinds.kind import (
    LOCAL_NETWORK,
    LOOPBACK,
    LOOPBACK_NAMES,
    CaStore,
    EngineKind,
    PermissionControl,
    Permissions,
    PlaywrightNames,
    PreflightCache,
    StartSettings,
    SystemBuilds,
    WireEvidence,
    says,
)
from cors_harness.terms.reasons import ReasonCode

# Chromium heeds only the last list that it is given, so this one stands for Playwright's as well.
# On is also ThirdPartyStoragePartitioning, as in the Chromium of every user: it stays on.
_FEATURES_OFF = (
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
_EXCLUDED = "".join(f", EXCLUDE {name}" for name in LOOPBACK_NAMES)
_SETTINGS = StartSettings(
    args=(
        f"--disable-features={','.join(_FEATURES_OFF)}",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-domain-reliability",
        "--disable-sync",
        "--no-first-run",
        "--no-pings",
        f"--host-resolver-rules=MAP * ~NOTFOUND{_EXCLUDED}",
        "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    )
)


def _public_address_space(ports: Sequence[int]) -> StartSettings:
    spaces = ",".join(f"{LOOPBACK}:{port}=public" for port in ports)
    return StartSettings(args=(f"--ip-address-space-overrides={spaces}",))


_CONSOLE_PATTERNS = (
    # third_party/blink/renderer/platform/loader/cors/cors_error_string.cc
    says(
        r"No 'Access-Control-Allow-Origin' header is present",
        ReasonCode.ALLOW_ORIGIN_MISSING,
    ),
    says(
        r"'Access-Control-Allow-Origin' header contains multiple values '(?P<detail>.*?)', but",
        ReasonCode.ALLOW_ORIGIN_MULTIPLE,
    ),
    says(
        r"'Access-Control-Allow-Origin' header contains the invalid value '(?P<detail>.*?)'\.",
        ReasonCode.ALLOW_ORIGIN_MISMATCH,
    ),
    says(
        r"'Access-Control-Allow-Origin' header has a value '(?P<detail>.*?)' that is not equal",
        ReasonCode.ALLOW_ORIGIN_MISMATCH,
    ),
    says(
        r"'Access-Control-Allow-Origin' header in the response must not be the wildcard",
        ReasonCode.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
    ),
    says(
        r"'Access-Control-Allow-Credentials' header in the response is '(?P<detail>.*?)' which",
        ReasonCode.ALLOW_CREDENTIALS_NOT_TRUE,
    ),
    says(r"Redirect is not allowed for a preflight request", ReasonCode.PREFLIGHT_REDIRECT),
    says(
        r"It does not have HTTP ok status",
        ReasonCode.PREFLIGHT_STATUS,
        WireEvidence.PREFLIGHT_STATUS,
    ),
    says(
        r"Method (?P<detail>\S+) is not allowed by Access-Control-Allow-Methods",
        ReasonCode.METHOD_NOT_ALLOWED,
    ),
    says(
        r"Request header field (?P<detail>\S+) is not allowed by Access-Control-Allow-Headers",
        ReasonCode.HEADER_NOT_ALLOWED,
    ),
    says(r"Cannot parse Access-Control-Allow-Methods", ReasonCode.ALLOW_METHODS_INVALID),
    says(r"Cannot parse Access-Control-Allow-Headers", ReasonCode.ALLOW_HEADERS_INVALID),
    says(
        r"Redirect location '(?P<detail>.*?)' contains a username and password",
        ReasonCode.REDIRECT_CREDENTIALS,
    ),
    says(
        r"Cross origin requests are only supported for protocol schemes",
        ReasonCode.REDIRECT_NOT_HTTP,
    ),
    says(
        r"Cross origin requests are not allowed by request mode",
        ReasonCode.MODE_SAME_ORIGIN,
    ),
    # third_party/blink/renderer/core/fetch/fetch_manager.cc
    says(
        r'Request mode is "same-origin" but the URL\'s origin is not same',
        ReasonCode.MODE_SAME_ORIGIN,
    ),
    says(
        r'Request mode is "no-cors" but the redirect mode is not "follow"',
        ReasonCode.MODE_NO_CORS_REDIRECT,
    ),
    # third_party/blink/renderer/core/frame/local_dom_window.cc, of a redirect in mode same-origin
    says(r"Unsafe attempt to load URL \S+ from frame with URL", ReasonCode.MODE_SAME_ORIGIN),
    says(r'URL scheme "(?P<detail>[^"]*)" is not supported', ReasonCode.REDIRECT_NOT_HTTP),
    says(
        r"Permission was denied for this request to access the `?(?P<detail>\w+)`? address space",
        ReasonCode.LOCAL_NETWORK_ACCESS,
    ),
    # third_party/blink/renderer/core/loader/mixed_content_checker.cc
    says(r"Mixed Content: The page at .* requested an insecure", ReasonCode.MIXED_CONTENT),
    # net/base/net_error_list.h, in "Failed to load resource: net::ERR_…"
    says(r"net::(?P<detail>ERR_CERT_\w+)", ReasonCode.CERTIFICATE),
    says(
        r"net::(?P<detail>ERR_BLOCKED_BY_RESPONSE\.NotSame(?:Origin|Site)\w*)",
        ReasonCode.CROSS_ORIGIN_RESOURCE_POLICY,
    ),
    says(r"net::(?P<detail>ERR_UNSAFE_PORT)\b", ReasonCode.BAD_PORT),
    says(r"net::(?P<detail>ERR_TOO_MANY_REDIRECTS)\b", ReasonCode.REDIRECT_COUNT),
    says(
        r"net::(?P<detail>ERR_(?:UNSAFE_REDIRECT|(?:UNKNOWN|DISALLOWED)_URL_SCHEME))\b",
        ReasonCode.REDIRECT_NOT_HTTP,
    ),
    says(r"net::(?P<detail>ERR_INVALID_(?:REDIRECT|URL))\b", ReasonCode.REDIRECT_INVALID_URL),
    says(r"net::(?P<detail>ERR_(?!FAILED\b|BLOCKED_BY_)\w+)", ReasonCode.NETWORK),
    says(r"net::ERR_FAILED\b", ReasonCode.UNKNOWN, WireEvidence.ANYTHING),
    says(
        r"the server responded with a status of",
        ReasonCode.UNKNOWN,
        WireEvidence.ANYTHING,
    ),
)

CHROMIUM = EngineKind(
    name="chromium",
    packages=(("chromium", "chromium-browser"),),
    system=SystemBuilds(
        products="Chromium, Chrome or Edge",
        programs=(
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
            "microsoft-edge",
            "microsoft-edge-stable",
        ),
        places={
            "linux": (
                "/usr/lib/chromium/chromium",
                "/usr/lib64/chromium-browser/chromium-browser",
                "/opt/google/chrome/chrome",
                "/opt/microsoft/msedge/msedge",
            ),
            "darwin": (
                "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
                "/Applications/Chromium.app/Contents/MacOS/Chromium",
                "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
            ),
            "win32": (
                "Google/Chrome/Application/chrome.exe",
                "Chromium/Application/chrome.exe",
                "Microsoft/Edge/Application/msedge.exe",
            ),
        },
    ),
    playwright=PlaywrightNames(
        executables={
            "chromium-headless-shell": (
                "chrome-*/chrome-headless-shell*",
                "chrome-*/headless_shell*",
            ),
            "chromium": (
                "chrome-*/chrome",
                "chrome-*/chrome.exe",
                "chrome-*/*.app/Contents/MacOS/*",
            ),
        },
        headless_only=("chromium-headless-shell",),
        # Headless, Playwright starts the shell unless told otherwise.
        named_by_file=("chromium",),
        channels=("chrome", "msedge", "chromium"),
    ),
    settings=_SETTINGS,
    loopback_only=("--host-resolver-rules",),
    public_address_space=_public_address_space,
    proxy_bypass="<-loopback>",
    knows_direct_ports=True,
    console_event="goog:cdp.Log.entryAdded",
    network_process="--utility-sub-type=network.mojom.NetworkService",
    permissions=Permissions(
        control=PermissionControl.BROWSER,
        # One permission in the standard's draft and in Playwright; Chromium has split it.
        names={LOCAL_NETWORK: (LOCAL_NETWORK, "loopback-network", "local-network")},
    ),
    ca_stores={"linux": CaStore.HOME},
    preflight_cache=PreflightCache(
        cap_s=7200,
        source="kMaxTimeout in services/network/public/cpp/cors/preflight_result.cc",
    ),
    console_patterns=_CONSOLE_PATTERNS,
    # third_party/blink/renderer/bindings (the prefix of every exception)
    call_refused=(r"Failed to execute 'fetch' on ",),
)
