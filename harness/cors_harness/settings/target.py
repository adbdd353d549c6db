"""Target: the user's server under test and the real origins, as options and settings say."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from cors_harness.errors import UsageError
from cors_harness.model.subject import AppSubject, CommandSubject, Subject, UrlSubject
from cors_harness.planning.real_origins import origin_option
from cors_harness.settings.pyproject import KINDS, PATH, ProjectSettings
from cors_harness.settings.server_options import ServerOptions, with_server_options
from cors_harness.terms.origin import Origin, is_loopback, parse_server_url

OptionName = Callable[[str], str]  # how a door calls `page-origin`: `--cors-page-origin`


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOptions(ServerOptions):
    """Options for the user's server and the real origins, as typed; None: not given."""

    app: str | None = None
    command: str | None = None
    ready: str | None = None
    url: str | None = None
    page_origin: str | None = None
    server_origin: str | None = None
    yes_remote: bool = False
    no_forwarded: bool = False
    plain_urls: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which of app, command and url are given."""
        return tuple(name for name in KINDS if getattr(self, name) is not None)

    def argv(self) -> tuple[str, ...]:
        """The same, as options of `cors-harness run`; for the line that reruns a cell."""
        by_option = {
            "--app": self.app,
            "--command": self.command,
            "--ready": self.ready,
            "--url": self.url,
            "--page-origin": self.page_origin,
            "--server-origin": self.server_origin,
        }
        typed = [word for name, value in by_option.items() if value for word in (name, value)]
        switches = {
            "--no-forwarded": self.no_forwarded,
            "--plain-urls": self.plain_urls,
            "--yes-remote": self.yes_remote,
        }
        return (*typed, *self.server_argv(), *(name for name, is_on in switches.items() if is_on))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The user's server under test, and where page and server really are.

    Attributes:
        subject: the user's server; None: reference servers only.
        page, server: where they really are, for the browser; None: on ports of the harness.
        plain_urls: whether the user's server gets URLs without the parameter of the harness.
        needs_yes: why the run has to be confirmed by --yes-remote, as a message; empty: it has not.
    """

    subject: Subject | None = None
    page: Origin | None = None
    server: Origin | None = None
    plain_urls: bool = False
    needs_yes: str = ""

    @property
    def takes_turns(self) -> bool:
        """Whether engines run one after the other, with a reset before each."""
        return self.subject is not None and self.subject.reset is not None

    def confirmed(self) -> Subject | None:
        """The subject, where it may be called; raises UsageError where it may not."""
        if self.needs_yes:
            raise UsageError(self.needs_yes)
        return self.subject


def target_of(
    options: TargetOptions, settings: ProjectSettings, here: Path, option_name: OptionName
) -> Target:
    """What `options` says, and `settings` where it says nothing.

    Args:
        options: the command line.
        settings: the project's.
        here: the folder that the command line counts from.
        option_name: how the front door calls an option.

    Raises:
        UsageError: it contradicts itself, or a value makes no sense.
    """
    subject = _subject_of_options(options, settings, here, option_name)
    subject = subject or _subject_of_project(options, settings)
    _check_server(options, subject, option_name)
    if subject is not None and (options.no_forwarded or settings.forwarded is False):
        subject = replace(subject, forwarded=False)
    if subject is not None:
        subject = with_server_options(subject, options, settings, here, option_name)
    _check_ready(options, subject, option_name)
    page, server = option_name("page-origin"), option_name("server-origin")
    return Target(
        subject=subject,
        page=origin_option(page, options.page_origin) or settings.page_origin,
        server=origin_option(server, options.server_origin)
        or settings.server_origin
        or _own_origin(subject),
        plain_urls=options.plain_urls or bool(settings.plain_urls),
        needs_yes="" if options.yes_remote else _needs_yes(subject, option_name),
    )


def _subject_of_options(
    options: TargetOptions, settings: ProjectSettings, here: Path, option_name: OptionName
) -> Subject | None:
    if len(options.kinds) > 1:
        both = " and ".join(option_name(kind) for kind in options.kinds)
        raise UsageError(f"{both}: found {len(options.kinds)} servers to test; expected one")
    if options.app is not None:
        return AppSubject(spec=options.app, folder=here)
    if options.command is not None:
        ready = options.ready or settings.ready
        return CommandSubject(text=options.command, folder=here, ready=ready)
    if options.url is not None:
        return UrlSubject(origin=_parsed_url(options.url, option_name))
    return None


def _subject_of_project(options: TargetOptions, settings: ProjectSettings) -> Subject | None:
    folder = settings.folder or Path()
    if settings.app is not None:
        return AppSubject(spec=settings.app, folder=folder)
    if settings.command is not None:
        ready = options.ready or settings.ready
        return CommandSubject(text=settings.command, folder=folder, ready=ready)
    return UrlSubject(origin=settings.url) if settings.url else None


def _check_server(options: TargetOptions, subject: Subject | None, option_name: OptionName) -> None:
    """Raises UsageError for an option that is about the user's server where there is none."""
    switches = {"no-forwarded": options.no_forwarded, "plain-urls": options.plain_urls}
    switched = (name for name, is_on in switches.items() if is_on)
    for name in (*switched, *options.server_names()):
        if subject is None:
            servers = ", ".join(map(option_name, KINDS))
            raise UsageError(f"{option_name(name)}: goes with a server of yours: {servers}")


def _parsed_url(text: str, option_name: OptionName) -> Origin:
    try:
        return parse_server_url(text)
    except ValueError as error:
        raise UsageError(f"{option_name('url')}: {error}") from error


def _check_ready(options: TargetOptions, subject: Subject | None, option_name: OptionName) -> None:
    if options.ready is None:
        return
    option = option_name("ready")
    if not isinstance(subject, CommandSubject):
        raise UsageError(f"{option}: goes with {option_name('command')}, which starts the server")
    if not PATH.fullmatch(options.ready):
        raise UsageError(f"{option}: found {options.ready!r}; expected a path, such as /healthz")


def _is_remote(subject: Subject | None) -> bool:
    return isinstance(subject, UrlSubject) and not is_loopback(subject.origin.host)


def _needs_yes(subject: Subject | None, option_name: OptionName) -> str:
    if not isinstance(subject, UrlSubject) or not _is_remote(subject):
        return ""
    return (
        f"{option_name('url')}: {subject.origin} is not on this machine, and scenarios send it "
        "requests that may change things there, in three browsers\n"
        f"  if it is yours and may be called: {option_name('yes-remote')}"
    )


def _own_origin(subject: Subject | None) -> Origin | None:
    """Where browsers call a server whose host or scheme the harness cannot lend it otherwise."""
    if not isinstance(subject, UrlSubject):
        return None
    return subject.origin if subject.origin.is_secure or _is_remote(subject) else None
