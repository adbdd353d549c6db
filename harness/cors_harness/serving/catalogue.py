"""all_servers(): every server that a run may have: reference servers, deployments, user's app."""

from collections.abc import Iterator, Sequence
from functools import cache

from cors_harness.model.deployed import DeployedServer
from cors_harness.model.server import APPS, ServerEntry
from cors_harness.serving.app_spec import parse_app_spec
from cors_harness.serving.deployments.programs import missing
from cors_harness.serving.deployments.registry import load_deployments
from cors_harness.serving.registry import load_registry


@cache  # of files that do not change, and of programs that do not come while it runs
def all_servers(*, app: str | None = None) -> tuple[ServerEntry | DeployedServer, ...]:
    """The servers, in the order of reports.

    Args:
        app: the user's app as `module:app`, which plays the servers `app` and `app-raising`.

    Raises:
        UsageError: a registry is wrong, or `app` names nothing that could be an app.
    """
    entries = load_registry()
    return (*entries, *_deployed(entries), *(_entries(app) if app else ()))


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


def _entries(app: str) -> Iterator[ServerEntry]:
    spec = parse_app_spec(app).text
    for name in APPS:
        yield ServerEntry(
            name=name, app=spec, interface="app", versions=(), expresses=frozenset(), fixed=True
        )
