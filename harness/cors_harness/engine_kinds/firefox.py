"""FIREFOX: what is known of Firefox, stock or Playwright's patched build.

The preferences leave all names to the proxy, keep WebRTC to it, and save the browser the trouble of
speaking to its maker.
"""

from collections.abc import Sequence

from cors_harness.engine_kinds.kind import (
    LOCAL_NETWORK,
    LOOPBACK,
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

_SETTINGS = StartSettings(
    prefs={
        "network.dns.disabled": True,  # those of loopback are known without DNS
        "media.peerconnection.ice.proxy_only": True,
        "app.normandy.enabled": False,
        "app.update.auto": False,
        "browser.region.update.enabled": False,
        "browser.safebrowsing.update.enabled": False,
        # From the start: when this changes later, a program of Firefox's own asks its maker by the
        # network to forget what it has.
        "datareporting.healthreport.uploadEnabled": False,
        "dom.push.enabled": False,
        "media.gmp-manager.updateEnabled": False,
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
        # Every URL here is a new one: written to disk, its response costs more than the call. The
        # cache in memory, that of private windows, keeps to the same rules.
        "browser.cache.disk.enable": False,
        # Lists of sites, which are never loaded here, so that nothing is ever found in them.
        "browser.safebrowsing.downloads.enabled": False,
        "browser.safebrowsing.malware.enabled": False,
        "browser.safebrowsing.phishing.enabled": False,
        "privacy.trackingprotection.annotate_channels": False,
        "privacy.trackingprotection.cryptomining.enabled": False,
        "privacy.trackingprotection.fingerprinting.enabled": False,
        "privacy.trackingprotection.pbmode.enabled": False,
        # What a context has a proxy for: loopback too, every name, and nothing beside it.
        "network.proxy.allow_hijacking_localhost": True,
        "network.proxy.failover_direct": False,
        "network.proxy.socks5_remote_dns": True,
    }
)


def _public_address_space(ports: Sequence[int]) -> StartSettings:
    return StartSettings(
        prefs={
            "network.lna.enabled": True,
            "network.lna.blocking": True,
            "network.lna.address_space.public.override": ",".join(
                f"{LOOPBACK}:{port}" for port in ports
            ),
        }
    )


# Firefox 153 prints typographic quotes; plain ones are taken too
_OPEN, _CLOSE = r"[\u2018']", r"[\u2019']"
_NAME = rf"{_OPEN}(?P<detail>[^\u2018\u2019]*){_CLOSE}"
_ALLOW = f"{_OPEN}Access-Control-Allow-"

_CONSOLE_PATTERNS = (
    # dom/locales/en-US/chrome/security/security.properties, keys CORS…
    says(
        rf"CORS header {_ALLOW}Origin{_CLOSE} missing",
        ReasonCode.ALLOW_ORIGIN_MISSING,
    ),
    says(rf"Multiple CORS header {_ALLOW}Origin", ReasonCode.ALLOW_ORIGIN_MULTIPLE),
    # a list in one header is a value like any other to Firefox
    says(
        rf"{_ALLOW}Origin{_CLOSE} does not match {_OPEN}(?P<detail>[^\u2019]*,[^\u2019]*){_CLOSE}",
        ReasonCode.ALLOW_ORIGIN_MULTIPLE,
    ),
    says(
        rf"{_ALLOW}Origin{_CLOSE} does not match {_NAME}",
        ReasonCode.ALLOW_ORIGIN_MISMATCH,
    ),
    says(
        r"Credential is not supported if the CORS header",
        ReasonCode.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
    ),
    says(
        rf"expected {_OPEN}true{_CLOSE} in CORS header {_ALLOW}Credentials",
        ReasonCode.ALLOW_CREDENTIALS_NOT_TRUE,
    ),
    says(r"CORS request external redirect not allowed", ReasonCode.PREFLIGHT_REDIRECT),
    says(
        r"CORS preflight response did not succeed\)?\.?(?: Status code: (?P<detail>\d+))?",
        ReasonCode.PREFLIGHT_STATUS,
        WireEvidence.PREFLIGHT_STATUS,
    ),
    says(
        rf"Did not find method in CORS header {_ALLOW}Methods",
        ReasonCode.METHOD_NOT_ALLOWED,
        WireEvidence.PREFLIGHT_METHOD,
    ),
    says(
        rf"header {_NAME} is not allowed according to header {_ALLOW}Headers",
        ReasonCode.HEADER_NOT_ALLOWED,
    ),
    says(
        rf"invalid token {_NAME} in CORS header {_ALLOW}Methods",
        ReasonCode.ALLOW_METHODS_INVALID,
    ),
    says(
        rf"invalid token {_NAME} in CORS header {_ALLOW}Headers",
        ReasonCode.ALLOW_HEADERS_INVALID,
    ),
    says(
        r"was blocked due to its Cross-Origin-Resource-Policy header",
        ReasonCode.CROSS_ORIGIN_RESOURCE_POLICY,
    ),
    says(r"CORS request not (?:HTTP|http)", ReasonCode.REDIRECT_NOT_HTTP),
    # dom/locales/en-US/chrome/security/caps.properties
    says(r"Content at \S+ may not load data from https?:", ReasonCode.MODE_SAME_ORIGIN),
    says(r"Content at \S+ may not load data from", ReasonCode.REDIRECT_NOT_HTTP),
    says(r"Content at \S+ may not load or link to", ReasonCode.REDIRECT_NOT_HTTP),
    # Names of network errors, js/xpc/xpc.msg, that Playwright passes on beside the console
    says(r"NS_ERROR_(?P<detail>LOCAL_NETWORK_ACCESS_DENIED)", ReasonCode.LOCAL_NETWORK_ACCESS),
    says(r"NS_ERROR_(?P<detail>PORT_ACCESS_NOT_ALLOWED)", ReasonCode.BAD_PORT),
    says(r"NS_ERROR_(?P<detail>DOM_CORP_FAILED)", ReasonCode.CROSS_ORIGIN_RESOURCE_POLICY),
    says(r"NS_ERROR_(?P<detail>REDIRECT_LOOP)", ReasonCode.REDIRECT_COUNT),
    says(r"\b(?P<detail>SEC_ERROR_\w+|MOZILLA_PKIX_ERROR_\w+)", ReasonCode.CERTIFICATE),
    # dom/locales/en-US/chrome/security/security.properties
    says(r"Blocked loading mixed active content", ReasonCode.MIXED_CONTENT),
    # netwerk/protocol/http/nsCORSListenerProxy.cpp says so of every failed channel: a dead
    # server, but also a redirect that may not be followed
    says(
        r"CORS request did not succeed",
        ReasonCode.NETWORK,
        WireEvidence.ANYTHING,
    ),
    says(
        r"NS_ERROR_(?P<detail>CONNECTION_REFUSED|CORRUPTED_CONTENT|DOM_INVALID_HEADER_VALUE"
        r"|FILE_TOO_BIG|ILLEGAL_VALUE|INVALID_CONTENT_ENCODING|NET_\w+|PARSING_HTTP_STATUS_LINE"
        r"|PROXY_\w+|UNEXPECTED|UNKNOWN_\w*HOST)",
        ReasonCode.NETWORK,
        WireEvidence.ANYTHING,
    ),
)

FIREFOX = EngineKind(
    name="firefox",
    packages=(("firefox-esr", "firefox"),),
    system=SystemBuilds(
        products="Firefox",
        programs=("firefox-esr", "firefox"),  # on Debian `firefox` is a script that starts the ESR
        places={
            "linux": (
                "/usr/lib/firefox-esr/firefox-esr",
                "/usr/lib/firefox/firefox",
                "/usr/lib64/firefox/firefox",
                "/opt/firefox/firefox",
            ),
            "darwin": ("/Applications/Firefox.app/Contents/MacOS/firefox",),
            "win32": ("Mozilla Firefox/firefox.exe",),
        },
    ),
    playwright=PlaywrightNames(
        executables={
            "firefox": (
                "firefox/firefox",
                "firefox/firefox.exe",
                "firefox/*.app/Contents/MacOS/firefox",
            ),
        },
        channels=("moz-firefox",),
    ),
    # It forgets the first of more than a hundred preflights of all pages. With 32 in each of three
    # pages, sixty others were made between two calls of a sequence, on a busy machine 157; with
    # twelve it is thirty. Firefox alone is no slower by it; beside other engines, which then get
    # more of the processor, a run may take a twentieth longer.
    at_once=12,
    shares_hsts=True,  # it leaves the container out of the key of what it has learnt
    settings=_SETTINGS,
    loopback_only=("network.dns.disabled",),
    public_address_space=_public_address_space,
    # A question that nobody answers stays open for five minutes; Chromium takes no answer for a no
    # at once where it has no window.
    unattended=StartSettings(prefs={"network.lna.prompt.timeout": 1}),
    # What it calls every request that it blocked itself; its console says more.
    is_silent_of_keepalive=True,  # measured: ESR 153.8
    failure_names_that_say_nothing=(
        "NS_ERROR_DOM_BAD_URI",
        "NS_BINDING_ABORTED",
        "NS_ERROR_ABORT",
    ),
    # Of the permissions that concern requests.
    permissions=Permissions(
        control=PermissionControl.CONTEXT,
        names={LOCAL_NETWORK: (LOCAL_NETWORK,)},
        webdriver_names={LOCAL_NETWORK: ("loopback-network", "local-network")},
    ),
    ca_stores=dict.fromkeys(("linux", "darwin", "win32"), CaStore.PROFILE),
    preflight_cache=PreflightCache(
        cap_s=86400,
        digits_only=True,
        source='"Cap at 24 hours" in netwerk/protocol/http/nsCORSListenerProxy.cpp',
    ),
    console_patterns=_CONSOLE_PATTERNS,
    # dom/bindings/Errors.msg, after the context it puts first
    call_refused=(r"\w+\.fetch: ",),
)
