"""The JSON lines between ReferenceServers and its child processes; both ends import this.

Parent to child, the first line: a Job. Child to parent, the first line: a Reply, with ports, or
with an error and then the end. Later lines go to the verbatim child only, `{"answers": {...}}`,
each answered by a Reply again. The end of the child's stdin is the order to exit.
"""

import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from cors_harness.model.answer import Answer, ExchangeKind, Fault
from cors_harness.model.policy import CorsPolicy
from cors_harness.model.survey import AppRoutes, FoundRoute, Parameter, ParameterKind

SURVEY = "survey"  # the kind of child that tells what is in the user's app
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
class Job:
    """What one child is to serve.

    Attributes:
        folders: put at the front of the module search path, in this order.
        apps: for `wsgi` and `asgi`.
        app: `module:factory` for `verbatim`; for `app`, `survey` what an AppSpec is parsed from.
        answers: by scenario key, for `verbatim`.
        scheme: for `app`, as in AppToServe.
        raising: for `app`: with an unhandled exception in every view.
    """

    folders: tuple[str, ...]
    apps: tuple[AppToServe, ...] = ()
    app: str = ""
    answers: VerbatimAnswers = field(default_factory=dict)
    scheme: str = "http"
    raising: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AppOrigin:
    """What the user's app turned out to be.

    Attributes:
        interface: `wsgi` or `asgi`.
        versions: (distribution, version) pairs.
    """

    interface: str
    versions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a child has to say.

    Attributes:
        ports: by key, of a child that serves.
        error: why it does not; None: it does.
        is_usage: the error is a mistake of the user in naming an app.
        is_unfit: the app cannot play what it was asked to.
        made_of: from `app` only.
        survey: from `survey` only.
    """

    ports: Mapping[str, int] = field(default_factory=dict)
    error: str | None = None
    is_usage: bool = False
    is_unfit: bool = False
    made_of: AppOrigin | None = None
    survey: AppRoutes | None = None


def job_line(job: Job) -> bytes:
    """The first line to a child."""
    return _line(asdict(job))


def read_job(line: bytes) -> Job:
    """The reverse of `job_line`."""
    data = json.loads(line)
    typed = {
        "folders": tuple(data["folders"]),
        "apps": tuple(_app(app) for app in data["apps"]),
        "answers": _answers(data["answers"]),
    }
    return Job(**(data | typed))


def answers_line(answers: VerbatimAnswers) -> bytes:
    """A later line to the verbatim child."""
    listed = {key: [asdict(answer) for answer in each] for key, each in answers.items()}
    return _line({"answers": listed})


def read_answers(line: bytes) -> VerbatimAnswers:
    """The reverse of `answers_line`."""
    return _answers(json.loads(line)["answers"])


def reply_line(reply: Reply) -> bytes:
    """What a child says."""
    return _line(asdict(reply))


def read_reply(line: bytes) -> Reply:
    """The reverse of `reply_line`."""
    data = json.loads(line)
    made_of = data["made_of"]
    if made_of is not None:
        versions = tuple((name, version) for name, version in made_of["versions"])
        made_of = AppOrigin(interface=made_of["interface"], versions=versions)
    survey = None if data["survey"] is None else _survey(data["survey"])
    return Reply(**(data | {"made_of": made_of, "survey": survey}))


def _survey(data: dict[str, Any]) -> AppRoutes:
    return AppRoutes(
        frameworks=tuple(data["frameworks"]),
        routes=tuple(_route(route) for route in data["routes"]),
        documents=tuple((prefix, document) for prefix, document in data["documents"]),
    )


def _route(data: dict[str, Any]) -> FoundRoute:
    parameters = tuple(
        Parameter(name=each["name"], kind=ParameterKind(each["kind"]), words=tuple(each["words"]))
        for each in data["parameters"]
    )
    return FoundRoute(**(data | {"methods": tuple(data["methods"]), "parameters": parameters}))


def _line(data: Mapping[str, object]) -> bytes:
    return json.dumps(data).encode() + b"\n"


def _answers(data: Mapping[str, list[dict[str, Any]]]) -> VerbatimAnswers:
    return {key: tuple(_answer(each) for each in listed) for key, listed in data.items()}


def _answer(data: dict[str, Any]) -> Answer:
    on, fault = data["on"], data["fault"]
    typed = {
        "on": None if on is None else ExchangeKind(on),
        "fault": None if fault is None else Fault(fault),
        "headers": tuple((name, value) for name, value in data["headers"]),
    }
    return Answer(**(data | typed))


def _app(data: dict[str, Any]) -> AppToServe:
    policy = data["policy"]
    return AppToServe(**(data | {"policy": None if policy is None else _policy(policy)}))


def _policy(data: dict[str, Any]) -> CorsPolicy:
    lists = {name: tuple(value) for name, value in data.items() if isinstance(value, list)}
    return CorsPolicy(**(data | lists))


def load_reference_app(each: AppToServe) -> Any:
    """The app; raises whatever its module or its factory raises."""
    found = imported(each.app)
    return found if each.policy is None else found(each.policy)


def imported(name: str) -> Any:
    """What `module:attribute` names."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)
