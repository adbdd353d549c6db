"""UserServer: the user's own server, started by their command or running already at its URL."""

from typing import Protocol

from cors_harness.model.subject import CommandSubject, UrlSubject
from cors_harness.serving.user.command import UserCommand
from cors_harness.serving.user.probe import UpServer
from cors_harness.serving.user.url import UserUrl


class UserServer(Protocol):
    """A server that takes requests from `start` to `stop`; nothing of ours is in it."""

    async def start(self) -> UpServer:
        """Waits until it answers; raises UsageError or ServerFailed, with the reason."""

    async def watch(self) -> None:
        """Waits until it has gone and raises ServerFailed."""

    async def look(self) -> None:
        """Raises ServerFailed where it has gone and `watch` has not missed it yet."""

    async def stop(self) -> None:
        """Ends what `start` has started; idempotent."""


def user_server(subject: CommandSubject | UrlSubject) -> UserServer:
    """The server of the user; raises UsageError where their command makes no sense."""
    match subject:
        case CommandSubject():
            return UserCommand(subject)
        case UrlSubject(origin=origin):
            return UserUrl(origin)
