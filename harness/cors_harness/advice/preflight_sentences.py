"""What is wrong where a browser stopped at a preflight, in one sentence each."""

from cors_harness.advice.blocked import Blocked
from cors_harness.advice.diagnosis import refused_headers
from cors_harness.advice.known_answers import is_by_aiohttp_cors, is_by_litestar
from cors_harness.advice.redirects import address_behind, location_of
from cors_harness.terms.headers import get, get_list
from cors_harness.terms.reasons import ReasonCode


def about_preflight_auth(blocked: Blocked) -> str:
    """It was asked for a login."""
    return (
        f"The preflight (OPTIONS) was asked for a login and answered {status_of(blocked)}; "
        f"browsers never send one with it, so it has to be answered before logins are checked."
    )


def about_preflight_refused(blocked: Blocked) -> str:
    """It was refused, and nothing says for what."""
    asked = blocked.preflight.request_headers if blocked.preflight else ()
    names = get_list(asked, "Access-Control-Request-Headers")
    headers = f", the request header {' or '.join(names)}" if names else ""
    what = f"the origin {blocked.origin}{headers} or the method {_method_of(blocked)}"
    if not _is_by_library(blocked):
        what += ", or it lacks what the server asks every request for, and no preflight has"
    refused = f"The preflight (OPTIONS) was refused ({status_of(blocked)})"
    return f"{refused}: the server does not allow {what}."


def _is_by_library(blocked: Blocked) -> bool:
    return any(
        is_by_litestar(each, blocked.made_of) or is_by_aiohttp_cors(each) for each in blocked.wire
    )


def about_preflight_route(blocked: Blocked) -> str:
    """Nothing at the address answers it."""
    return (
        f"Nothing at this address answers the preflight (OPTIONS): {status_of(blocked)}; "
        f"browsers ask before {_method_of(blocked)}, and stop there."
    )


def about_preflight_error(blocked: Blocked) -> str:
    """Its status is an error."""
    return (
        f"The preflight (OPTIONS) was answered {status_of(blocked)}; browsers go on only after a "
        f"status from 200 to 299."
    )


def about_preflight_redirect(blocked: Blocked) -> str:
    """It was redirected."""
    last = blocked.last
    location, address = (location_of(last), address_behind(last)) if last else ("", "")
    if not location:
        return (
            f"The preflight (OPTIONS) was answered {status_of(blocked)}, a redirect without a "
            f"Location; browsers go on only after a status from 200 to 299."
        )
    itself = "that address" if address == location else address
    return (
        f"The preflight (OPTIONS) was redirected to {location}, and browsers do not follow there; "
        f"the page can also call {itself} itself."
    )


def about_method(blocked: Blocked) -> str:
    """The method is not allowed."""
    method, star = _method_of(blocked), _star(blocked, "Access-Control-Allow-Methods")
    return f"The server does not allow the method {method} from another origin{star}."


def _star(blocked: Blocked, name: str) -> str:
    headers = blocked.preflight.response_headers if blocked.preflight else ()
    return "; * allows none where credentials go along" if "*" in get_list(headers, name) else ""


def about_method_case(blocked: Blocked) -> str:
    """The method is written in another case than the server allows it."""
    method = _method_of(blocked)
    return (
        f"The page says {method!r}, which is sent as it is written, and the server allows "
        f"{method.upper()}; write it in upper case in the page."
    )


def about_header(blocked: Blocked) -> str:
    """Request headers are not allowed."""
    refused = refused_headers(blocked.preflight) if blocked.preflight else ()
    star = _star(blocked, "Access-Control-Allow-Headers")
    answer = blocked.preflight.response_headers if blocked.preflight else ()
    says_which = get(answer, "Access-Control-Allow-Headers") is not None or len(refused) == 1
    joint = ", " if says_which else " or "  # a library that refused some of them may not say which
    named = f"request header {joint.join(refused)}"
    return f"The server does not allow the {named} from another origin{star}."


def about_list_invalid(blocked: Blocked) -> str:
    """A list of names is none."""
    headers = blocked.preflight.response_headers if blocked.preflight else ()
    code = blocked.reason.code if blocked.reason else None
    is_method = code is ReasonCode.ALLOW_METHODS_INVALID
    name = "Access-Control-Allow-Methods" if is_method else "Access-Control-Allow-Headers"
    value = (get(headers, name) or b"").decode("latin-1")
    return f"{name} is not a list of names with commas between them: {value!r}."


def status_of(blocked: Blocked) -> str:
    """The status of the last response, or nothing."""
    return str(blocked.last.status) if blocked.last else ""


def _method_of(blocked: Blocked) -> str:
    return blocked.call.method or "GET"
