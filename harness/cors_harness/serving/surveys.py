"""surveyed(): what is in the user's app, told by a process of its own that has loaded it."""

from pathlib import Path

from cors_harness.model.survey import Survey
from cors_harness.serving import messages
from cors_harness.serving.app_spec import parse_app_spec
from cors_harness.serving.children import HANGS, Child


async def surveyed(spec: str, folder: Path) -> Survey:
    """The routes of the app that `spec` names; modules in `folder` come first.

    Raises:
        UsageError: `spec` is malformed, there is no such app, or its framework is not known.
        ServerFailed: the app raised while it was imported or made; its traceback is in the text.
    """
    parse_app_spec(spec)
    child = Child(messages.SURVEY, HANGS)
    try:
        reply = await child.start(_job_line(spec, folder), folder)
    finally:
        await child.stop()
    assert reply.survey is not None  # noqa: S101 - else there was an error
    return reply.survey


def _job_line(spec: str, folder: Path) -> bytes:
    return messages.job_line(messages.Job(folders=(str(folder.absolute()),), app=spec))
