"""What the three engines say when they block, and the reason that it means by itself."""

# ruff: noqa: RUF001 - Firefox prints typographic quotes

from cors_harness.terms.reasons import ReasonCode as Code

URL = "http://127.0.0.1:8001/api/data?cell=p.1"
BLOCKED = f"Access to fetch at '{URL}' from origin 'http://a.test' has been blocked by CORS policy:"
PREFLIGHT = f"{BLOCKED} Response to preflight request doesn't pass access control check:"
FIREFOX = f"The Same Origin Policy disallows reading the remote resource at {URL}."
PAIR = f"\nCONSOLE JS ERROR Fetch API cannot load {URL} due to access control checks."
SECURITY = "CONSOLE SECURITY ERROR "

CHROMIUM_WORDS = [
    (
        f"{BLOCKED} No 'Access-Control-Allow-Origin' header is present on the requested resource.",
        Code.ALLOW_ORIGIN_MISSING,
        "",
    ),
    (
        f"{PREFLIGHT} No 'Access-Control-Allow-Origin' header is present on the requested"
        " resource.",
        Code.ALLOW_ORIGIN_MISSING,
        "",
    ),
    (
        f"Access to fetch at '{URL}' (redirected from 'http://b.test/') from origin 'http://a.test'"
        " has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on"
        " the requested resource.",
        Code.ALLOW_ORIGIN_MISSING,
        "",
    ),
    (
        f"{BLOCKED} The 'Access-Control-Allow-Origin' header has a value 'http://b.test' that is"
        " not equal to the supplied origin. Have the server send the header with a valid value.",
        Code.ALLOW_ORIGIN_MISMATCH,
        "http://b.test",
    ),
    (
        f"{BLOCKED} The 'Access-Control-Allow-Origin' header contains the invalid value 'b'.",
        Code.ALLOW_ORIGIN_MISMATCH,
        "b",
    ),
    (
        f"{BLOCKED} The 'Access-Control-Allow-Origin' header contains multiple values '*, *', but"
        " only one is allowed.",
        Code.ALLOW_ORIGIN_MULTIPLE,
        "*, *",
    ),
    (
        f"{BLOCKED} The value of the 'Access-Control-Allow-Origin' header in the response must not"
        " be the wildcard '*' when the request's credentials mode is 'include'.",
        Code.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
        "",
    ),
    (
        f"{BLOCKED} The value of the 'Access-Control-Allow-Credentials' header in the response is"
        " 'True' which must be 'true' when the request's credentials mode is 'include'.",
        Code.ALLOW_CREDENTIALS_NOT_TRUE,
        "True",
    ),
    (f"{PREFLIGHT} It does not have HTTP ok status.", Code.PREFLIGHT_STATUS, ""),
    (
        f"{PREFLIGHT} Redirect is not allowed for a preflight request.",
        Code.PREFLIGHT_REDIRECT,
        "",
    ),
    (
        f"{BLOCKED} Method PUT is not allowed by Access-Control-Allow-Methods in preflight"
        " response.",
        Code.METHOD_NOT_ALLOWED,
        "PUT",
    ),
    (
        f"{BLOCKED} Request header field x-a is not allowed by Access-Control-Allow-Headers in"
        " preflight response.",
        Code.HEADER_NOT_ALLOWED,
        "x-a",
    ),
    (
        f"{BLOCKED} Cannot parse Access-Control-Allow-Methods response header field in preflight"
        " response.",
        Code.ALLOW_METHODS_INVALID,
        "",
    ),
    (
        f"{BLOCKED} Cannot parse Access-Control-Allow-Headers response header field in preflight"
        " response.",
        Code.ALLOW_HEADERS_INVALID,
        "",
    ),
    (
        f"{BLOCKED} Redirect location 'http://u:p@b.test/' contains a username and password, which"
        " is disallowed for cross-origin requests.",
        Code.REDIRECT_CREDENTIALS,
        "http://u:p@b.test/",
    ),
    (
        f"{BLOCKED} Cross origin requests are only supported for protocol schemes: chrome, http.",
        Code.REDIRECT_NOT_HTTP,
        "",
    ),
    (
        f"{BLOCKED} Cross origin requests are not allowed by request mode.",
        Code.MODE_SAME_ORIGIN,
        "",
    ),
    (
        f'Fetch API cannot load {URL}. Request mode is "same-origin" but the URL\'s origin is not'
        " same as the request origin http://a.test.",
        Code.MODE_SAME_ORIGIN,
        "",
    ),
    (
        f'Fetch API cannot load {URL}. Request mode is "no-cors" but the redirect mode is not'
        ' "follow".',
        Code.MODE_NO_CORS_REDIRECT,
        "",
    ),
    (
        f"Unsafe attempt to load URL {URL} from frame with URL http://a.test/runner.html. Domains,"
        " protocols and ports must match.",
        Code.MODE_SAME_ORIGIN,
        "",
    ),
    (
        f"Failed to load resource: net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin ({URL})",
        Code.CROSS_ORIGIN_RESOURCE_POLICY,
        "ERR_BLOCKED_BY_RESPONSE.NotSameOrigin",
    ),
    (
        f"Failed to load resource: net::ERR_BLOCKED_BY_RESPONSE.NotSameSite ({URL})",
        Code.CROSS_ORIGIN_RESOURCE_POLICY,
        "ERR_BLOCKED_BY_RESPONSE.NotSameSite",
    ),
    (
        "Failed to load resource: net::ERR_UNSAFE_PORT (http://b.test:6000/x?cell=p.1)",
        Code.BAD_PORT,
        "ERR_UNSAFE_PORT",
    ),
    (
        "Failed to load resource: net::ERR_INVALID_HTTP_RESPONSE",
        Code.NETWORK,
        "ERR_INVALID_HTTP_RESPONSE",
    ),
    (
        'Fetch API cannot load ftp://b.test/. URL scheme "ftp" is not supported.',
        Code.REDIRECT_NOT_HTTP,
        "ftp",
    ),
    (
        "Failed to load resource: net::ERR_TOO_MANY_REDIRECTS",
        Code.REDIRECT_COUNT,
        "ERR_TOO_MANY_REDIRECTS",
    ),
    (
        "Failed to load resource: net::ERR_UNSAFE_REDIRECT",
        Code.REDIRECT_NOT_HTTP,
        "ERR_UNSAFE_REDIRECT",
    ),
    (
        "Failed to load resource: net::ERR_UNKNOWN_URL_SCHEME",
        Code.REDIRECT_NOT_HTTP,
        "ERR_UNKNOWN_URL_SCHEME",
    ),
    (
        "Failed to load resource: net::ERR_INVALID_REDIRECT",
        Code.REDIRECT_INVALID_URL,
        "ERR_INVALID_REDIRECT",
    ),
    (
        "Failed to load resource: net::ERR_CONNECTION_REFUSED",
        Code.NETWORK,
        "ERR_CONNECTION_REFUSED",
    ),
    ("Failed to load resource: net::ERR_EMPTY_RESPONSE", Code.NETWORK, "ERR_EMPTY_RESPONSE"),
    ("Failed to load resource: net::ERR_FAILED", Code.UNKNOWN, ""),
    (
        "Failed to load resource: the server responded with a status of 404 (Not Found)",
        Code.UNKNOWN,
        "",
    ),
]

FIREFOX_WORDS = [
    (
        f"{FIREFOX} (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 200.",
        Code.ALLOW_ORIGIN_MISSING,
        "",
    ),
    (
        f"Cross-Origin Request Blocked: {FIREFOX} (Reason: CORS header"
        " 'Access-Control-Allow-Origin' missing). Status code: 200.",
        Code.ALLOW_ORIGIN_MISSING,
        "",
    ),
    (
        f"{FIREFOX} (Reason: CORS header ‘Access-Control-Allow-Origin’ does not match ‘b’).",
        Code.ALLOW_ORIGIN_MISMATCH,
        "b",
    ),
    (
        f"{FIREFOX} (Reason: CORS header ‘Access-Control-Allow-Origin’ does not match ‘a, b’).",
        Code.ALLOW_ORIGIN_MULTIPLE,
        "a, b",
    ),
    (
        f"{FIREFOX} (Reason: Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed).",
        Code.ALLOW_ORIGIN_MULTIPLE,
        "",
    ),
    (
        f"{FIREFOX} (Reason: Credential is not supported if the CORS header"
        " ‘Access-Control-Allow-Origin’ is ‘*’).",
        Code.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
        "",
    ),
    (
        f"{FIREFOX} (Reason: expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’).",
        Code.ALLOW_CREDENTIALS_NOT_TRUE,
        "",
    ),
    (
        f"{FIREFOX} (Reason: CORS preflight response did not succeed). Status code: 405.",
        Code.PREFLIGHT_STATUS,
        "405",
    ),
    (
        f"{FIREFOX} (Reason: CORS request external redirect not allowed).",
        Code.PREFLIGHT_REDIRECT,
        "",
    ),
    (
        f"{FIREFOX} (Reason: Did not find method in CORS header ‘Access-Control-Allow-Methods’).",
        Code.METHOD_NOT_ALLOWED,
        "",
    ),
    (
        f"{FIREFOX} (Reason: header ‘x-a’ is not allowed according to header"
        " ‘Access-Control-Allow-Headers’ from CORS preflight response).",
        Code.HEADER_NOT_ALLOWED,
        "x-a",
    ),
    (
        f"{FIREFOX} (Reason: header 'x-a' is not allowed according to header"
        " 'Access-Control-Allow-Headers' from CORS preflight response).",
        Code.HEADER_NOT_ALLOWED,
        "x-a",
    ),
    (
        f"{FIREFOX} (Reason: invalid token ‘a b’ in CORS header ‘Access-Control-Allow-Methods’).",
        Code.ALLOW_METHODS_INVALID,
        "a b",
    ),
    (
        f"{FIREFOX} (Reason: invalid token ‘a b’ in CORS header ‘Access-Control-Allow-Headers’).",
        Code.ALLOW_HEADERS_INVALID,
        "a b",
    ),
    (f"{FIREFOX} (Reason: CORS request not HTTP).", Code.REDIRECT_NOT_HTTP, ""),
    (f"{FIREFOX} (Reason: CORS request not http).", Code.REDIRECT_NOT_HTTP, ""),
    (
        f"Security Error: Content at http://a.test/ may not load data from {URL}.",
        Code.MODE_SAME_ORIGIN,
        "",
    ),
    (
        "Security Error: Content at http://a.test/ may not load data from blob:http://a.test/1.",
        Code.REDIRECT_NOT_HTTP,
        "",
    ),
    (
        "Security Error: Content at http://a.test/ may not load or link to file:///x.",
        Code.REDIRECT_NOT_HTTP,
        "",
    ),
    (
        f"The resource at “{URL}” was blocked due to its Cross-Origin-Resource-Policy header (or"
        " lack thereof). See https://developer.mozilla.org/docs/Web/HTTP/Cross-Origin_Resource_"
        "Policy_(CORP)#",
        Code.CROSS_ORIGIN_RESOURCE_POLICY,
        "",
    ),
    (
        f"NS_ERROR_DOM_CORP_FAILED ({URL})",
        Code.CROSS_ORIGIN_RESOURCE_POLICY,
        "DOM_CORP_FAILED",
    ),
    (
        f"NS_ERROR_PORT_ACCESS_NOT_ALLOWED ({URL})",
        Code.BAD_PORT,
        "PORT_ACCESS_NOT_ALLOWED",
    ),
    (f"NS_ERROR_REDIRECT_LOOP ({URL})", Code.REDIRECT_COUNT, "REDIRECT_LOOP"),
    (f"NS_ERROR_CONNECTION_REFUSED ({URL})", Code.NETWORK, "CONNECTION_REFUSED"),
    (f"NS_ERROR_CORRUPTED_CONTENT ({URL})", Code.NETWORK, "CORRUPTED_CONTENT"),
    (f"NS_ERROR_NET_RESET ({URL})", Code.NETWORK, "NET_RESET"),
    (
        f"NS_ERROR_DOM_INVALID_HEADER_VALUE ({URL})",
        Code.NETWORK,
        "DOM_INVALID_HEADER_VALUE",
    ),
    (f"NS_ERROR_ILLEGAL_VALUE ({URL})", Code.NETWORK, "ILLEGAL_VALUE"),
    (
        f"NS_ERROR_PARSING_HTTP_STATUS_LINE ({URL})",
        Code.NETWORK,
        "PARSING_HTTP_STATUS_LINE",
    ),
    (
        f"{FIREFOX} (Reason: CORS request did not succeed). Status code: (null).",
        Code.NETWORK,
        "",
    ),
]

WEBKIT_WORDS = [
    (
        f"{SECURITY}Origin http://a.test is not allowed by Access-Control-Allow-Origin."
        f" Status code: 200{PAIR}",
        Code.ALLOW_ORIGIN_REFUSED,
        "",
    ),
    (
        f"{SECURITY}Access-Control-Allow-Origin cannot contain more than one origin.{PAIR}",
        Code.ALLOW_ORIGIN_MULTIPLE,
        "",
    ),
    (
        f"{SECURITY}Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is"
        f" true.{PAIR}",
        Code.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
        "",
    ),
    (
        f"{SECURITY}Credentials flag is true, but Access-Control-Allow-Credentials is not"
        f' "true".{PAIR}',
        Code.ALLOW_CREDENTIALS_NOT_TRUE,
        "",
    ),
    (
        f"{SECURITY}Preflight response is not successful. Status code: 404{PAIR}",
        Code.PREFLIGHT_STATUS,
        "404",
    ),
    (f"{SECURITY}Preflight response is not successful{PAIR}", Code.PREFLIGHT_STATUS, ""),
    (
        f"{SECURITY}Method DELETE is not allowed by Access-Control-Allow-Methods.{PAIR}",
        Code.METHOD_NOT_ALLOWED,
        "DELETE",
    ),
    (
        f"{SECURITY}Request header field x-a is not allowed by Access-Control-Allow-Headers.{PAIR}",
        Code.HEADER_NOT_ALLOWED,
        "x-a",
    ),
    (
        f"{SECURITY}Header Access-Control-Allow-Methods has an invalid value: a b{PAIR}",
        Code.ALLOW_METHODS_INVALID,
        "a b",
    ),
    (
        f"{SECURITY}Header Access-Control-Allow-Headers has an invalid value: a b{PAIR}",
        Code.ALLOW_HEADERS_INVALID,
        "a b",
    ),
    (
        f"{SECURITY}Not allowed to follow a redirection while loading {URL}{PAIR}",
        Code.REDIRECT_MODE_ERROR,
        "",
    ),
    (f"{SECURITY}Load cannot follow more than 20 redirections{PAIR}", Code.REDIRECT_COUNT, ""),
    (f"{SECURITY}Too many redirections{PAIR}", Code.REDIRECT_COUNT, ""),
    (
        f"{SECURITY}Cross-origin redirection to data:, denied by Cross-Origin Resource Sharing"
        " policy: not allowed to follow a cross-origin CORS redirection with non CORS"
        f" scheme{PAIR}",
        Code.REDIRECT_NOT_HTTP,
        "",
    ),
    (
        f"{SECURITY}Cross-origin redirection to http://u:p@b.test/ denied by Cross-Origin Resource"
        f" Sharing policy: redirection URL http://u:p@b.test/ has credentials{PAIR}",
        Code.REDIRECT_CREDENTIALS,
        "http://u:p@b.test/",
    ),
    (
        f"{SECURITY}Cross-origin redirection to http://b.test/ denied by Cross-Origin Resource"
        " Sharing policy: Origin http://a.test is not allowed by Access-Control-Allow-Origin."
        f" Status code: 302{PAIR}",
        Code.ALLOW_ORIGIN_REFUSED,
        "",
    ),
    (
        f"{SECURITY}Unsafe attempt to load URL {URL} from origin http://a.test. Domains,"
        f" protocols and ports must match.{PAIR}",
        Code.MODE_SAME_ORIGIN,
        "",
    ),
    (
        f"{SECURITY}Cross origin requests are not allowed when using same-origin fetch mode.{PAIR}",
        Code.MODE_SAME_ORIGIN,
        "",
    ),
    (
        f"{SECURITY}Redirection to URL with a scheme that is not HTTP(S).{PAIR}",
        Code.REDIRECT_NOT_HTTP,
        "",
    ),
    (f"{SECURITY}Not allowed to redirect due to its scheme{PAIR}", Code.REDIRECT_NOT_HTTP, ""),
    (
        f"{SECURITY}Cross origin requests are only supported for HTTP.{PAIR}",
        Code.REDIRECT_NOT_HTTP,
        "",
    ),
    (
        f"CONSOLE NETWORK ERROR Could not connect to 127.0.0.1: refused{PAIR}",
        Code.NETWORK,
        "Could not connect",
    ),
    (
        f"{SECURITY}Cancelled load to {URL} because it violates the resource's Cross-Origin-"
        "Resource-Policy response header.",
        Code.CROSS_ORIGIN_RESOURCE_POLICY,
        "",
    ),
    (f"{SECURITY}Not allowed to use restricted network port 6000: {URL}", Code.BAD_PORT, "6000"),
    (
        f"{SECURITY}Could not parse HTTP response{PAIR}",
        Code.NETWORK,
        "Could not parse HTTP response",
    ),
    (f"{SECURITY}Header too big{PAIR}", Code.NETWORK, "Header too big"),
    (f"CONSOLE JS ERROR Fetch API cannot load {URL}.", Code.UNKNOWN, ""),
    (f"{SECURITY}Not allowed to request resource{PAIR}", Code.UNKNOWN, ""),
]
