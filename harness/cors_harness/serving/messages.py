"""The JSON lines between FixtureServers and its child processes; both ends import this.

Parent to child, the first line: `{"folders": [...], "instances": [...], "answers": {...}}`.
Child to parent, the first line: `{"ports": {key: port}}`, or `{"error": text}` and the end.
Later lines go to the verbatim child only, `{"answers": {...}}`, each answered by `{"ports": ...}`
or `{"error": text}` again. The end of the child's stdin is the order to exit.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from cors_harness.model.answer import Answer, ExchangeKind, Fault
from cors_harness.model.policy import CorsPolicy

Answers = Mapping[str, Sequence[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppToServe:
    """One app on one port.

    Attributes:
        key: the name of its port.
        app: `module:factory`.
    """

    key: str
    app: str
    policy: CorsPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one child is to serve.

    Attributes:
        folders: put at the front of the module search path, in this order.
        apps: for `wsgi` and `asgi`.
        app, answers: `module:factory` and the answers by scenario key, for `verbatim`.
    """

    folders: tuple[str, ...]
    apps: tuple[AppToServe, ...] = ()
    app: str = ""
    answers: Answers = field(default_factory=dict)


def job_line(job: Job) -> bytes:
    """The first line to a child."""
    apps = [asdict(app) for app in job.apps]
    listed = {"folders": job.folders, "apps": apps, "app": job.app}
    return _line(listed | {"answers": _answers_to_json(job.answers)})


def read_job(line: bytes) -> Job:
    """The reverse of `job_line`."""
    data = json.loads(line)
    return Job(
        folders=tuple(data["folders"]),
        apps=tuple(_app(app) for app in data["apps"]),
        app=data["app"],
        answers=_answers(data["answers"]),
    )


def answers_line(answers: Answers) -> bytes:
    """A later line to the verbatim child."""
    return _line({"answers": _answers_to_json(answers)})


def read_answers(line: bytes) -> Answers:
    """The reverse of `answers_line`."""
    return _answers(json.loads(line)["answers"])


def ports_line(ports: Mapping[str, int]) -> bytes:
    """From a child that serves."""
    return _line({"ports": dict(ports)})


def error_line(text: str) -> bytes:
    """From a child that cannot."""
    return _line({"error": text})


def read_reply(line: bytes) -> tuple[dict[str, int], str | None]:
    """Ports and error of a child's line; one of the two says something."""
    data = json.loads(line)
    return data.get("ports", {}), data.get("error")


def _line(data: Mapping[str, object]) -> bytes:
    return json.dumps(data).encode() + b"\n"


def _answers_to_json(answers: Answers) -> dict[str, list[dict[str, Any]]]:
    return {key: [asdict(answer) for answer in listed] for key, listed in answers.items()}


def _answers(data: Mapping[str, list[dict[str, Any]]]) -> Answers:
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
    policy: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in data["policy"].items()
    }
    return AppToServe(key=data["key"], app=data["app"], policy=CorsPolicy(**policy))
