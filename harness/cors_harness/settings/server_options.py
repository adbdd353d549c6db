"""ServerOptions: what is asked of the user's server beside where it is, and the subject with it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from cors_harness.errors import UsageError
from cors_harness.model.subject import Reset, Subject, UrlSubject
from cors_harness.settings.pyproject import TABLE, ProjectSettings
from cors_harness.settings.server_values import SECONDS, reset_of, seconds_of

PER_ENGINE = "server-per-engine"

Named = Callable[[str], str]  # how a door calls an option, as OptionName


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """As typed; None and False: not given.

    Attributes:
        reset: what is done before the turn of each engine.
        server_per_engine: whether each engine gets a server of its own.
        start_timeout: seconds that the server may take to start.
    """

    reset: str | None = None
    server_per_engine: bool = False
    start_timeout: str | None = None

    def server_names(self) -> tuple[str, ...]:
        """The names of those that are given."""
        given = {
            "reset": self.reset is not None,
            PER_ENGINE: self.server_per_engine,
            "start-timeout": self.start_timeout is not None,
        }
        return tuple(name for name, is_given in given.items() if is_given)

    def server_argv(self) -> tuple[str, ...]:
        """The same, as options of `cors-harness run`."""
        values = {"--reset": self.reset, "--start-timeout": self.start_timeout}
        typed = [word for name, value in values.items() if value for word in (name, value)]
        return (*typed, *([f"--{PER_ENGINE}"] if self.server_per_engine else []))


def with_server_options(
    subject: Subject, options: ServerOptions, settings: ProjectSettings, here: Path, named: Named
) -> Subject:
    """The subject with what `options` say of it, and `settings` where they say nothing.

    `here` and `named` are as in `target_of`. Raises UsageError where a value makes no sense, or
    asks of a server that runs already what only one can do that the harness starts.
    """
    if isinstance(subject, UrlSubject):
        _refuse_for_url(options, settings, named)
    return replace(
        subject,
        reset=settings.reset if options.reset is None else _reset(options.reset, here, named),
        per_engine=options.server_per_engine or bool(settings.server_per_engine),
        start_timeout_s=_seconds(options.start_timeout, named)
        or settings.start_timeout
        or subject.start_timeout_s,
    )


def _reset(text: str, here: Path, named: Named) -> Reset:
    if not text.strip():
        expected = "a path such as /testing/reset, or a command"
        raise UsageError(f"{named('reset')}: found {text!r}; expected {expected}")
    return reset_of(text, here)


def _seconds(text: str | None, named: Named) -> int | None:
    seconds = None if text is None else seconds_of(text)
    if text is not None and seconds is None:
        raise UsageError(f"{named('start-timeout')}: found {text!r}; expected {SECONDS}")
    return seconds


def _refuse_for_url(options: ServerOptions, settings: ProjectSettings, named: Named) -> None:
    starters = f"{named('app')} or {named('command')}"
    if options.server_per_engine or settings.server_per_engine:
        where = named(PER_ENGINE) if options.server_per_engine else f"{TABLE}.{PER_ENGINE}"
        raise UsageError(
            f"{where}: goes with {starters}, whose server can be started once for each engine; "
            f"the one of {named('url')} runs already, one for all\n"
            f"  {named('reset')} brings it back to where it began before the turn of each engine;\n"
            "  {unique} in a scenario is another value in every cell"
        )
    is_reset = options.reset is not None or settings.reset is not None
    if options.start_timeout is not None and not is_reset:
        raise UsageError(
            f"{named('start-timeout')}: goes with {starters}, or with {named('reset')}; "
            f"the server of {named('url')} runs already"
        )
