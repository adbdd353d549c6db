"""Subject: the user's own server under test: an app, a command that starts one, or a URL."""

from dataclasses import dataclass
from pathlib import Path

from cors_harness.terms.origin import Origin

NO_APP = (
    "no app is given: --app package.module:app, --command 'gunicorn shop:app -b 127.0.0.1:{port}' "
    "or --url http://127.0.0.1:8000 (pytest: --cors-app, --cors-command, --cors-url)"
)


START_TIMEOUT_S = 60  # imports of a cold disk on a busy machine; a hang is what it is for
EVERY_ENGINE = "all"  # what `{engine}` is in the command of a server that all engines share
ENGINE_VARIABLE = "CORS_HARNESS_ENGINE"  # says the same in the environment of a server


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetRequest:
    """A request to the user's server that brings it back to where it began."""

    method: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetCommand:
    """A command that brings the user's server back to where it began.

    Attributes:
        text: as a shell would read it, `{engine}` where the engine's name stands.
        folder: where it is run.
    """

    text: str
    folder: Path


Reset = ResetRequest | ResetCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSubject:
    """What is said of every server of the user's.

    Attributes:
        forwarded: whether it is told that browsers call it by https, as behind a good proxy: an app
            by the scheme of its URLs, the others by X-Forwarded-Proto, -Host and -For.
        reset: what is done before the turn of each engine, one after the other; None: nothing, and
            all engines call it at the same time.
        start_timeout_s: seconds that it may take to start, and a reset to be over.
        per_engine: whether each engine has a server of its own; never for one that runs already.
    """

    forwarded: bool = True
    reset: Reset | None = None
    start_timeout_s: int = START_TIMEOUT_S
    per_engine: bool = False

    @property
    def is_shared(self) -> bool:
        """Whether engines meet there what others have left."""
        return self.reset is None and not self.per_engine


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSubject(UserSubject):
    """An app of the user's, served by the harness.

    Attributes:
        spec: `package.module:app` or `package.module:create_app()`.
        folder: where its package lies.
    """

    spec: str
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSubject(UserSubject):
    """A command that starts a server.

    Attributes:
        text: as a shell would read it, `{port}` where the port stands, `{engine}` where the name of
            the engine does.
        folder: where it is started.
        ready: path that must be answered with a status below 500 before cells run; None: any
            answer to anything will do.
    """

    text: str
    folder: Path
    ready: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlSubject(UserSubject):
    """A server that runs already.

    Attributes:
        origin: where, http or https, loopback or remote.
    """

    origin: Origin


Subject = AppSubject | CommandSubject | UrlSubject
