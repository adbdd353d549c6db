"""Case: a real server with one mistake, what a page asks of it, and what it is mended as."""

from collections.abc import Sequence
from dataclasses import dataclass

from cors_harness.model.advice import FixTarget, Mistake

PAGE = "https://app.example.com"
SERVER = "https://api.example.org"
OTHER = "https://files.example.net"

GET = "{path: /api/data}"
PUT = "{method: PUT, path: /api/data, headers: {Content-Type: application/json}, body: '{}'}"
COOKIES = "{path: /api/data, credentials: include}"
LOGGED_IN = "{method: PUT, path: /api/data, headers: {Authorization: Bearer secret}}"
WITHOUT_SLASH = "{method: PUT, path: /api/list}"
CRASH = "{path: /api/error}"
NOT_THERE = "{path: /api/nothing}"

OK = "{outcome: allowed, status: 200}"
COUNT = "{outcome: allowed, status: 200, readable: {X-Total-Count: '3'}}"


def status(code: int) -> str:
    """Expects a response that the page reads, though it is an error."""
    return f"{{outcome: allowed, status: {code}}}"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One server and one call.

    Attributes:
        server: name of the server in the run.
        mistake: what it does wrong.
        where: what the advice must be written for.
        request, expect: as YAML has them.
        source: the file that a person would change.
        engines: those in which the mistake blocks anything.
    """

    server: str
    mistake: Mistake
    where: FixTarget
    request: str
    expect: str = OK
    source: str
    interface: str = "wsgi"
    versions: Sequence[str] = ()
    behind: str = ""  # a deployment that comes with the project
    app: str = ""  # of a deployed one: the server behind it; the source is nginx's
    engines: Sequence[str] = ("chromium", "firefox", "webkit")

    @property
    def is_nginx(self) -> bool:
        return bool(self.app)

    @property
    def is_verbatim(self) -> bool:
        """Whether the source is the answers of its scenario."""
        return self.interface == "verbatim"

    @property
    def is_alone(self) -> bool:
        """Whether it needs a process of its own: Django has one set of settings for a process."""
        return "django" in self.versions

    @property
    def name(self) -> str:
        """As reports call the server."""
        if self.is_verbatim:
            return self.server
        if self.behind:
            return f"{self.server}@{self.behind}"
        if self.is_alone:
            return f"{self.server}@alone-{self.server}"
        return f"{self.app}@{self.server}" if self.app else self.server
