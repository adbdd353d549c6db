"""recipe_to_shut_out(): the Recipe that keeps a stranger out and lets in who is meant to be."""

from dataclasses import replace

from cors_harness.advice import python_lines
from cors_harness.advice.by_hand import after_request
from cors_harness.advice.let_in import LetIn
from cors_harness.advice.library_recipes import LIBRARIES, for_library
from cors_harness.advice.middleware_recipes import WRITTEN_OUT, for_middleware
from cors_harness.advice.policy import limits_methods, policy_to_shut_out
from cors_harness.advice.python_lines import NO_RECIPE, OTHERS_STAY, Recipe
from cors_harness.model.advice import FixTarget
from cors_harness.model.server import CorsPolicy

_OTHERS_STAY = "whose other values stay, but no other origin"
_IN_PLACE = f"in place of every other line about CORS, {_OTHERS_STAY}"
_DJANGO_PLACE = "at the end of the settings, in place of other lines there that say who may"


def recipe_to_shut_out(let_in: LetIn, target: FixTarget) -> Recipe:
    """The lines; NO_RECIPE where the run does not say who may, or none are proven."""
    as_meant = let_in.as_meant
    if not as_meant.page:
        return NO_RECIPE
    policy = policy_to_shut_out(as_meant)
    if as_meant.neighbours.losses(policy):
        return NO_RECIPE
    recipe = _recipe(policy, target, let_in)
    return replace(recipe, place=recipe.place.replace(OTHERS_STAY, _OTHERS_STAY))


def _recipe(policy: CorsPolicy, target: FixTarget, let_in: LetIn) -> Recipe:
    if target in LIBRARIES:
        return for_library(target, let_in.mistake, policy, let_in.as_meant)
    if target in WRITTEN_OUT:
        return for_middleware(target, let_in.mistake, policy, None)
    if target is FixTarget.ANY and len(policy.allow_origins) == 1:
        return _headers(policy, let_in.call.method)
    if target is FixTarget.FLASK_CORS:  # what is left out is allowed
        methods = policy.allow_methods if limits_methods(let_in.as_meant) else ()
        policy = replace(policy, allow_methods=methods, allow_headers=())
    return _by_framework(policy, target)


def _by_framework(policy: CorsPolicy, target: FixTarget) -> Recipe:
    in_flask = f"right below app = Flask(...), above the routes, {_IN_PLACE}"
    match target:
        case FixTarget.FASTAPI | FixTarget.STARLETTE:
            lines = python_lines.add_middleware(policy, target.value.lower())
            place = f"below all middleware, {_IN_PLACE}; allow_origin_regex goes"
            return Recipe(place=place, lines=lines)
        case FixTarget.FLASK_CORS:
            return Recipe(place=in_flask, lines=python_lines.flask_cors(policy))
        case FixTarget.FLASK:
            return Recipe(place=in_flask, lines=after_request(policy))
        case FixTarget.DJANGO:
            named = CorsPolicy(allow_origins=policy.allow_origins)
            lines = (*_DJANGO_ENDED, *python_lines.django_settings(named))
            return Recipe(place=_DJANGO_PLACE, lines=lines)
        case _:
            return NO_RECIPE


_DJANGO_ENDED = ("CORS_ALLOW_ALL_ORIGINS = False", "CORS_ALLOWED_ORIGIN_REGEXES = []")


def _headers(policy: CorsPolicy, method: str) -> Recipe:
    """The one origin in every answer, whoever asks; what else is sent stays."""
    place = f"headers of the answers to {method}, whoever asks, in place of the same headers"
    line = f"Access-Control-Allow-Origin: {policy.allow_origins[0]}"
    return Recipe(place=place, lines=(line,))
