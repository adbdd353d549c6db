"""sentence_of(): a Mistake in one sentence, for people who do not know CORS."""

from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, urlsplit

from cors_harness.advice import preflight_sentences
from cors_harness.advice.blocked import ALLOW_ORIGIN, Blocked
from cors_harness.advice.known_answers import is_by_aiohttp_cors, is_by_blacksheep
from cors_harness.advice.preflight_sentences import status_of
from cors_harness.advice.redirects import (
    address_behind,
    leads_to_login,
    leads_to_slash,
)
from cors_harness.model.advice import Mistake
from cors_harness.terms.headers import get


def spelling_difference(value: str, page: str) -> str:
    """How the origin `value` is misspelt where `page` was meant; empty: it is another origin.

    Both as they stand in `Access-Control-Allow-Origin` and `Origin`.
    """
    if value == page:
        return ""
    if value.rstrip("/") == page:
        return "a slash at the end; an origin ends with its host or port"
    if value.lower().rstrip("/") == page:
        return "upper case letters; browsers send an origin in lower case"
    try:
        return _differing_part(urlsplit(value), urlsplit(page))
    except ValueError:  # of a port that is none
        return ""


def _differing_part(value: SplitResult, page: SplitResult) -> str:
    if value.hostname != page.hostname:
        return ""
    if value.scheme != page.scheme:
        return f"{value.scheme} where the page is on {page.scheme}; the scheme is part of an origin"
    if value.port != page.port:
        return "another port; the port is part of an origin"
    return f"a path, {value.path}; an origin has none" if value.path else ""


_NOT_CORS = "no CORS header changes that"


def sentence_of(mistake: Mistake, blocked: Blocked) -> str:
    """The mistake as one sentence, with its full stop."""
    return _SENTENCES[mistake](blocked)


def _origin_missing(blocked: Blocked) -> str:
    hint = " (a port of this run; --page-origin names yours)" if blocked.is_on_run_port else ""
    why = _why_missing(blocked)
    return f"The server does not let pages of {blocked.page}{hint} read its answers: it {why}."


def _why_missing(blocked: Blocked) -> str:
    has_django = "django-cors-headers" in blocked.made_of
    if blocked.let_in_at:
        why = f"lets them read {blocked.let_in_at}, and what does so has no hand in this answer"
        return f"{why}, or leaves this call out{' (CORS_URLS_REGEX)' if has_django else ''}"
    if blocked.speaks_cors or _is_refused_by_library(blocked):
        return (
            "does not list this origin for this address, or spells it otherwise (slash at the end, "
            "http, port)"
        )
    if has_django:
        return (
            "answers here without CorsMiddleware, which is not in MIDDLEWARE, stands below what "
            "answered, or is kept from this address by CORS_URLS_REGEX"
        )
    return "knows no CORS here, or does not list this origin"


def _is_refused_by_library(blocked: Blocked) -> bool:
    return any(is_by_aiohttp_cors(each) or is_by_blacksheep(each) for each in blocked.wire)


def _origin_mismatch(blocked: Blocked) -> str:
    value = ", ".join(blocked.allow_origin)
    difference = spelling_difference(value, blocked.page)
    if difference:
        return f"The server lets {value} in and means {blocked.page}; it has {difference}."
    return f"The server lets {value} in, and this page is on {blocked.origin}."


def _origin_null(blocked: Blocked) -> str:
    return (
        f"The page has no origin of its own ({blocked.origin}: a sandboxed frame, a file), and who "
        f"lets null in lets every such page in; give the page an origin."
    )


def _only_on_preflight(blocked: Blocked) -> str:
    method = blocked.last.method if blocked.last else ""
    return (
        f"Only the answer to the preflight (OPTIONS) says who may read; "
        f"the answer to {method} itself has to say it too."
    )


def _crash(_blocked: Blocked) -> str:
    return (
        f"The server crashed (500), and what answers for a crash sends no {ALLOW_ORIGIN}, so the "
        f"page sees a CORS error instead of the 500."
    )


def _error(blocked: Blocked) -> str:
    why = "nothing that sets CORS headers had a hand in it"
    if not (_is_let_in_by_preflight(blocked) or blocked.let_in_at):
        why += ", or it does not list this origin"
    return (
        f"The answer is an error ({status_of(blocked)}) without {ALLOW_ORIGIN}, so the page sees a "
        f"CORS error instead of the {status_of(blocked)}: {why}."
    )


def _is_let_in_by_preflight(blocked: Blocked) -> bool:
    """Whether the preflight of the call was passed, so that the origin is listed."""
    return blocked.preflight is not None and not blocked.at_preflight


def _rate_limit(blocked: Blocked) -> str:
    what = "the preflight (OPTIONS)" if blocked.at_preflight else "the call"
    return (
        f"The server takes only so many requests in a time, and {what} was one too many (429); "
        f"that answer has no {ALLOW_ORIGIN}, so the page sees a CORS error instead of the 429."
    )


def _host_refused(blocked: Blocked) -> str:
    origin = blocked.last.origin if blocked.last else ""
    host = origin.partition("://")[2]
    return (
        f"The server answered 400, as one does that was called by a host name that it does not "
        f"serve; it was called {host} (--server-origin names it as your pages do)."
    )


def _redirect(blocked: Blocked) -> str:
    last = blocked.last
    there = address_behind(last) if last else ""
    lacks = f"The redirect ({status_of(blocked)}) to {there} has no {ALLOW_ORIGIN}"
    checks = "browsers check it before they follow"
    if last and leads_to_slash(last):
        setting = " (APPEND_SLASH)" if "django" in blocked.made_of else ""
        slash = f"it is about a slash{setting}: the page can call that address itself"
        return f"{lacks}, and {checks}; {slash}."
    return f"{lacks}, and {checks}."


def _login_redirect(blocked: Blocked) -> str:
    redirect = next((each for each in blocked.wire if leads_to_login(each)), None)
    there = address_behind(redirect) if redirect else ""
    if blocked.at_preflight:
        return (
            f"The preflight (OPTIONS) was redirected to a login, {there}; browsers never send one "
            f"with it, so it has to be answered before logins are checked."
        )
    return (
        f"The call was redirected to a login, {there}, which a fetch cannot show to anyone; answer "
        f"401 in its place, with CORS headers, and the page knows that it has to log in."
    )


def _too_large(_blocked: Blocked) -> str:
    return (
        "The request is larger than the server takes (413), and that answer has no CORS headers, "
        "so the page sees a CORS error."
    )


def _twice(blocked: Blocked) -> str:
    values = ", ".join(blocked.allow_origin)
    return (
        f"{ALLOW_ORIGIN} is there {len(blocked.allow_origin)} times ({values}): two places set it, "
        f"and browsers take exactly one."
    )


def _several_in_one(blocked: Blocked) -> str:
    values = ", ".join(blocked.allow_origin)
    return f"{ALLOW_ORIGIN} lists several origins ({values}); it may name one, the one that asks."


def _wildcard(_blocked: Blocked) -> str:
    return (
        f"The page sends credentials (cookies), and {ALLOW_ORIGIN}: * means everyone without them; "
        f"the server has to name the origin."
    )


def _credentials(blocked: Blocked) -> str:
    headers = blocked.last.response_headers if blocked.last else ()
    value = get(headers, "Access-Control-Allow-Credentials")
    more = f" (it says {value.decode('latin-1')!r}; only lower-case true counts)" if value else ""
    return f"The page sends credentials (cookies), and the server does not say it takes them{more}."


def _redirected_away(blocked: Blocked) -> str:
    origin = blocked.last.origin if blocked.last else ""
    return (
        f"The call was redirected to another origin, {origin}, and the server there does not say "
        f"that the page may read its answer; the page is Origin: {blocked.origin} to it."
    )


_TOLD_BY = (
    "the proxy says it by X-Forwarded-Proto: https, and the server has to trust that "
    "(SECURE_PROXY_SSL_HEADER in Django, ProxyFix in Flask, --forwarded-allow-ips of uvicorn and "
    "gunicorn)"
)


def _redirected_to_http(_blocked: Blocked) -> str:
    return (
        "The server redirects a page on https to http, which browsers block as mixed content; "
        f"it does not know that it is behind https; {_TOLD_BY}."
    )


def _https_untold(blocked: Blocked) -> str:
    last = blocked.last
    address = f"{last.origin}{last.target.partition('?')[0]}" if last else "the call"
    return (
        f"The server redirects {address} to the very address that was called: it does not know "
        f"that it is behind https, and takes each call for http; {_TOLD_BY}."
    )


def _not_exposed(blocked: Blocked) -> str:
    names = ", ".join(blocked.hidden)
    return (
        f"The response header {names} was sent, and page code may not read it until the server "
        f"says so."
    )


def _never_sent(blocked: Blocked) -> str:
    names = ", ".join(blocked.hidden)
    return f"The response has no header {names}; {_NOT_CORS}."


def _mixed_content(_blocked: Blocked) -> str:
    return (
        "A page on https called an address on http, and browsers block that before they ask; "
        f"{_NOT_CORS}."
    )


def _local_network(_blocked: Blocked) -> str:
    return (
        "A page from the internet called this machine or its network, which the user has to permit "
        f"first; {_NOT_CORS}."
    )


def _certificate(_blocked: Blocked) -> str:
    return f"The browser does not trust the server's certificate; {_NOT_CORS}."


_SENTENCES: Mapping[Mistake, Callable[[Blocked], str]] = {
    Mistake.ORIGIN_MISSING: _origin_missing,
    Mistake.ORIGIN_MISMATCH: _origin_mismatch,
    Mistake.ORIGIN_NULL: _origin_null,
    Mistake.ONLY_ON_PREFLIGHT: _only_on_preflight,
    Mistake.CRASH: _crash,
    Mistake.ERROR: _error,
    Mistake.TOO_LARGE: _too_large,
    Mistake.RATE_LIMIT: _rate_limit,
    Mistake.HOST_REFUSED: _host_refused,
    Mistake.REDIRECT: _redirect,
    Mistake.LOGIN_REDIRECT: _login_redirect,
    Mistake.TWICE: _twice,
    Mistake.SEVERAL_IN_ONE: _several_in_one,
    Mistake.WILDCARD_CREDENTIALS: _wildcard,
    Mistake.CREDENTIALS: _credentials,
    Mistake.PREFLIGHT_AUTH: preflight_sentences.about_preflight_auth,
    Mistake.PREFLIGHT_REFUSED: preflight_sentences.about_preflight_refused,
    Mistake.PREFLIGHT_ROUTE: preflight_sentences.about_preflight_route,
    Mistake.PREFLIGHT_ERROR: preflight_sentences.about_preflight_error,
    Mistake.PREFLIGHT_REDIRECT: preflight_sentences.about_preflight_redirect,
    Mistake.METHOD: preflight_sentences.about_method,
    Mistake.METHOD_CASE: preflight_sentences.about_method_case,
    Mistake.HEADER: preflight_sentences.about_header,
    Mistake.LIST_INVALID: preflight_sentences.about_list_invalid,
    Mistake.REDIRECTED_AWAY: _redirected_away,
    Mistake.REDIRECTED_TO_HTTP: _redirected_to_http,
    Mistake.HTTPS_UNTOLD: _https_untold,
    Mistake.NOT_EXPOSED: _not_exposed,
    Mistake.NEVER_SENT: _never_sent,
    Mistake.MIXED_CONTENT: _mixed_content,
    Mistake.LOCAL_NETWORK: _local_network,
    Mistake.CERTIFICATE: _certificate,
}
