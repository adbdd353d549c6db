"""Servers that nothing is known about: what they answer is what the advice is put into."""

from tests.advice.applied.case import COOKIES, COUNT, GET, OK, PAGE, PUT, Case, status

from cors_harness.model.advice import FixTarget, Mistake

SAY = '{{"Access-Control-Allow-Origin": "{origin}"{more}}}'
METHODS = ', "Access-Control-Allow-Methods": "{methods}", "Access-Control-Allow-Headers": "{names}"'

WWW = "https://www.example.com"
TWICE = f'{{"Access-Control-Allow-Origin": ["{PAGE}", "{PAGE}"]}}'
COUNTED = ', "X-Total-Count": "3"'


def say(origin: str = PAGE, more: str = "") -> str:
    return SAY.format(origin=origin, more=more)


def allow(methods: str, names: str) -> str:
    return say(more=METHODS.format(methods=methods, names=names))


def verbatim(
    name: str, mistake: Mistake, answers: str, request: str = GET, expect: str = OK
) -> Case:
    """`answers`: JSON, which YAML takes as well."""
    return Case(
        server=f"any-{name}",
        mistake=mistake,
        where=FixTarget.ANY,
        request=request,
        expect=expect,
        source=answers,
        interface="verbatim",
    )


CASES = (
    verbatim("no-cors", Mistake.ORIGIN_MISSING, "[{}]"),
    verbatim("no-route", Mistake.PREFLIGHT_ROUTE, '[{"on": "preflight", "status": 404}, {}]', PUT),
    verbatim("auth", Mistake.PREFLIGHT_AUTH, '[{"on": "preflight", "status": 401}, {}]', PUT),
    verbatim("refused", Mistake.PREFLIGHT_REFUSED, '[{"on": "preflight", "status": 403}, {}]', PUT),
    verbatim("limit", Mistake.RATE_LIMIT, '[{"on": "preflight", "status": 429}, {}]', PUT),
    verbatim(
        "login",
        Mistake.LOGIN_REDIRECT,
        '[{"on": "preflight", "status": 302, "headers": {"Location": "/login?{cell}"}}, {}]',
        PUT,
    ),
    verbatim(
        "to-slash",
        Mistake.REDIRECT,
        '[{"path": "/api/data", "status": 301, "headers": {"Location": "/api/data/?{cell}"}},'
        ' {"path": "/api/data/"}]',
    ),
    verbatim("broken", Mistake.PREFLIGHT_ERROR, '[{"on": "preflight", "status": 500}, {}]', PUT),
    verbatim(
        "upper-case", Mistake.ORIGIN_MISMATCH, f'[{{"headers": {say("https://App.example.com")}}}]'
    ),
    verbatim("null", Mistake.ORIGIN_MISMATCH, f'[{{"headers": {say("null")}}}]'),
    verbatim(
        "only-on-preflight",
        Mistake.ONLY_ON_PREFLIGHT,
        f'[{{"on": "preflight", "headers": {allow("PUT", "Content-Type")}}}, {{}}]',
        PUT,
    ),
    verbatim("method", Mistake.METHOD, f'[{{"headers": {allow("GET", "Content-Type")}}}]', PUT),
    verbatim("header", Mistake.HEADER, f'[{{"headers": {allow("PUT", "X-Shop")}}}]', PUT),
    verbatim(
        "star-methods",
        Mistake.METHOD,
        f'[{{"headers": {allow("*", "Content-Type, X-A")[:-1]}'
        ', "Access-Control-Allow-Credentials": "true"}}]',
        PUT[:-1] + ", credentials: include}",
    ),
    verbatim("crash", Mistake.CRASH, '[{"status": 500}]', GET, status(500)),
    verbatim("error", Mistake.ERROR, '[{"status": 404}]', GET, status(404)),
    verbatim("large", Mistake.TOO_LARGE, '[{"status": 413}]', GET, status(413)),
    verbatim(
        "list", Mistake.LIST_INVALID, f'[{{"headers": {allow("GET PUT", "Content-Type")}}}]', PUT
    ),
    verbatim("several", Mistake.SEVERAL_IN_ONE, f'[{{"headers": {say(f"{WWW}, {PAGE}")}}}]'),
    verbatim("twice", Mistake.TWICE, f'[{{"headers": {TWICE}}}]'),
    verbatim(
        "slash",
        Mistake.PREFLIGHT_REDIRECT,
        '[{"on": "preflight", "status": 308, "headers": {"Location": "/api/data/?{cell}"}}, {}]',
        PUT,
    ),
    verbatim("wildcard", Mistake.WILDCARD_CREDENTIALS, f'[{{"headers": {say("*")}}}]', COOKIES),
    verbatim("credentials", Mistake.CREDENTIALS, f'[{{"headers": {say()}}}]', COOKIES),
    verbatim(
        "expose",
        Mistake.NOT_EXPOSED,
        f'[{{"headers": {say(more=COUNTED)}}}]',
        GET,
        COUNT,
    ),
    verbatim(
        "redirect",
        Mistake.REDIRECTED_AWAY,
        '[{"path": "/api/data", "status": 302, "headers": {"Location": "{other}/landing?{cell}",'
        f' "Access-Control-Allow-Origin": "{PAGE}"}}}}, {{"at": "other"}}]',
    ),
)
