"""all_servers(): every server that a run may have: reference servers, deployments, the user's."""

from collections.abc import Iterator, Sequence
from functools import cache

from cors_harness.model.deployment import DeployedServer
from cors_harness.model.server import APP_RAISING, APPS, ServerEntry
from cors_harness.model.subject import AppSubject, CommandSubject, Subject, UrlSubject
from cors_harness.serving.deployments.programs import missing
from cors_harness.serving.deployments.registry import load_deployments
from cors_harness.serving.reference.registry import load_registry
from cors_harness.serving.user.app_spec import parse_app_spec
from cors_harness.serving.user.command import parse_command

ONLY_AN_APP = "no views to raise an exception in: that needs an app that we load, --app module:app"


@cache  # of files that do not change, and of programs that do not come while it runs
def all_servers(*, subject: Subject | None = None) -> tuple[ServerEntry | DeployedServer, ...]:
    """Every server that a run may have, in the order of reports.

    Args:
        subject: the user's server, which answers as `app` and `app-raising`.

    Raises:
        UsageError: a registry is wrong, or what names the user's server makes no sense.
    """
    entries = load_registry()
    return (*entries, *_deployed(entries), *(_entries(subject) if subject else ()))


def deployed_servers() -> dict[str, DeployedServer]:
    """The servers that stand behind a deployment, by name."""
    return {server.name: server for server in all_servers() if isinstance(server, DeployedServer)}


def _deployed(entries: Sequence[ServerEntry]) -> Iterator[DeployedServer]:
    for deployment in load_deployments():
        if deployment.only_behind:
            continue
        program = missing(deployment) or ""
        for app in filter(deployment.takes, entries):
            yield DeployedServer(app=app, deployment=deployment, missing=app.missing or program)


def _entries(subject: Subject) -> Iterator[ServerEntry]:
    _check(subject)
    for name in APPS:
        is_unfit = name == APP_RAISING and not isinstance(subject, AppSubject)
        yield ServerEntry(
            name=name,
            app="",
            interface="app",
            versions=(),
            expresses=frozenset(),
            fixed=True,
            missing=ONLY_AN_APP if is_unfit else "",
        )


def _check(subject: Subject) -> None:
    match subject:
        case AppSubject(spec=spec):
            parse_app_spec(spec)
        case CommandSubject(text=text):
            parse_command(text)
        case UrlSubject():
            pass
