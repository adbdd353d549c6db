"""relocated(): scenarios with the real origins that the command line names."""

from collections.abc import Sequence
from dataclasses import replace

from cors_harness.errors import UsageError
from cors_harness.model.scenario import PageSpec, Scenario
from cors_harness.terms.origin import Origin, parse_origin, typed_origin
from cors_harness.text.problems import suggestion

OTHERS = {"other": "other.test", "third": "third.test"}


def origin_option(option: str, text: str | None) -> Origin | None:
    """The origin that `option` names; raises UsageError, in its name, where it is none."""
    if text is None:
        return None
    try:
        return parse_origin(text)
    except ValueError as error:
        shown = "credentials, which are not shown" if "@" in text else repr(text)
        raise UsageError(f"{option}: found {shown}; {error}{_hint(text)}") from error


def _hint(text: str) -> str:
    """The origin that a browser would make of it, where it would make one."""
    try:
        return suggestion(str(typed_origin(text)), "\n  ")
    except ValueError:
        return ""


def relocated(
    scenarios: Sequence[Scenario], page: Origin | None, server: Origin | None
) -> tuple[Scenario, ...]:
    """The scenarios with these origins, where they state none of their own.

    With `server` the other servers of a scenario get names under its scheme too: a page on https
    may not call http.
    """
    return tuple(_with_page(_with_server(scenario, server), page) for scenario in scenarios)


def _with_page(scenario: Scenario, origin: Origin | None) -> Scenario:
    page = scenario.page
    is_stated = page.origin or page.public or page.host != PageSpec().host
    if origin is None or is_stated:
        return scenario
    return replace(scenario, page=replace(page, origin=origin))


def _with_server(scenario: Scenario, server: Origin | None) -> Scenario:
    if server is None:
        return scenario
    others = {role: parse_origin(f"{server.scheme}://{host}") for role, host in OTHERS.items()}
    origins = {"server": server, **others, **dict(scenario.origins)}
    return replace(scenario, origins=tuple(origins.items()))
