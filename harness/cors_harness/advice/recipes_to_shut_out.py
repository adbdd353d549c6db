"""recipe_to_shut_out(): the Recipe that keeps a stranger out and lets in who is meant to be."""

from dataclasses import replace

from cors_harness.advice import python_lines
from cors_harness.advice.by_hand import after_request
from cors_harness.advice.let_in import LetIn
from cors_harness.advice.library_recipes import LIBRARIES, for_library
from cors_harness.advice.middleware_recipes import WRITTEN_OUT, for_middleware
from cors_harness.advice.policy import policy_to_shut_out
from cors_harness.advice.python_lines import NO_RECIPE, Recipe
from cors_harness.model.advice import FixTarget
from cors_harness.model.server import CorsPolicy

_IN_PLACE = "in place of every other line about CORS, whose other values stay"
_DJANGO_PLACE = "at the end of the settings, in place of other lines there that say who may"


def recipe_to_shut_out(let_in: LetIn, target: FixTarget) -> Recipe:
    """The lines; NO_RECIPE where the run does not say who may, or none are proven."""
    as_meant = let_in.as_meant
    if not as_meant.page:
        return NO_RECIPE
    policy = policy_to_shut_out(as_meant)
    if as_meant.neighbours.losses(policy):
        return NO_RECIPE
    if target in LIBRARIES:
        return for_library(target, let_in.mistake, policy, as_meant)
    if target in WRITTEN_OUT:
        return for_middleware(target, let_in.mistake, policy, None)
    return _recipe(policy, target, let_in.call.method)


def _recipe(policy: CorsPolicy, target: FixTarget, method: str) -> Recipe:
    match target:
        case FixTarget.FASTAPI | FixTarget.STARLETTE:
            lines = python_lines.add_middleware(policy, target.value.lower())
            place = f"below every other middleware, {_IN_PLACE}; allow_origin_regex goes"
            return Recipe(place=place, lines=lines)
        case FixTarget.FLASK_CORS:
            place = f"right below app = Flask(...), above the routes, {_IN_PLACE}"
            policy = replace(policy, allow_methods=(), allow_headers=())  # those in place stay
            return Recipe(place=place, lines=python_lines.flask_cors(policy))
        case FixTarget.FLASK:
            place = f"right below app = Flask(...), above the routes, {_IN_PLACE}"
            return Recipe(place=place, lines=after_request(policy))
        case FixTarget.DJANGO:
            lines = (*_DJANGO_ENDED, *python_lines.django_settings(_origins_of(policy)))
            return Recipe(place=_DJANGO_PLACE, lines=lines)
        case FixTarget.ANY if len(policy.allow_origins) == 1:
            return _headers(policy, method)
        case _:
            return NO_RECIPE


_DJANGO_ENDED = ("CORS_ALLOW_ALL_ORIGINS = False", "CORS_ALLOWED_ORIGIN_REGEXES = []")


def _origins_of(policy: CorsPolicy) -> CorsPolicy:
    return CorsPolicy(allow_origins=policy.allow_origins)


def _headers(policy: CorsPolicy, method: str) -> Recipe:
    """The one origin in every answer, whoever asks; what else is sent stays."""
    place = f"headers of the answers to {method}, whoever asks, in place of the same headers"
    line = f"Access-Control-Allow-Origin: {policy.allow_origins[0]}"
    return Recipe(place=place, lines=(line,))
