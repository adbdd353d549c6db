"""ReasonCode: why a browser blocked, as one closed list shared by every engine.

An engine's own words are mapped to these codes; words that fit none give `unknown`, never a guess.
"""

from enum import StrEnum


class ReasonCode(StrEnum):
    """Why a fetch was blocked; the comment gives the clause of the Fetch standard."""

    # CORS check, https://fetch.spec.whatwg.org/#concept-cors-check
    ALLOW_ORIGIN_MISSING = "allow-origin-missing"
    ALLOW_ORIGIN_MISMATCH = "allow-origin-mismatch"
    ALLOW_ORIGIN_MULTIPLE = "allow-origin-multiple"
    ALLOW_ORIGIN_WILDCARD_CREDENTIALS = "allow-origin-wildcard-credentials"
    ALLOW_ORIGIN_REFUSED = "allow-origin-refused"  # one of those above; nothing says which
    ALLOW_CREDENTIALS_NOT_TRUE = "allow-credentials-not-true"
    # CORS-preflight fetch, https://fetch.spec.whatwg.org/#cors-preflight-fetch
    PREFLIGHT_STATUS = "preflight-status"
    PREFLIGHT_REDIRECT = "preflight-redirect"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    HEADER_NOT_ALLOWED = "header-not-allowed"
    ALLOW_METHODS_INVALID = "allow-methods-invalid"
    ALLOW_HEADERS_INVALID = "allow-headers-invalid"
    # HTTP fetch, https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header
    CROSS_ORIGIN_RESOURCE_POLICY = "cross-origin-resource-policy"
    # HTTP-redirect fetch, https://fetch.spec.whatwg.org/#http-redirect-fetch
    REDIRECT_CREDENTIALS = "redirect-credentials"
    REDIRECT_NOT_HTTP = "redirect-not-http"
    REDIRECT_INVALID_URL = "redirect-invalid-url"
    REDIRECT_COUNT = "redirect-count"
    REDIRECT_MODE_ERROR = "redirect-mode-error"
    # Main fetch, https://fetch.spec.whatwg.org/#main-fetch
    MODE_SAME_ORIGIN = "mode-same-origin"
    MODE_NO_CORS_REDIRECT = "mode-no-cors-redirect"  # no-cors with a redirect mode but follow
    # Refused by the browser before CORS has a say
    ARGUMENTS_REFUSED = "arguments-refused"  # https://fetch.spec.whatwg.org/#dom-request
    BAD_PORT = "bad-port"  # https://fetch.spec.whatwg.org/#port-blocking
    MIXED_CONTENT = "mixed-content"  # https://w3c.github.io/webappsec-mixed-content/
    LOCAL_NETWORK_ACCESS = "local-network-access"  # https://wicg.github.io/local-network-access/
    # Not CORS: nobody could be talked to
    CERTIFICATE = "certificate"
    # Not CORS: nothing usable came back
    NETWORK = "network"
    # The engine said nothing, or words that nobody mapped yet
    UNKNOWN = "unknown"
