"""survey_of(): the routes of an app that is loaded; read_app_routes(): of one that is named."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from cors_harness.model.subject import START_TIMEOUT_S
from cors_harness.model.survey import AppRoutes, FoundRoute
from cors_harness.serving.reference import messages
from cors_harness.serving.reference.servers import APP_HANGS, ServerWorker
from cors_harness.serving.survey.frameworks.table import READERS
from cors_harness.serving.survey.known_apps import Framework, KnownApp, described, known_apps
from cors_harness.serving.survey.reader import Finding, MountedApp, OwnDocument, in_one_line
from cors_harness.serving.user.app_spec import parse_app_spec

*_FIRST, _LAST = Framework
KNOWN = f"{', '.join(_FIRST)} or {_LAST}"
BY_HAND = "write the first scenario by hand, as the README's 'Your app, on its real origins' shows"
# No page can send them: https://fetch.spec.whatwg.org/#forbidden-method
FORBIDDEN = frozenset(("CONNECT", "TRACE", "TRACK"))


class NotReadableError(Exception):
    """The routes of an app cannot be read; the text says why, and what to do."""


def survey_of(app: Any) -> AppRoutes:
    """The routes of `app` and its OpenAPI documents.

    Raises:
        NotReadableError: it is of no framework that we know the routes of, or its framework, or
            what that imports for it only now, raised.
    """
    inside = known_apps(app)
    if not inside:
        kind = f"it is {described(app)}, not of {KNOWN}"
        raise NotReadableError(f"its routes cannot be read: {kind}\n  {BY_HAND}")
    try:
        findings = [finding for known_app in inside for finding in _findings(known_app)]
    except Exception as exc:
        why = f"{inside[0].framework} raised {in_one_line(exc)}"
        raise NotReadableError(f"its routes cannot be read: {why}\n  {BY_HAND}") from exc
    routes = filter(None, map(_for_pages, findings))
    documents = (each for each in findings if isinstance(each, OwnDocument))
    return AppRoutes(
        frameworks=tuple(dict.fromkeys(known_app.framework.value for known_app in inside)),
        routes=tuple(dict.fromkeys(routes)),
        documents=tuple(dict.fromkeys((each.prefix, each.text) for each in documents)),
        can_raise=True,
    )


def _findings(known_app: KnownApp) -> Iterator[Finding]:
    """What is in an app, and in what is mounted inside it."""
    reader = READERS[known_app.framework]
    for finding in reader.findings(known_app.app, known_app.prefix):
        if isinstance(finding, MountedApp):
            for inner in known_apps(finding.app, finding.prefix):
                yield from _findings(inner)
        else:
            yield finding


def _for_pages(finding: Finding) -> FoundRoute | None:
    """The route with the methods that a page can send; None where it has no other."""
    if not isinstance(finding, FoundRoute):
        return None
    methods = tuple(method for method in finding.methods if method not in FORBIDDEN)
    return replace(finding, methods=methods) if methods or not finding.methods else None


async def read_app_routes(
    spec: str, folder: Path, *, timeout_s: int = START_TIMEOUT_S
) -> AppRoutes:
    """The routes of the app that `spec` names; modules in `folder` come first.

    It has `timeout_s` seconds to tell them.

    Raises:
        UsageError: `spec` is malformed, or there is no such app.
        AppUnreadable: it is of no framework that we know the routes of.
        ServerFailed: the app raised while it was imported or made; its traceback is in the text.
    """
    parse_app_spec(spec)
    job = messages.ReadRoutes(folder=folder, app=spec)
    child = ServerWorker("survey", APP_HANGS, timeout_s)
    try:
        return messages.routes_from_json(await child.begin(job, folder))
    finally:
        await child.stop()
