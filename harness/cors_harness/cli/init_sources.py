"""RouteSources: where `init` knows routes from beside the app itself: --openapi, --route, --har."""

import argparse
import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from cors_harness.cli.saying import tell
from cors_harness.errors import AppUnreadable, UsageError
from cors_harness.model.subject import AppSubject, Subject, UrlSubject
from cors_harness.model.survey import AppRoutes, PageLogin
from cors_harness.terms.origin import Origin
from cors_harness.text.json_values import MIB, JsonError

if TYPE_CHECKING:
    from cors_harness.drafts.given_calls import GivenCall
    from cors_harness.drafts.operation import Operation

_Read = TypeVar("_Read")
MOST_BYTES = 128 * MIB
SHOWN_ORIGINS = 5
TELL_S = 10  # what takes longer is told of, again and again
DOCUMENT = "the OpenAPI document of your server"
GO_ON = """\
  --openapi FILE, or a PATH on the server: its document, where it is elsewhere
  --route 'GET /orders/{id}', repeatable: the routes, by hand
  --har FILE: the calls that a browser has recorded, from its developer tools"""
OR_APP = "\n  --app module:app: a Python app, which tells its routes itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCalls:
    """What a page could call.

    Attributes:
        knows_views: whether the views can be made to raise, and so where none of them runs.
        remarks: lines for the user, on what was left out and why.
    """

    frameworks: tuple[str, ...]
    operations: "tuple[Operation, ...]"
    knows_views: bool
    remarks: tuple[str, ...]


def declare_sources(parser: argparse.ArgumentParser) -> None:
    """Adds --openapi, --route and --har."""
    group = parser.add_argument_group("where the routes are known from, beside the app itself")
    group.add_argument(
        "--openapi",
        metavar="PATH",
        help="the OpenAPI or Swagger document, JSON or YAML: a file, or a path on the server "
        "(default: looked for where frameworks put it)",
    )
    group.add_argument(
        "--route",
        metavar="'METHOD /PATH'",
        action="append",
        default=[],
        help="a route, repeatable: 'GET /orders/{id}', 'PUT,DELETE /orders/7'",
    )
    group.add_argument(
        "--har",
        metavar="FILE",
        type=Path,
        help="a HAR file with calls of the server, as the developer tools of browsers save it; "
        "cookies, tokens and the like are not taken over",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSources:
    """What was typed."""

    openapi: str | None
    routes: tuple[str, ...]
    har: Path | None
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, args: argparse.Namespace, page_login: PageLogin) -> "RouteSources":
        """The options of `declare_sources`; what lets pages in lets the harness in, too."""
        headers = tuple(pair for pair in page_login.headers if "{steps." not in pair[1])
        return cls(openapi=args.openapi, routes=tuple(args.route), har=args.har, headers=headers)

    def found(self, subject: Subject, server: Origin) -> FoundCalls:
        """Everything that a page could call in the user's server.

        Args:
            subject: the server.
            server: the origin that browsers call it by.

        Raises:
            UsageError: nothing is known of its routes, and what was tried; or an option is wrong.
            ServerFailed: the app raised, or the server does not start, or is not there.
        """
        from cors_harness.drafts.given_calls import with_calls
        from cors_harness.drafts.left_out import left_out_lines
        from cors_harness.drafts.operations import left_out_of, operations_of, with_others

        given, remarks = self._given(subject, server)
        document = self._document(subject, server)
        survey = self._survey(subject, server, document, has_calls=bool(given))
        knows_views = survey.can_raise
        if document and survey is not document:
            both = (*survey.documents, *document.documents)
            survey = replace(survey, documents=both)
        operations = operations_of(survey)
        if document:
            operations = with_others(operations, operations_of(document))
        return FoundCalls(
            frameworks=survey.frameworks,
            operations=with_calls(operations, given),
            knows_views=knows_views,
            remarks=(*left_out_lines(left_out_of(survey)), *remarks),
        )

    # The server itself

    def _document(self, subject: Subject, server: Origin) -> AppRoutes | None:
        """The document that --openapi names; None: it names none."""
        from cors_harness.run.loop_thread import run_in_thread
        from cors_harness.serving.survey.openapi_document import document_in_file, openapi_survey

        if self.openapi is None:
            return None
        if Path(self.openapi).is_file():
            return document_in_file(Path(self.openapi))
        path = _path_on_server(self.openapi, subject, server)
        survey = openapi_survey(subject, server, path, self.headers)
        return run_in_thread(_told_of(survey, DOCUMENT))

    def _survey(
        self, subject: Subject, server: Origin, document: AppRoutes | None, *, has_calls: bool
    ) -> AppRoutes:
        """What app or server tell of themselves; `document`, or nothing, where they do not."""
        from cors_harness.run.loop_thread import run_in_thread
        from cors_harness.serving.survey.app_routes import read_app_routes
        from cors_harness.serving.survey.openapi_document import NoDocumentError, openapi_survey

        why = "the routes of your server cannot be read"
        if isinstance(subject, AppSubject):
            try:
                seconds = subject.start_timeout_s
                reading = read_app_routes(subject.spec, subject.folder, timeout_s=seconds)
                return run_in_thread(_told_of(reading, f"the routes of {subject.spec}"))
            except AppUnreadable as error:
                why = str(error).splitlines()[0]
        if document:
            return document
        try:
            searching = openapi_survey(subject, server, None, self.headers)
            return run_in_thread(_told_of(searching, DOCUMENT))
        except NoDocumentError as error:
            if has_calls:
                return AppRoutes(frameworks=("routes as given",), routes=())
            app = "" if isinstance(subject, AppSubject) else OR_APP
            raise UsageError(f"{why}\n{error}\n{GO_ON}{app}") from error

    # What the user names

    def _given(self, subject: Subject, server: Origin) -> "tuple[list[GivenCall], list[str]]":
        """The calls of --route and --har, and lines on what the file has beside them."""
        from cors_harness.drafts.given_calls import routes_named

        calls: list[GivenCall] = []
        for text in self.routes:
            try:
                calls += routes_named(text)
            except ValueError as error:
                raise UsageError(f"--route: {error}") from error
        if self.har is None:
            return calls, []
        own = {str(server), *([str(subject.origin)] if isinstance(subject, UrlSubject) else [])}
        recorded, remarks = _read_har(self.har, own)
        return [*calls, *recorded], remarks


def _path_on_server(text: str, subject: Subject, server: Origin) -> str:
    """The path that --openapi names, by itself or in a URL of the server."""
    own = {str(server), *([str(subject.origin)] if isinstance(subject, UrlSubject) else [])}
    path = next(
        (text.removeprefix(origin) for origin in own if text.startswith(f"{origin}/")), text
    )
    if path.startswith("/") and path.isprintable() and " " not in path and path.isascii():
        return path
    if urlsplit(text).scheme in {"http", "https"}:
        hint = "save the document and name the file: --openapi openapi.json"
        raise UsageError(f"--openapi: found {text!r}, on another server than yours\n  {hint}")
    expected = "expected a file, or a path on the server, such as /openapi.json"
    raise UsageError(f"--openapi: found {text!r}, and there is no such file; {expected}")


def _read_har(file: Path, origins: set[str]) -> "tuple[Sequence[GivenCall], list[str]]":
    from cors_harness.drafts.har import calls_of_har

    har = of_har_file("--har", file, lambda data: calls_of_har(data, origins))
    if not har.calls:
        wanted = " or ".join(sorted(origins))
        raise UsageError(
            "\n  ".join((f"--har: {file} has no call to {wanted}", *_others(har.elsewhere)))
        )
    left_out = {**har.left_out, "to another origin": sum(har.elsewhere.values())}
    told = ", ".join(f"{count} {why}" for why, count in left_out.items() if count)
    remarks = [f"left out of {file}: {told}"] if told else []
    return har.calls, [*remarks, *([har.wrong.problem(str(file))] if har.wrong else [])]


def of_har_file(option: str, file: Path, read: Callable[[bytes], _Read]) -> _Read:
    """What `read` makes of a HAR file; raises UsageError, in the name of `option`."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{option}: {file} cannot be read: {error.strerror}") from error
    if len(data) > MOST_BYTES:
        raise UsageError(f"{option}: {file} has more than {MOST_BYTES // 2**20} MiB")
    try:
        return read(data)
    except JsonError as error:
        raise UsageError(
            f"{option}: {error.flaws[0].problem(str(file))}\n"
            "  this is no HAR file, which is JSON with log.entries"
        ) from error


def _others(elsewhere: Mapping[str, int]) -> Iterator[str]:
    """What to do where all calls are to other origins."""
    if elsewhere:
        common = sorted(elsewhere, key=lambda origin: -elsewhere[origin])[:SHOWN_ORIGINS]
        yield f"it has calls to {', '.join(common)}"
        yield "--server-origin names the origin that is meant"


async def _told_of(work: Coroutine[Any, Any, _Read], what: str) -> _Read:
    """What `work` returns; while it takes long, says that `what` is waited for."""
    working, waited_s = asyncio.ensure_future(work), 0
    try:
        while not (await asyncio.wait({working}, timeout=TELL_S))[0]:
            waited_s += TELL_S
            tell(f"still waiting after {waited_s} s for {what}")
        return working.result()
    finally:
        if not working.done():
            working.cancel()
            await asyncio.wait({working})
