"""Saying: what an engine says when it refuses, as closed tables of patterns per engine.

Each table stands in the order of precedence: exact words first, then words that the wire has to
narrow down, network trouble next, and words that give no reason last. Where each of the words
comes from is named above it, as a path in the engine's own source.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from cors_harness.terms.reasons import ReasonCode


class Narrowing(StrEnum):
    """What the wire can add where the words alone say too little."""

    ALLOW_ORIGIN = "allow-origin"  # the words cover a missing, wrong and repeated header alike
    PREFLIGHT_STATUS = "preflight-status"  # they cover error statuses and redirects alike
    PREFLIGHT_METHOD = "preflight-method"  # they do not name the method
    ANYTHING = "anything"  # they give no reason, or none but "it did not work"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsolePattern:
    """One form of words.

    Attributes:
        pattern: searched for in one line; its group `detail` is what the words name.
        code: what the words mean; UNKNOWN where they give no reason by themselves.
        narrowing: what the wire has to add; None where the words say it all.
    """

    pattern: re.Pattern[str]
    code: ReasonCode
    narrowing: Narrowing | None = None


def _say(pattern: str, code: ReasonCode, narrowing: Narrowing | None = None) -> ConsolePattern:
    return ConsolePattern(pattern=re.compile(pattern), code=code, narrowing=narrowing)


_CHROMIUM = (
    # third_party/blink/renderer/platform/loader/cors/cors_error_string.cc
    _say(
        r"No 'Access-Control-Allow-Origin' header is present",
        ReasonCode.ALLOW_ORIGIN_MISSING,
    ),
    _say(
        r"'Access-Control-Allow-Origin' header contains multiple values '(?P<detail>.*?)', but",
        ReasonCode.ALLOW_ORIGIN_MULTIPLE,
    ),
    _say(
        r"'Access-Control-Allow-Origin' header contains the invalid value '(?P<detail>.*?)'\.",
        ReasonCode.ALLOW_ORIGIN_MISMATCH,
    ),
    _say(
        r"'Access-Control-Allow-Origin' header has a value '(?P<detail>.*?)' that is not equal",
        ReasonCode.ALLOW_ORIGIN_MISMATCH,
    ),
    _say(
        r"'Access-Control-Allow-Origin' header in the response must not be the wildcard",
        ReasonCode.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
    ),
    _say(
        r"'Access-Control-Allow-Credentials' header in the response is '(?P<detail>.*?)' which",
        ReasonCode.ALLOW_CREDENTIALS_NOT_TRUE,
    ),
    _say(r"Redirect is not allowed for a preflight request", ReasonCode.PREFLIGHT_REDIRECT),
    _say(
        r"It does not have HTTP ok status",
        ReasonCode.PREFLIGHT_STATUS,
        Narrowing.PREFLIGHT_STATUS,
    ),
    _say(
        r"Method (?P<detail>\S+) is not allowed by Access-Control-Allow-Methods",
        ReasonCode.METHOD_NOT_ALLOWED,
    ),
    _say(
        r"Request header field (?P<detail>\S+) is not allowed by Access-Control-Allow-Headers",
        ReasonCode.HEADER_NOT_ALLOWED,
    ),
    _say(r"Cannot parse Access-Control-Allow-Methods", ReasonCode.ALLOW_METHODS_INVALID),
    _say(r"Cannot parse Access-Control-Allow-Headers", ReasonCode.ALLOW_HEADERS_INVALID),
    _say(
        r"Redirect location '(?P<detail>.*?)' contains a username and password",
        ReasonCode.REDIRECT_CREDENTIALS,
    ),
    _say(
        r"Cross origin requests are only supported for protocol schemes",
        ReasonCode.REDIRECT_NOT_HTTP,
    ),
    _say(
        r"Cross origin requests are not allowed by request mode",
        ReasonCode.MODE_SAME_ORIGIN,
    ),
    # third_party/blink/renderer/core/fetch/fetch_manager.cc
    _say(
        r'Request mode is "same-origin" but the URL\'s origin is not same',
        ReasonCode.MODE_SAME_ORIGIN,
    ),
    _say(
        r'Request mode is "no-cors" but the redirect mode is not "follow"',
        ReasonCode.REDIRECT_MODE_ERROR,
    ),
    _say(r'URL scheme "(?P<detail>[^"]*)" is not supported', ReasonCode.REDIRECT_NOT_HTTP),
    _say(
        r"Permission was denied for this request to access the `?(?P<detail>\w+)`? address space",
        ReasonCode.LOCAL_NETWORK_ACCESS,
    ),
    # third_party/blink/renderer/core/loader/mixed_content_checker.cc
    _say(r"Mixed Content: The page at .* requested an insecure", ReasonCode.MIXED_CONTENT),
    # net/base/net_error_list.h, in "Failed to load resource: net::ERR_…"
    _say(r"net::(?P<detail>ERR_CERT_\w+)", ReasonCode.CERTIFICATE),
    _say(r"net::(?P<detail>ERR_TOO_MANY_REDIRECTS)\b", ReasonCode.REDIRECT_COUNT),
    _say(
        r"net::(?P<detail>ERR_(?:UNSAFE_REDIRECT|(?:UNKNOWN|DISALLOWED)_URL_SCHEME))\b",
        ReasonCode.REDIRECT_NOT_HTTP,
    ),
    _say(r"net::(?P<detail>ERR_INVALID_(?:REDIRECT|URL))\b", ReasonCode.REDIRECT_INVALID_URL),
    _say(r"net::(?P<detail>ERR_(?!FAILED\b|BLOCKED_BY_)\w+)", ReasonCode.NETWORK),
    _say(r"net::ERR_FAILED\b", ReasonCode.UNKNOWN, Narrowing.ANYTHING),
    _say(
        r"the server responded with a status of",
        ReasonCode.UNKNOWN,
        Narrowing.ANYTHING,
    ),
)

# Firefox 153 prints typographic quotes; plain ones are taken too
_OPEN, _CLOSE = r"[\u2018']", r"[\u2019']"
_NAME = rf"{_OPEN}(?P<detail>[^\u2018\u2019]*){_CLOSE}"
_ALLOW = f"{_OPEN}Access-Control-Allow-"

_FIREFOX = (
    # dom/locales/en-US/chrome/security/security.properties, keys CORS…
    _say(
        rf"CORS header {_ALLOW}Origin{_CLOSE} missing",
        ReasonCode.ALLOW_ORIGIN_MISSING,
    ),
    _say(rf"Multiple CORS header {_ALLOW}Origin", ReasonCode.ALLOW_ORIGIN_MULTIPLE),
    # a list in one header is a value like any other to Firefox
    _say(
        rf"{_ALLOW}Origin{_CLOSE} does not match {_OPEN}(?P<detail>[^\u2019]*,[^\u2019]*){_CLOSE}",
        ReasonCode.ALLOW_ORIGIN_MULTIPLE,
    ),
    _say(
        rf"{_ALLOW}Origin{_CLOSE} does not match {_NAME}",
        ReasonCode.ALLOW_ORIGIN_MISMATCH,
    ),
    _say(
        r"Credential is not supported if the CORS header",
        ReasonCode.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
    ),
    _say(
        rf"expected {_OPEN}true{_CLOSE} in CORS header {_ALLOW}Credentials",
        ReasonCode.ALLOW_CREDENTIALS_NOT_TRUE,
    ),
    _say(r"CORS request external redirect not allowed", ReasonCode.PREFLIGHT_REDIRECT),
    _say(
        r"CORS preflight response did not succeed\)?\.?(?: Status code: (?P<detail>\d+))?",
        ReasonCode.PREFLIGHT_STATUS,
        Narrowing.PREFLIGHT_STATUS,
    ),
    _say(
        rf"Did not find method in CORS header {_ALLOW}Methods",
        ReasonCode.METHOD_NOT_ALLOWED,
        Narrowing.PREFLIGHT_METHOD,
    ),
    _say(
        rf"header {_NAME} is not allowed according to header {_ALLOW}Headers",
        ReasonCode.HEADER_NOT_ALLOWED,
    ),
    _say(
        rf"invalid token {_NAME} in CORS header {_ALLOW}Methods",
        ReasonCode.ALLOW_METHODS_INVALID,
    ),
    _say(
        rf"invalid token {_NAME} in CORS header {_ALLOW}Headers",
        ReasonCode.ALLOW_HEADERS_INVALID,
    ),
    _say(r"CORS request not (?:HTTP|http)", ReasonCode.REDIRECT_NOT_HTTP),
    # dom/locales/en-US/chrome/security/caps.properties
    _say(r"Content at \S+ may not load data from https?:", ReasonCode.MODE_SAME_ORIGIN),
    _say(r"Content at \S+ may not load data from", ReasonCode.REDIRECT_NOT_HTTP),
    _say(r"Content at \S+ may not load or link to", ReasonCode.REDIRECT_NOT_HTTP),
    # Names of network errors, js/xpc/xpc.msg, that Playwright passes on beside the console
    _say(r"NS_ERROR_(?P<detail>LOCAL_NETWORK_ACCESS_DENIED)", ReasonCode.LOCAL_NETWORK_ACCESS),
    _say(r"\b(?P<detail>SEC_ERROR_\w+|MOZILLA_PKIX_ERROR_\w+)", ReasonCode.CERTIFICATE),
    # dom/locales/en-US/chrome/security/security.properties
    _say(r"Blocked loading mixed active content", ReasonCode.MIXED_CONTENT),
    # netwerk/protocol/http/nsCORSListenerProxy.cpp says so of every failed channel: a dead
    # server, but also a redirect that may not be followed
    _say(
        r"CORS request did not succeed",
        ReasonCode.NETWORK,
        Narrowing.ANYTHING,
    ),
)

_WEBKIT = (
    # Source/WebCore/loader/CrossOriginAccessControl.cpp
    _say(
        r"Cannot use wildcard in Access-Control-Allow-Origin when credentials flag",
        ReasonCode.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
    ),
    _say(
        r"Access-Control-Allow-Origin cannot contain more than one origin",
        ReasonCode.ALLOW_ORIGIN_MULTIPLE,
    ),
    _say(
        r"Credentials flag is true, but Access-Control-Allow-Credentials is not",
        ReasonCode.ALLOW_CREDENTIALS_NOT_TRUE,
    ),
    _say(
        r"Preflight response is not successful\.?(?: Status code: (?P<detail>\d+))?",
        ReasonCode.PREFLIGHT_STATUS,
        Narrowing.PREFLIGHT_STATUS,
    ),
    _say(r"redirection with non CORS scheme", ReasonCode.REDIRECT_NOT_HTTP),
    _say(r"redirection URL (?P<detail>\S+) has credentials", ReasonCode.REDIRECT_CREDENTIALS),
    _say(
        r"Origin \S+ is not allowed by Access-Control-Allow-Origin",
        ReasonCode.ALLOW_ORIGIN_REFUSED,
        Narrowing.ALLOW_ORIGIN,
    ),
    # Source/WebCore/loader/CrossOriginPreflightResultCache.cpp
    _say(
        r"Method (?P<detail>\S+) is not allowed by Access-Control-Allow-Methods",
        ReasonCode.METHOD_NOT_ALLOWED,
    ),
    _say(
        r"Request header field (?P<detail>\S+) is not allowed by Access-Control-Allow-Headers",
        ReasonCode.HEADER_NOT_ALLOWED,
    ),
    _say(
        r"Header Access-Control-Allow-Methods has an invalid value: (?P<detail>[^\n]*)",
        ReasonCode.ALLOW_METHODS_INVALID,
    ),
    _say(
        r"Header Access-Control-Allow-Headers has an invalid value: (?P<detail>[^\n]*)",
        ReasonCode.ALLOW_HEADERS_INVALID,
    ),
    # Source/WebKit/NetworkProcess/NetworkLoadChecker.cpp
    _say(r"Not allowed to follow a redirection while loading", ReasonCode.REDIRECT_MODE_ERROR),
    _say(r"Load cannot follow more than \d+ redirections", ReasonCode.REDIRECT_COUNT),
    _say(
        r"Unsafe attempt to load URL \S+ from origin",
        ReasonCode.MODE_SAME_ORIGIN,
    ),
    # Source/WebCore/loader/SubresourceLoader.cpp
    _say(r"Too many redirections", ReasonCode.REDIRECT_COUNT),
    _say(r"Not allowed to redirect due to its scheme", ReasonCode.REDIRECT_NOT_HTTP),
    # Source/WebCore/loader/DocumentThreadableLoader.cpp
    _say(r"Redirection to URL with a scheme that is not HTTP", ReasonCode.REDIRECT_NOT_HTTP),
    _say(r"Cross origin requests are only supported for HTTP", ReasonCode.REDIRECT_NOT_HTTP),
    _say(
        r"Cross origin requests are not allowed when using same-origin fetch mode",
        ReasonCode.MODE_SAME_ORIGIN,
    ),
    # Source/WebCore/loader/MixedContentChecker.cpp
    _say(r"requested insecure content from", ReasonCode.MIXED_CONTENT),
    # libsoup and GLib, below the GTK port
    _say(
        r"(?P<detail>Could not connect|[Cc]onnection (?:refused|terminated|reset)|timed out)",
        ReasonCode.NETWORK,
    ),
    _say(r"Not allowed to request resource", ReasonCode.UNKNOWN, Narrowing.ANYTHING),
    _say(r"Fetch API cannot load", ReasonCode.UNKNOWN, Narrowing.ANYTHING),
)

PATTERNS = {"chromium": _CHROMIUM, "firefox": _FIREFOX, "webkit": _WEBKIT}
"""Engine name to its table, in order of precedence."""

CALL_REFUSED = re.compile(
    # Chromium: third_party/blink/renderer/bindings (the prefix of every exception)
    r"^Failed to execute 'fetch' on "
    # Firefox: dom/bindings/Errors.msg, after the context it puts first
    r"|^\w+\.fetch: "
    # WebKit has several, all in Source/WebCore/Modules/fetch (FetchRequest, FetchHeaders)
    r"|^Method (?:is forbidden|is not a valid|must be GET)|^URL is not valid or"
    r"|^Request (?:has method|cannot have)|^Invalid header name|^Header '.*' has invalid value"
)
"""The error message where an engine refused the arguments of `fetch()`: there is no request."""
