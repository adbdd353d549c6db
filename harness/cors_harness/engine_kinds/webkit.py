"""WEBKIT: what is known of WebKit, as WebKitGTK and as Playwright's build; neither is Safari."""

from cors_harness.engine_kinds.kind import (
    EngineKind,
    PlaywrightNames,
    PreflightCache,
    SystemBuilds,
    WireEvidence,
    says,
)
from cors_harness.terms.reasons import ReasonCode

_LIBRARIES = ("webkit2gtk-4.1", "webkitgtk-6.0", "webkit2gtk-4.0")
_FOLDERS = ("/usr/lib/*", "/usr/libexec", "/usr/lib", "/usr/lib64")

_CONSOLE_PATTERNS = (
    # Source/WebCore/loader/CrossOriginAccessControl.cpp
    says(
        r"Cannot use wildcard in Access-Control-Allow-Origin when credentials flag",
        ReasonCode.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
    ),
    says(
        r"Access-Control-Allow-Origin cannot contain more than one origin",
        ReasonCode.ALLOW_ORIGIN_MULTIPLE,
    ),
    says(
        r"Credentials flag is true, but Access-Control-Allow-Credentials is not",
        ReasonCode.ALLOW_CREDENTIALS_NOT_TRUE,
    ),
    says(
        r"Preflight response is not successful\.?(?: Status code: (?P<detail>\d+))?",
        ReasonCode.PREFLIGHT_STATUS,
        WireEvidence.PREFLIGHT_STATUS,
    ),
    says(r"redirection with non CORS scheme", ReasonCode.REDIRECT_NOT_HTTP),
    says(r"redirection URL (?P<detail>\S+) has credentials", ReasonCode.REDIRECT_CREDENTIALS),
    says(
        r"Origin \S+ is not allowed by Access-Control-Allow-Origin",
        ReasonCode.ALLOW_ORIGIN_REFUSED,
        WireEvidence.ALLOW_ORIGIN,
    ),
    # Source/WebCore/loader/CrossOriginPreflightResultCache.cpp
    says(
        r"Method (?P<detail>\S+) is not allowed by Access-Control-Allow-Methods",
        ReasonCode.METHOD_NOT_ALLOWED,
    ),
    says(
        r"Request header field (?P<detail>\S+) is not allowed by Access-Control-Allow-Headers",
        ReasonCode.HEADER_NOT_ALLOWED,
    ),
    says(
        r"Header Access-Control-Allow-Methods has an invalid value: (?P<detail>[^\n]*)",
        ReasonCode.ALLOW_METHODS_INVALID,
    ),
    says(
        r"Header Access-Control-Allow-Headers has an invalid value: (?P<detail>[^\n]*)",
        ReasonCode.ALLOW_HEADERS_INVALID,
    ),
    # Source/WebKit/NetworkProcess/NetworkLoadChecker.cpp
    says(r"Not allowed to follow a redirection while loading", ReasonCode.REDIRECT_MODE_ERROR),
    says(r"Load cannot follow more than \d+ redirections", ReasonCode.REDIRECT_COUNT),
    says(
        r"Unsafe attempt to load URL \S+ from origin",
        ReasonCode.MODE_SAME_ORIGIN,
    ),
    says(
        r"violates the resource's Cross-Origin-Resource-Policy response header",
        ReasonCode.CROSS_ORIGIN_RESOURCE_POLICY,
    ),
    # Source/WebCore/loader/SubresourceLoader.cpp
    says(r"Too many redirections", ReasonCode.REDIRECT_COUNT),
    says(r"Not allowed to redirect due to its scheme", ReasonCode.REDIRECT_NOT_HTTP),
    # Source/WebCore/loader/DocumentThreadableLoader.cpp
    says(r"Redirection to URL with a scheme that is not HTTP", ReasonCode.REDIRECT_NOT_HTTP),
    says(r"Cross origin requests are only supported for HTTP", ReasonCode.REDIRECT_NOT_HTTP),
    says(
        r"Cross origin requests are not allowed when using same-origin fetch mode",
        ReasonCode.MODE_SAME_ORIGIN,
    ),
    # Source/WebCore/loader/FrameLoader.cpp
    says(r"Not allowed to use restricted network port (?P<detail>\d+)", ReasonCode.BAD_PORT),
    # Source/WebCore/loader/MixedContentChecker.cpp
    says(r"requested insecure content from", ReasonCode.MIXED_CONTENT),
    # libsoup and GLib, below the GTK port
    says(
        r"(?P<detail>Could not connect|[Cc]onnection (?:refused|terminated|reset)|timed out)",
        ReasonCode.NETWORK,
    ),
    says(r"(?P<detail>Could not parse HTTP response|Header too big)", ReasonCode.NETWORK),
    says(r"Not allowed to request resource", ReasonCode.UNKNOWN, WireEvidence.ANYTHING),
    says(r"Fetch API cannot load", ReasonCode.UNKNOWN, WireEvidence.ANYTHING),
)

WEBKIT = EngineKind(
    name="webkit",
    remark="webkit is the engine of Safari, it is not Safari itself",
    packages=(
        ("libwebkit2gtk-4.1-0", "libwebkitgtk-6.0-4", "libwebkit2gtk-4.0-37"),
        ("xvfb",),
        ("xauth",),
    ),
    system=SystemBuilds(
        products="MiniBrowser of WebKitGTK",
        programs=("MiniBrowser",),
        places={
            "linux": tuple(
                f"{folder}/{library}/MiniBrowser" for library in _LIBRARIES for folder in _FOLDERS
            )
        },
    ),
    playwright=PlaywrightNames(executables={"webkit": ("pw_run.sh", "Playwright.exe")}),
    preflight_cache=PreflightCache(
        cap_s=600,
        source="maxPreflightCacheTimeout in"
        " Source/WebCore/loader/CrossOriginPreflightResultCache.cpp",
    ),
    network_process="NetworkProcess",  # WebKit's, WPE's, and that of Apple's networking framework
    console_patterns=_CONSOLE_PATTERNS,
    # FetchRequest and FetchHeaders in Source/WebCore/Modules/fetch
    call_refused=(
        r"Method (?:is forbidden|is not a valid|must be GET)",
        r"URL is not valid or",
        r"Request (?:has method|cannot have)",
        r"Invalid header name",
        r"Header '.*' has invalid value",
    ),
)
