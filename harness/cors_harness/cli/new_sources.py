"""new_calls(): the calls that `new` is told of, by --call, --from-curl or --from-har."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cors_harness.cli.init_sources import of_har_file
from cors_harness.cli.questions import Questions, is_terminal
from cors_harness.cli.saying import tell
from cors_harness.drafts.curl import request_of_curl
from cors_harness.drafts.har import NO_ENTRY, of_each_operation, requests_of_har
from cors_harness.drafts.new_scenario import NewScenario, scenario_of_call, scenario_of_request
from cors_harness.drafts.operation import shape
from cors_harness.drafts.recorded_request import RecordedRequest, recorded_request
from cors_harness.errors import UsageError
from cors_harness.terms.refused_value import RefusedValue

MOST_CHARACTERS = 1_000_000  # of a curl command
SHOWN_CALLS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCall:
    """A call, and what there is to say of it.

    Attributes:
        remarks: lines on what of a recorded call is not taken over as it was.
    """

    scenario: NewScenario
    remarks: tuple[str, ...] = ()


def new_calls(named: Sequence[str], curl: str | None, har: Path | None) -> tuple[NewCall, ...]:
    """The calls; none where nothing is said of any.

    Raises:
        UsageError: an option is wrong, or leads to no call.
    """
    if har is not None:
        return tuple(map(_of_har, _picked(har, named)))
    if curl is not None and named:
        raise UsageError("--call and --from-curl: found two calls; expected one of them")
    if curl is not None:
        return (_of_curl(_on_stdin() if curl == "-" else curl),)
    if len(named) > 1:
        raise UsageError(f"--call: found {len(named)} calls; expected one, or --from-har beside it")
    return tuple(NewCall(scenario=call_said(text)) for text in named)


def call_said(text: str) -> NewScenario:
    """The scenario of `PUT /orders/1`; raises UsageError where that is no call."""
    try:
        return scenario_of_call(text)
    except ValueError as error:
        raise UsageError(f"--call: {error}") from error


# curl


def _on_stdin() -> str:
    if is_terminal():
        tell("the curl command, then an empty line and Ctrl-D:")
    try:
        return sys.stdin.read(MOST_CHARACTERS)
    except UnicodeDecodeError as error:
        raise UsageError("--from-curl: found bytes that are no text; expected UTF-8") from error


def _of_curl(text: str) -> NewCall:
    try:
        curl = request_of_curl(text)
        request = recorded_request(curl.request)
    except RefusedValue as error:
        raise UsageError(f"--from-curl: {error}") from error
    return NewCall(
        scenario=scenario_of_request(request),
        remarks=(*_left_out(request, curl.ignored), *request.remarks, *_of_server(request)),
    )


def _left_out(request: RecordedRequest, ignored: Sequence[str]) -> Iterator[str]:
    if request.left_out:
        yield f"left out, as browsers set them by themselves: {', '.join(request.left_out)}"
    if ignored:
        yield f"left out, as no page has a say in it: {', '.join(ignored)}"


def _of_server(request: RecordedRequest) -> Iterator[str]:
    if "://" not in request.page:
        yield (
            f"left out: {request.server}, as a page of the harness calls the server on a port of "
            "the run; --page-origin names a real page"
        )


# HAR


def _of_har(request: RecordedRequest) -> NewCall:
    return NewCall(
        scenario=scenario_of_request(request), remarks=(*request.remarks, *_of_server(request))
    )


def _picked(file: Path, named: Sequence[str]) -> Sequence[RecordedRequest]:
    """The calls of the file that are meant; raises UsageError where there are none."""
    har = of_har_file("--from-har", file, requests_of_har)
    if har.wrong:
        tell(f"left out of {file}: {har.no_entries} {NO_ENTRY}")
        tell(har.wrong.problem(str(file)))
    recorded = har.calls
    if not recorded:
        raise UsageError(
            f"--from-har: found no call in {file}; expected one that fetch() can make\n"
            "  record it with the developer tools of a browser open, and save all as HAR"
        )
    if named:
        return [_one(recorded, text, file) for text in named]
    calls = of_each_operation(recorded)
    return _asked(calls) if is_terminal() and len(calls) > 1 else calls


def _one(recorded: Sequence[RecordedRequest], text: str, file: Path) -> RecordedRequest:
    """The call that is named, by its path or by its route."""
    wanted = call_said(text)
    method, path = wanted.operation.method, wanted.operation.path
    here = [
        call
        for call in recorded
        if call.operation.method == method and wanted.server in {None, call.server}
    ]
    by_path = (call for call in here if path in {_path(call), call.operation.path})
    by_route = (
        call for call in here if shape(call.operation.template) == shape(wanted.operation.template)
    )
    found = next(by_path, next(by_route, None))
    if found is None:
        listed = "".join(f"\n  {line}" for line in _lines(of_each_operation(recorded)))
        raise UsageError(f"--call: found {text!r}, which is not in {file}; expected one of{listed}")
    return found


def _path(call: RecordedRequest) -> str:
    return call.operation.path.partition("?")[0]


def _asked(calls: Sequence[RecordedRequest]) -> Sequence[RecordedRequest]:
    for number, line in enumerate(_lines(calls), start=1):
        tell(f"{number:>3}  {line}")
    return Questions().ask(
        "Which of them? numbers, or all", lambda text: _chosen(calls, text), "all"
    )


def _chosen(calls: Sequence[RecordedRequest], text: str) -> Sequence[RecordedRequest]:
    if text == "all":
        return calls
    numbers = text.replace(",", " ").split()
    if all(n.isdecimal() and 1 <= int(n) <= len(calls) for n in numbers) and numbers:
        return [calls[int(n) - 1] for n in dict.fromkeys(numbers)]
    raise UsageError(f"found {text!r}; expected numbers from 1 to {len(calls)}, or all")


def _lines(calls: Sequence[RecordedRequest]) -> Iterator[str]:
    for call in calls[:SHOWN_CALLS]:
        page = f", from {call.page}" if call.page else ""
        yield f"{call.operation.method} {call.server}{call.operation.path}{page}"
    if more := len(calls[SHOWN_CALLS:]):
        yield f"… and {more} more"
