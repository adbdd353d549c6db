"""advise(): the Advice for one finished cell whose call was blocked, or let in, by mistake."""

from collections.abc import Iterable, Mapping

from cors_harness.advice.blocked import Blocked, blocked_calls
from cors_harness.advice.diagnosis import diagnose
from cors_harness.advice.let_in import LetIn, let_in_calls
from cors_harness.advice.neighbourhood import NOTHING_KNOWN, Neighbourhood
from cors_harness.advice.policy import ends_star, policy_for_fix
from cors_harness.advice.python_lines import NO_RECIPE, Recipe
from cors_harness.advice.recipes import recipe_of
from cors_harness.advice.recipes_to_shut_out import recipe_to_shut_out
from cors_harness.advice.sentences import sentence_of
from cors_harness.advice.target import fix_target
from cors_harness.model.advice import SHUTS_OUT, Advice, FixTarget, Mistake
from cors_harness.model.cell import CellRecord
from cors_harness.model.server import CorsPolicy

REPORT, DOCUMENTATION = "a report of the same", "documentation"
_GITHUB = "https://github.com/"
_MDN = "https://developer.mozilla.org/en-US/docs/Web/HTTP/"
_PORTSWIGGER = "https://portswigger.net/web-security/cors"
_ERRORS = _MDN + "Guides/CORS/Errors/"

_STARLETTE_CRASH = _GITHUB + "fastapi/fastapi/issues/775"
_AUTH_OUTSIDE = _GITHUB + "NousResearch/hermes-agent/pull/59189"
_DROPPED_MIDDLEWARE = _GITHUB + "fastapi/fastapi/issues/1663"
_NO_ALWAYS = "https://stephendemjanenko.com/2020/07/19/nginx-cors-header-error-codes.html"
_SPELLING = _GITHUB + "madroidmaq/mlx-omni-server/pull/77"
_SLASH = _GITHUB + "corydolphin/flask-cors/issues/128"
_DJANGO_SETUP = _GITHUB + "adamchainz/django-cors-headers#setup"

_REPORTS: Mapping[tuple[Mistake, FixTarget], str] = {
    (Mistake.CRASH, FixTarget.FASTAPI): _STARLETTE_CRASH,
    (Mistake.CRASH, FixTarget.STARLETTE): _GITHUB + "Kludex/starlette/issues/1116",
    (Mistake.CRASH, FixTarget.FLASK_CORS): _GITHUB + "corydolphin/flask-cors/issues/67",
    (Mistake.CRASH, FixTarget.FLASK): _GITHUB + "pallets/werkzeug/issues/131",
    (Mistake.CRASH, FixTarget.DJANGO): _GITHUB + "adamchainz/django-cors-headers/issues/512",
    (Mistake.ERROR, FixTarget.FASTAPI): _GITHUB + "NousResearch/hermes-agent/pull/104104",
    (Mistake.ERROR, FixTarget.STARLETTE): _GITHUB + "NousResearch/hermes-agent/pull/104104",
    (Mistake.ERROR, FixTarget.FLASK_CORS): _GITHUB + "corydolphin/flask-cors/issues/168",
    (Mistake.ERROR, FixTarget.NGINX): _NO_ALWAYS,
    (Mistake.CRASH, FixTarget.NGINX): _NO_ALWAYS,
    (Mistake.TOO_LARGE, FixTarget.NGINX): _NO_ALWAYS,
    (Mistake.TWICE, FixTarget.NGINX): _GITHUB + "nginxinc/nginx-wiki/issues/539",
    (Mistake.TWICE, FixTarget.FLASK_CORS): _GITHUB + "corydolphin/flask-cors/issues/215",
    (Mistake.TWICE, FixTarget.FLASK): _GITHUB + "corydolphin/flask-cors/issues/215",
    (Mistake.PREFLIGHT_AUTH, FixTarget.FASTAPI): _AUTH_OUTSIDE,
    (Mistake.PREFLIGHT_AUTH, FixTarget.STARLETTE): _AUTH_OUTSIDE,
    (Mistake.PREFLIGHT_ROUTE, FixTarget.FASTAPI): _DROPPED_MIDDLEWARE,
    (Mistake.PREFLIGHT_ROUTE, FixTarget.STARLETTE): _DROPPED_MIDDLEWARE,
    (Mistake.PREFLIGHT_REDIRECT, FixTarget.FLASK): _SLASH,
    (Mistake.PREFLIGHT_REDIRECT, FixTarget.FLASK_CORS): _SLASH,
    (Mistake.NOT_EXPOSED, FixTarget.FLASK_CORS): _GITHUB + "geopython/pygeoapi/pull/2329",
}
_OTHER_REPORTS: Mapping[Mistake, str] = {
    Mistake.ORIGIN_MISMATCH: _SPELLING,
    Mistake.TWICE: _GITHUB + "expressjs/cors/issues/145",
    Mistake.SEVERAL_IN_ONE: _GITHUB + "cloudendpoints/endpoints-tools/issues/58",
    Mistake.PREFLIGHT_AUTH: _GITHUB + "kdeps/kdeps/issues/468",
    Mistake.PREFLIGHT_REDIRECT: _GITHUB + "rwth-iat/basyx-python-sdk/pull/50",
    Mistake.REDIRECTED_TO_HTTP: _GITHUB + "fastapi/fastapi/issues/4990",
    Mistake.HTTPS_UNTOLD: _GITHUB + "Kludex/starlette/issues/692",
    Mistake.REDIRECTED_AWAY: _GITHUB + "asfadmin/thin-egress-app/issues/399",
    Mistake.NOT_EXPOSED: _GITHUB + "wri/project-zeno/pull/671",
    Mistake.LOCAL_NETWORK: _GITHUB + "gptme/gptme/pull/2483",
}
_DOCUMENTED: Mapping[Mistake, str] = {
    Mistake.ORIGIN_MISSING: _ERRORS + "CORSMissingAllowOrigin",
    Mistake.ORIGIN_NULL: _MDN + "Reference/Headers/Origin",
    Mistake.ONLY_ON_PREFLIGHT: _ERRORS + "CORSMissingAllowOrigin",
    Mistake.CRASH: _ERRORS + "CORSMissingAllowOrigin",
    Mistake.ERROR: _ERRORS + "CORSMissingAllowOrigin",
    Mistake.TOO_LARGE: _ERRORS + "CORSMissingAllowOrigin",
    Mistake.RATE_LIMIT: _MDN + "Reference/Status/429",
    Mistake.HOST_REFUSED: _MDN + "Reference/Headers/Host",
    Mistake.REDIRECT: _ERRORS + "CORSMissingAllowOrigin",
    Mistake.LOGIN_REDIRECT: _MDN + "Reference/Status/401",
    Mistake.PREFLIGHT_REFUSED: _ERRORS + "CORSPreflightDidNotSucceed",
    Mistake.WILDCARD_CREDENTIALS: _ERRORS + "CORSNotSupportingCredentials",
    Mistake.CREDENTIALS: _ERRORS + "CORSMissingAllowCredentials",
    Mistake.PREFLIGHT_ROUTE: _ERRORS + "CORSPreflightDidNotSucceed",
    Mistake.PREFLIGHT_ERROR: _ERRORS + "CORSPreflightDidNotSucceed",
    Mistake.METHOD: _ERRORS + "CORSMethodNotFound",
    Mistake.METHOD_CASE: "https://fetch.spec.whatwg.org/#concept-method-normalize",
    Mistake.HEADER: _ERRORS + "CORSMissingAllowHeaderFromPreflight",
    Mistake.LIST_INVALID: _ERRORS + "CORSInvalidAllowHeader",
    Mistake.NEVER_SENT: _MDN + "Reference/Headers/Access-Control-Expose-Headers",
    Mistake.MIXED_CONTENT: "https://developer.mozilla.org/en-US/docs/Web/Security/Mixed_content",
    Mistake.CERTIFICATE: _ERRORS + "CORSDidNotSucceed",
    **dict.fromkeys(SHUTS_OUT, _PORTSWIGGER),
    Mistake.LETS_EVERYONE_IN: _MDN + "Reference/Headers/Access-Control-Allow-Origin",
}


def link_of(mistake: Mistake, target: FixTarget) -> tuple[str, str]:
    """The address, and what is there in words."""
    report = _REPORTS.get((mistake, target)) or _OTHER_REPORTS.get(mistake)
    if report:
        return report, REPORT
    is_django = target is FixTarget.DJANGO and mistake in {
        Mistake.ORIGIN_MISSING,
        Mistake.PREFLIGHT_ROUTE,
    }
    return (_DJANGO_SETUP if is_django else _DOCUMENTED[mistake]), DOCUMENTATION


def advise(
    record: CellRecord,
    made_of: Iterable[str] = (),
    neighbours: Neighbourhood = NOTHING_KNOWN,
    *,
    step: int | None = None,
) -> Advice | None:
    """The advice for the first call of the cell that needs one.

    None where the cell came out as its scenario says, where the call was blocked and may be, and
    where what is known fits no mistake. Advice on a call that was let in and is meant to be blocked
    lets nobody in; no other advice does for a call that may be blocked.

    Args:
        record: the cell with its verdict.
        made_of: names of the distributions and programs that the server is made of, such as
            `fastapi` and `nginx`; without them the lines are headers, for any server.
        neighbours: what the run shows of the same server: the lines keep who is let in, and let
            nobody in whom a scenario keeps out. Without them only the cell itself is kept.
        step: index of the one step to look at; where it was blocked it counts as meant to be
            allowed, if the scenario leaves it open. For callers that compare with a baseline in
            which it was allowed.
    """
    if not record.verdict.mismatches and step is None:
        return None
    names = frozenset(made_of)
    for blocked in blocked_calls(record, names, only=step, neighbours=neighbours):
        mistake = diagnose(blocked)
        if mistake is not None:
            return _advice(mistake, blocked)
    let_in = next(let_in_calls(record, names, only=step, neighbours=neighbours), None)
    return _advice_to_shut_out(let_in) if let_in else None


def _advice(mistake: Mistake, blocked: Blocked) -> Advice:
    target = fix_target(blocked)
    recipe, keep = _sparing(mistake, blocked, recipe_of(mistake, target, blocked))
    if not recipe.lines or mistake is Mistake.REDIRECTED_AWAY:
        target = FixTarget.ANY
    link, link_is = link_of(mistake, target)
    return Advice(
        mistake=mistake,
        wrong=sentence_of(mistake, blocked),
        where=target,
        place=recipe.place,
        lines=recipe.lines,
        link=link,
        link_is=link_is,
        keep=keep,
    )


_WITHOUT_POLICY = frozenset(
    {Mistake.REDIRECTED_TO_HTTP, Mistake.HTTPS_UNTOLD, Mistake.HOST_REFUSED}
)


def _sparing(mistake: Mistake, blocked: Blocked, recipe: Recipe) -> tuple[Recipe, str]:
    """The recipe, or none where it would cost a neighbour; and what has to be minded."""
    if not recipe.lines or mistake in _WITHOUT_POLICY:
        return recipe, ""
    if mistake is Mistake.REDIRECTED_AWAY:
        return (NO_RECIPE if blocked.neighbours.strangers else recipe), ""
    policy = policy_for_fix(blocked)
    costs = blocked.neighbours.losses(policy)
    if costs:
        more = f" (and {len(costs) - 1} more)" if len(costs) > 1 else ""
        keep = f"by one policy for the whole server {costs[0]}{more}"
        return NO_RECIPE, f"No lines: {keep}; change only what answers {blocked.path}."
    return recipe, _beyond_the_call(policy, blocked, recipe)


def _beyond_the_call(policy: CorsPolicy, blocked: Blocked, recipe: Recipe) -> str:
    """What lines change for others, or give the page that it did not ask for."""
    if ends_star(blocked):
        return "With it * ends: whoever it lets in today and has no entry here is shut out."
    is_asked = blocked.with_credentials or blocked.grants.credentials
    says_so = "credentials" in " ".join(recipe.lines).lower()
    if policy.allow_credentials and says_so and not is_asked:
        return f"With it {blocked.page} may send credentials too, as other pages do today."
    return ""


def _advice_to_shut_out(let_in: LetIn) -> Advice:
    target = fix_target(let_in.as_meant)
    recipe = recipe_to_shut_out(let_in, target)
    target = target if recipe.lines else FixTarget.ANY
    link, link_is = link_of(let_in.mistake, target)
    return Advice(
        mistake=let_in.mistake,
        wrong=let_in.sentence,
        where=target,
        place=recipe.place,
        lines=recipe.lines,
        link=link,
        link_is=link_is,
        keep=let_in.keep if recipe.lines else let_in.without_lines,
    )
