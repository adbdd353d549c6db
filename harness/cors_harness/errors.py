"""Every error that is not a bug, with the exit status it ends the program with.

HarnessError                 3  something of the harness or of an engine failed
├── UsageError               2  the command line or an option is wrong
│   ├── AppUnreadable        2  the routes of the user's app cannot be read: nobody here knows how
│   ├── ScenarioError        2  scenario files have problems (all of them, in one pass)
│   ├── BaselineError        2  a baseline is missing, or has problems (all of them, in one pass)
│   └── NothingSelected      2  the filters leave no cell to run
├── EngineMissing            3  an engine, or a tool of its, is not installed; says the command
│   └── EngineUndrivable     3  it is, but not a driver that can drive it; says the command
├── EngineFailed             3  an engine is installed and does not start or stay up
└── ServerFailed             3  a server under test or the wire recorder does not start or stay up
    └── ServerUnfit          3  the user's app cannot be that server; its cells are skipped

Anything else that is raised is a bug and shows its traceback.
"""

from collections.abc import Sequence

from cors_harness.terms.secrets import redacted
from cors_harness.text.printable import printable_lines


class HarnessError(Exception):
    """An expected failure: its text is shown without a traceback.

    Servers, files and options may have put anything into it: it is without credentials, and without
    what steers a terminal.
    """

    exit_status = 3

    def __str__(self) -> str:
        """What to show of it."""
        return printable_lines(redacted(super().__str__()))


class UsageError(HarnessError):
    """The command line or an option is wrong; a name of an app that leads to no app is, too."""

    exit_status = 2


class AppUnreadable(UsageError):  # noqa: N818 - reads as what happened
    """The user's app loads, and is of no framework whose routes can be read from inside."""


class ScenarioError(UsageError):
    """Scenario files have problems.

    Attributes:
        problems: every problem found, each printable on its own.
    """

    def __init__(self, problems: Sequence[object]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class BaselineError(UsageError):
    """A baseline cannot be read or written, or has problems.

    Attributes:
        problems: every problem found, each printable on its own.
    """

    def __init__(self, problems: Sequence[object]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class NothingSelected(UsageError):  # noqa: N818 - reads as what happened
    """The filters leave no cell to run."""


class EngineMissing(HarnessError):  # noqa: N818 - reads as what happened
    """An engine is not installed on this machine, or a program that it needs beside it.

    Attributes:
        engine: its name, such as `webkit`.
        install_command: what to type to get it.
    """

    def __init__(self, engine: str, why: str, install_command: str, *, tool: str = "") -> None:
        self.engine, self.install_command = engine, install_command
        missing = tool or engine
        super().__init__(f"{missing} is missing: {why}\n  install it with: {install_command}")


class EngineUndrivable(EngineMissing):
    """An engine is installed, and the installed version of its driver cannot drive it."""

    def __init__(self, engine: str, why: str, install_command: str) -> None:
        self.engine, self.install_command = engine, install_command
        text = f"{engine} cannot be driven: {why}\n  install a version that can: {install_command}"
        HarnessError.__init__(self, text)


class EngineFailed(HarnessError):  # noqa: N818 - reads as what happened
    """An engine is installed and does not start or stay up."""


class ServerFailed(HarnessError):  # noqa: N818 - reads as what happened
    """A server under test or the wire recorder does not start or stay up.

    Nor does the user's app: it raised while it was imported or made, or has died.
    """


class ServerUnfit(ServerFailed):
    """The user's app cannot be a server that a scenario names; its cells are skipped."""
