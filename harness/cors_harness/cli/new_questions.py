"""asked_scenario(): the scenario that answers on a terminal make."""

from collections.abc import Collection
from dataclasses import replace

from cors_harness.cli.new_options import (
    ALLOWED,
    APP,
    Said,
    any_body,
    header,
    is_blocked,
    is_by_policy,
    readable,
    scenario_id,
    title,
    with_said,
    yes_or_no,
)
from cors_harness.cli.new_sources import call_said
from cors_harness.cli.questions import Questions
from cors_harness.drafts.new_scenario import NewScenario
from cors_harness.errors import UsageError
from cors_harness.planning.real_origins import origin_option
from cors_harness.terms.origin import Origin

HARNESS_PAGE = "a page of the harness"
NONE = "none"


def asked_scenario(said: Said) -> NewScenario:
    """The scenario, without id and title; what is said by an option is not asked.

    Raises:
        CommandEndedEarly: the input has ended.
    """
    asked = Questions()
    call = asked.ask("What does the page call? PUT /orders/1, or a method and a URL", call_said)
    said = _with_request(asked, said, call)
    if said.is_blocked is None:
        said = replace(
            said,
            is_blocked=asked.ask("What should happen? allowed or blocked", is_blocked, ALLOWED),
        )
    if said.readable is None and not said.is_blocked:
        question = "Which response headers must the page be able to read?"
        said = replace(said, readable=asked.ask(question, _names, NONE))
    if said.by_policy is None:
        question = "On which server? app: yours; policy: the reference servers"
        said = replace(said, by_policy=asked.ask(question, is_by_policy, APP))
    return with_said(call, said)


def _with_request(asked: Questions, said: Said, call: NewScenario) -> Said:
    """With what is asked of the request itself."""
    if said.page is None:
        question = "From a page of which origin? https://app.example.com"
        said = replace(
            said, page=asked.ask(question, lambda text: _page(text, said, call), HARNESS_PAGE)
        )
    if said.credentials is None:
        said = replace(said, credentials=asked.ask("With cookies? yes or no", yes_or_no, "no"))
    if not said.headers:
        question = "A request header, 'Name: value'; nothing ends them"
        said = replace(said, headers=asked.ask_each(question, header))
    if said.body is None and call.operation.method.upper() not in {"GET", "HEAD"}:
        question = "The body, JSON or text"
        said = replace(
            said,
            body=asked.ask(question, lambda text: None if text == NONE else any_body(text), NONE),
        )
    return said


def asked_name(scenario: NewScenario, taken: Collection[str], said: Said) -> NewScenario:
    """The scenario with the id and the title that the user wants."""
    asked = Questions()
    if said.id is None:
        scenario = replace(
            scenario, id=asked.ask("Its id", lambda text: _free(text, taken), scenario.id)
        )
    if said.title is None:
        scenario = replace(scenario, title=asked.ask("Its title", title, scenario.title))
    return scenario


def _free(text: str, taken: Collection[str]) -> str:
    name = scenario_id(text)
    if name in taken:
        raise UsageError(f"--id: found {name!r}, which is there already; expected one that is new")
    return name


def _page(text: str, said: Said, call: NewScenario) -> Origin | None:
    page = None if text == HARNESS_PAGE else origin_option("--page-origin", text)
    with_said(call, replace(said, page=page))  # the server may be no other origin
    return page


def _names(text: str) -> tuple[str, ...]:
    return () if text == NONE else readable(text)
