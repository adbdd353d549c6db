"""CommandSpec: a command of the user's that starts their server, as in `gunicorn shop:app`."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile

from cors_harness.errors import UsageError

EXAMPLE = "gunicorn shop:app -b 127.0.0.1:{port}"
OF_A_SHELL = frozenset({"&&", "||", "|", ";", "&", ">", ">>", "<", "2>", "2>&1", "cd", "export"})

_PORT = re.compile(r"\{port\}|\$\{PORT\}|\$PORT\b")
_SETTING = re.compile(r"[A-Za-z_]\w*=")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """A command, split as a shell would split it.

    Attributes:
        env: what it is to find in its environment on top of ours; `{port}` may stand in it.
        argv: program and arguments; `{port}` may stand in them.
    """

    env: tuple[tuple[str, str], ...]
    argv: tuple[str, ...]

    @property
    def program(self) -> str:
        """What is started."""
        return self.argv[0]

    def on(self, port: int) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """Program and arguments, and additions to the environment, for a server on `port`."""
        argv = tuple(_PORT.sub(str(port), word) for word in self.argv)
        given = {name: _PORT.sub(str(port), value) for name, value in self.env}
        return argv, {"PORT": str(port), **given}


def parse_command(text: str) -> CommandSpec:
    """The command that `text` is; starts nothing.

    Raises:
        UsageError: it cannot be split, is empty, needs a shell, or says nothing about the port.
    """
    words = _split(text)
    settings = tuple(takewhile(_SETTING.match, words))
    argv = tuple(words[len(settings) :])
    if not argv:
        raise _wrong("found no program in it", f"for example: {EXAMPLE}")
    _refuse_shell(argv)
    if not any(_PORT.search(word) for word in words):
        raise _wrong(
            "found no {port} in it, so nobody knows where the server listens",
            f"put {{port}} where the port stands: {EXAMPLE}\n"
            f"  or, for a server that takes it from its environment: PORT={{port}} {argv[0]} …",
        )
    pairs = (word.partition("=") for word in settings)
    return CommandSpec(env=tuple((name, value) for name, _, value in pairs), argv=argv)


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise _wrong(f"cannot be read: {str(error).lower()}", f"for example: {EXAMPLE}") from error


def _refuse_shell(argv: tuple[str, ...]) -> None:
    found = [word for word in argv if word in OF_A_SHELL - {"cd", "export"}]
    found += [argv[0]] if argv[0] in OF_A_SHELL else []
    if found:
        raise _wrong(
            f"found {found[0]!r}, which only a shell understands; there is none",
            "put it into a script of yours, or start a shell: sh -c '… {port}'",
        )


def _wrong(problem: str, fix: str) -> UsageError:
    return UsageError(f"command: {problem}\n  {fix}")
