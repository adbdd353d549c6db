"""Jobs and replies: what ReferenceServers and its child processes tell each other.

They are the commands and answers of processes/json_worker.py; both ends import this.

    {"do": "serve apps", "interface": "wsgi", "apps": [...], ...}   {"ports": {"key": 4123}}
    {"do": "serve verbatim", "app": "module:factory", ...}          {"ports": {"verbatim:other": 1}}
    {"do": "serve user app", "app": "shop:app", ...}      {"ports": {"http": 2, "https": 3}, ...}
    {"do": "read routes", "app": "shop:app", ...}                   {"routes": [...], ...}

The first command is a child's job. Later ones go to the verbatim child only, `{"answers": {...}}`,
each answered by its ports again.
"""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cors_harness.model.answer import Answer, ExchangeKind, Fault
from cors_harness.model.server import CorsPolicy
from cors_harness.model.subject import EVERY_ENGINE
from cors_harness.model.survey import (
    AppRoutes,
    FoundRoute,
    Parameter,
    ParameterKind,
    RouteKind,
)
from cors_harness.processes.json_worker import JsonFields

VerbatimAnswers = Mapping[str, Sequence[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppToServe:
    """One app on one port.

    Attributes:
        key: the name of its port.
        app: `module:factory`, or `module:app` where there is no policy.
        policy: what the factory is called with; None: the attribute is the app itself.
        scheme: `http` or `https`: the scheme of the URLs by which it is called.
    """

    key: str
    app: str
    policy: CorsPolicy | None
    scheme: str = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeApps:
    """The job of a child that serves reference apps.

    Attributes:
        interface: of all the apps: `wsgi`, `asgi`, `aiohttp` or `tornado`.
        folders: put at the front of the module search path, in this order.
    """

    interface: str
    folders: tuple[str, ...]
    apps: tuple[AppToServe, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeVerbatim:
    """The job of the child that answers byte for byte.

    Attributes:
        folders: as of ServeApps.
        app: `module:factory`.
        answers: by scenario key.
    """

    folders: tuple[str, ...]
    app: str
    answers: VerbatimAnswers


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeUserApp:
    """The job of a child that serves the user's app.

    Attributes:
        folder: the user's; put at the front of the module search path.
        app: what an AppSpec is parsed from.
        raising: with an unhandled exception in every view.
        engine: what the app finds in its environment as CORS_HARNESS_ENGINE.
    """

    folder: Path
    app: str
    raising: bool = False
    engine: str = EVERY_ENGINE


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRoutes:
    """The job of a child that loads the user's app and tells what is in it.

    Attributes:
        folder, app: as of ServeUserApp.
    """

    folder: Path
    app: str


Job = ServeApps | ServeVerbatim | ServeUserApp | ReadRoutes


@dataclass(frozen=True, slots=True, kw_only=True)
class PortsServed:
    """The reply to ServeApps and ServeVerbatim: everything is up.

    Attributes:
        ports: on 127.0.0.1, without TLS, by key.
    """

    ports: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppServed:
    """The reply to ServeUserApp: the user's app is up, loaded once.

    Attributes:
        ports: on 127.0.0.1, without TLS, by the scheme of the URLs by which browsers call it.
        interface: `wsgi`, `asgi`, `aiohttp` or `tornado`.
        versions: (distribution, version) of the known frameworks that it has imported, and of
            the server that runs it.
    """

    ports: Mapping[str, int]
    interface: str
    versions: tuple[tuple[str, str], ...]


Reply = PortsServed | AppServed | AppRoutes  # AppRoutes: to ReadRoutes

_JOBS: Mapping[str, type[Job]] = {
    "serve apps": ServeApps,
    "serve verbatim": ServeVerbatim,
    "serve user app": ServeUserApp,
    "read routes": ReadRoutes,
}
_NAMES = {job: name for name, job in _JOBS.items()}


def job_to_json(job: Job) -> JsonFields:
    """A child's first command."""
    fields = asdict(job)
    if "folder" in fields:
        fields["folder"] = str(fields["folder"].absolute())
    return {"do": _NAMES[type(job)], **fields}


def job_from_json(command: JsonFields) -> Job:
    """The reverse of `job_to_json`."""
    fields = {name: value for name, value in command.items() if name not in {"id", "do"}}
    if "folder" in fields:
        fields["folder"] = Path(fields["folder"])
    if "folders" in fields:
        fields["folders"] = tuple(fields["folders"])
    if "apps" in fields:
        fields["apps"] = tuple(map(_app, fields["apps"]))
    if "answers" in fields:
        fields["answers"] = answers_from_json(fields)
    return _JOBS[command["do"]](**fields)


def answers_to_json(answers: VerbatimAnswers) -> JsonFields:
    """A later command to the verbatim child."""
    return {"answers": {key: list(map(asdict, several)) for key, several in answers.items()}}


def answers_from_json(command: JsonFields) -> VerbatimAnswers:
    """The reverse of `answers_to_json`."""
    return {key: tuple(map(_answer, several)) for key, several in command["answers"].items()}


def reply_to_json(reply: Reply) -> JsonFields:
    """What a child answers."""
    return asdict(reply)


def ports_from_json(answer: JsonFields) -> Mapping[str, int]:
    """The ports of PortsServed."""
    return dict(answer["ports"])


def app_served_from_json(answer: JsonFields) -> AppServed:
    """AppServed, as `reply_to_json` wrote it."""
    return AppServed(
        ports=dict(answer["ports"]),
        interface=answer["interface"],
        versions=tuple((name, version) for name, version in answer["versions"]),
    )


def routes_from_json(answer: JsonFields) -> AppRoutes:
    """AppRoutes, as `reply_to_json` wrote it."""
    return AppRoutes(
        frameworks=tuple(answer["frameworks"]),
        routes=tuple(map(_route, answer["routes"])),
        documents=tuple((prefix, document) for prefix, document in answer["documents"]),
        can_raise=answer["can_raise"],
    )


def _route(fields: JsonFields) -> FoundRoute:
    parameters = tuple(
        Parameter(
            name=parameter["name"],
            kind=ParameterKind(parameter["kind"]),
            choices=tuple(parameter["choices"]),
        )
        for parameter in fields["parameters"]
    )
    typed = {
        "methods": tuple(fields["methods"]),
        "parameters": parameters,
        "kind": RouteKind(fields["kind"]),
    }
    return FoundRoute(**(fields | typed))


def _answer(fields: JsonFields) -> Answer:
    on, fault = fields["on"], fields["fault"]
    typed = {
        "on": None if on is None else ExchangeKind(on),
        "fault": None if fault is None else Fault(fault),
        "headers": tuple((name, value) for name, value in fields["headers"]),
    }
    return Answer(**(fields | typed))


def _app(fields: JsonFields) -> AppToServe:
    policy = fields["policy"]
    return AppToServe(**(fields | {"policy": None if policy is None else _policy(policy)}))


def _policy(fields: JsonFields) -> CorsPolicy:
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return CorsPolicy(**(fields | lists))


def load_reference_app(app: AppToServe) -> Any:
    """The app; raises whatever its module or its factory raises."""
    attribute = imported(app.app)
    return attribute if app.policy is None else attribute(app.policy)


def imported(name: str) -> Any:
    """What `module:attribute` names."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)
