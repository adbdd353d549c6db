"""relocated(): scenarios with the real origins that the command line names."""

from collections.abc import Sequence
from dataclasses import replace

from cors_harness.errors import UsageError
from cors_harness.model.scenario import PageSpec, Scenario
from cors_harness.model.server import APPS
from cors_harness.terms.origin import Origin, is_local, is_loopback, parse_origin, typed_origin
from cors_harness.text.problems import suggestion

SERVER_HOST = "server.test"  # the server's, for pages on real origins, where none is named
LOOPBACK = "127.0.0.1"  # where a scenario that says nothing has its servers
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


def check_server_origin(server: Origin, pages: Sequence[Origin], page_option: str) -> None:
    """Raises UsageError where pages need no CORS to call the server, or may not call it at all."""
    if server in pages:
        raise UsageError(
            f"--server-origin: found {str(server)!r}, which is {page_option}; expected another\n"
            "  a page calls its own origin without CORS: there is nothing to test"
        )
    secure = next((page for page in pages if page.is_secure), None)
    if secure and not server.is_secure and not is_loopback(server.host):
        raise UsageError(
            f"--server-origin: found {str(server)!r}; expected an https origin\n"
            f"  browsers let no page of {secure} call http: mixed content"
        )


def relocated(
    scenarios: Sequence[Scenario], page: Origin | None, server: Origin | None
) -> tuple[Scenario, ...]:
    """The scenarios with these origins, where they state none of their own.

    With `server` the other servers of a scenario get names under its scheme too: a page on https
    may not call http. Without it a page that is moved, and one on a real origin that calls the
    user's server, call `default_server`.
    """
    return tuple(_relocated(scenario, page, server) for scenario in scenarios)


def default_server(page: Origin) -> Origin:
    """Where a page on a real origin finds the server: under its scheme, so no mixed content."""
    return parse_origin(f"{page.scheme}://{SERVER_HOST}")


def assumed_servers(
    stated: Sequence[Scenario], moved: Sequence[Scenario], server: Origin | None
) -> tuple[Origin, ...]:
    """The servers' origins that nobody named; `moved` is `relocated(stated, …, server)`."""
    pairs = zip(stated, moved, strict=True) if server is None else ()
    servers = (
        (dict(old.origins).get("server"), dict(new.origins).get("server")) for old, new in pairs
    )
    return tuple(dict.fromkeys(new for old, new in servers if new is not None and old is None))


def assumption(origin: Origin, option: str) -> str:
    """What a user is told of an origin that nobody named; `option` would name it."""
    return f"no {option} is given: pages on {origin.scheme} call the server as {origin}"


def local_calls(moved: Sequence[Scenario]) -> tuple[tuple[Origin, Origin], ...]:
    """(page, the user's server) where a page of the internet calls this machine or its network."""
    pairs = (
        (scenario.page.origin, dict(scenario.origins).get("server"))
        for scenario in moved
        if _is_for_the_users_server(scenario)
    )
    return tuple(
        dict.fromkeys(
            (page, server)
            for page, server in pairs
            if page and server and is_local(server.host) and not is_local(page.host)
        )
    )


def not_public(page: Origin, server: Origin) -> str:
    """What a user is told of a page that no browser here takes for one of the internet."""
    return (
        f"a page of {page} does not count as public here, so no browser asks the user before it "
        f"calls {server}, as Chromium does for such pages; a page without a real origin and with "
        "address_space: public shows that"
    )


def _relocated(scenario: Scenario, page: Origin | None, server: Origin | None) -> Scenario:
    moved = _with_page(scenario, page)
    named = server or "server" in dict(scenario.origins) or scenario.server_host != LOOPBACK
    is_meant = moved is not scenario or _is_for_the_users_server(scenario)
    if moved.page.origin and is_meant and not named:
        server = default_server(moved.page.origin)
    return _with_server(moved, server)


def _is_for_the_users_server(scenario: Scenario) -> bool:
    is_configured = scenario.policy is not None or scenario.answers is not None
    return not is_configured and set(scenario.servers) <= set(APPS)


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
