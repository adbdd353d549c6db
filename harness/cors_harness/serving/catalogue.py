"""all_servers(): every server that a run may have: reference servers, deployments, the user's."""

from collections.abc import Iterator, Sequence
from functools import cache

from cors_harness.model.deployed import DeployedServer
from cors_harness.model.server import APP, ServerEntry
from cors_harness.model.subject import AppSubject, CommandSubject, Subject, UrlSubject
from cors_harness.serving.app_spec import parse_app_spec
from cors_harness.serving.command_spec import parse_command
from cors_harness.serving.deployments.programs import missing
from cors_harness.serving.deployments.registry import load_deployments
from cors_harness.serving.registry import load_registry


@cache  # of files that do not change, and of programs that do not come while it runs
def all_servers(*, subject: Subject | None = None) -> tuple[ServerEntry | DeployedServer, ...]:
    """The servers, in the order of reports.

    Args:
        subject: the user's server, which plays the server `app`.

    Raises:
        UsageError: a registry is wrong, or what names the user's server makes no sense.
    """
    entries = load_registry()
    return (*entries, *_deployed(entries), *([_entry(subject)] if subject else []))


def deployed_servers() -> dict[str, DeployedServer]:
    """The deployed ones, by name."""
    return {each.name: each for each in all_servers() if isinstance(each, DeployedServer)}


def _deployed(entries: Sequence[ServerEntry]) -> Iterator[DeployedServer]:
    for deployment in load_deployments():
        if deployment.only_behind:
            continue
        why = missing(deployment) or ""
        for entry in entries:
            if deployment.takes(entry):
                yield DeployedServer(app=entry, deployment=deployment, missing=why)


def _entry(subject: Subject) -> ServerEntry:
    _check(subject)
    return ServerEntry(
        name=APP, app="", interface="app", versions=(), expresses=frozenset(), fixed=True
    )


def _check(subject: Subject) -> None:
    match subject:
        case AppSubject(spec=spec):
            parse_app_spec(spec)
        case CommandSubject(text=text):
            parse_command(text)
        case UrlSubject():
            pass
