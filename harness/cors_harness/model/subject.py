"""Subject: the user's own server under test: an app, a command that starts one, or a URL."""

from dataclasses import dataclass
from pathlib import Path

from cors_harness.terms.origin import Origin

NO_APP = (
    "no app is given: --app package.module:app, --command 'gunicorn shop:app -b 127.0.0.1:{port}' "
    "or --url http://127.0.0.1:8000 (pytest: --cors-app, --cors-command, --cors-url)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSubject:
    """An app of the user's, served by the harness.

    Attributes:
        spec: `package.module:app` or `package.module:create_app()`.
        folder: where its package lies.
        forwarded: whether it is told that browsers call it by https, as behind a good proxy.
    """

    spec: str
    folder: Path
    forwarded: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSubject:
    """A command that starts a server.

    Attributes:
        text: as a shell would read it, `{port}` where the port stands.
        folder: where it is started.
        ready: path that must be answered with a status below 500 before cells run; None: any
            answer to anything will do.
        forwarded: as of an app; it is told by X-Forwarded-Proto, -Host and -For.
    """

    text: str
    folder: Path
    ready: str | None = None
    forwarded: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlSubject:
    """A server that runs already.

    Attributes:
        origin: where, http or https, loopback or remote.
        forwarded: as of a command.
    """

    origin: Origin
    forwarded: bool = True


Subject = AppSubject | CommandSubject | UrlSubject
