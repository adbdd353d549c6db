"""What the engines say where CORS has no say: mixed content, local networks, certificates."""

from tests.judge.console_message_cases import BLOCKED, PAIR, SECURITY

from cors_harness.terms.reasons import ReasonCode as Code

HTTP = "http://api.example.org/api/data?cell=p.1"
PAGE = "https://app.example.com/harness/runner.html"
ADDRESS_SPACE = "Permission was denied for this request to access the `loopback` address space."

BEFORE_CORS = {
    "chromium": [
        (
            f"Mixed Content: The page at '{PAGE}' was loaded over HTTPS, but requested an insecure"
            f" resource '{HTTP}'. This request has been blocked; the content must be served over"
            " HTTPS.",
            Code.MIXED_CONTENT,
            "",
        ),
        (f"{BLOCKED} {ADDRESS_SPACE}", Code.LOCAL_NETWORK_ACCESS, "loopback"),
        (
            f"Failed to load resource: net::ERR_CERT_DATE_INVALID ({HTTP})",
            Code.CERTIFICATE,
            "ERR_CERT_DATE_INVALID",
        ),
    ],
    "firefox": [
        (f"Blocked loading mixed active content “{HTTP}”", Code.MIXED_CONTENT, ""),
        (
            f"NS_ERROR_LOCAL_NETWORK_ACCESS_DENIED ({HTTP})",
            Code.LOCAL_NETWORK_ACCESS,
            "LOCAL_NETWORK_ACCESS_DENIED",
        ),
        (
            f"SEC_ERROR_EXPIRED_CERTIFICATE ({HTTP})",
            Code.CERTIFICATE,
            "SEC_ERROR_EXPIRED_CERTIFICATE",
        ),
    ],
    "webkit": [
        (
            f"CONSOLE SECURITY WARN [blocked] The page at {PAGE} requested insecure content from"
            f" {HTTP}. This content was blocked and must be served over HTTPS.\n"
            f"{SECURITY}Not allowed to request resource{PAIR}",
            Code.MIXED_CONTENT,
            "",
        ),
    ],
}
