"""What each change in servers/changes/ comes to: the class of every scenario, and why.

From the Fetch standard and from what the frameworks send, written down before it was run.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cors_harness.model.change import ChangeClass

Classes = tuple[tuple[ChangeClass, tuple[str, ...]], ...]

ENGINES = ("chromium", "firefox", "webkit")
SAME: Classes = ()  # the scenario is there to show that this stays as it was
WIDENED: Classes = ((ChangeClass.WIDENED, ENGINES),)
NARROWED: Classes = ((ChangeClass.NARROWED, ENGINES),)
COSTLIER: Classes = ((ChangeClass.COSTLIER, ENGINES),)
COSMETIC: Classes = ((ChangeClass.COSMETIC, ENGINES),)


@dataclass(frozen=True, slots=True, kw_only=True)
class RealChange:
    """One change.

    Attributes:
        why: the reason for the classes.
        classes: what its scenarios, named by what follows the change's name, come to.
        before, after: servers, where they are not called by the change's name.
        blind: whether a test client sees no difference, see test_test_clients.py.
        carried_out: its scenarios, named as in `classes`, whose change is that and nothing else.
    """

    name: str
    why: str
    classes: Mapping[str, Classes]
    before: str = ""
    after: str = ""
    blind: bool = False
    carried_out: tuple[str, ...] = ()

    @property
    def sides(self) -> tuple[str, str]:
        """Name of the server before and after."""
        return self.before or f"{self.name}-before", self.after or f"{self.name}-after"

    @property
    def scenarios(self) -> dict[str, Classes]:
        return {f"{self.name}-{suffix}": classes for suffix, classes in self.classes.items()}


CHANGES = (
    # Origins
    RealChange(
        name="regex-anchor",
        why="Flask-CORS uses re.match, and what follows .com is not looked at",
        classes={"lookalike": WIDENED, "app": SAME},
    ),
    RealChange(
        name="regex-dot",
        why="the dot before example matches the - of app-example.com",
        classes={"lookalike": WIDENED, "app": SAME},
    ),
    RealChange(
        name="trailing-slash",
        why="an origin has no path, so the one that is listed matches none",
        classes={"get": NARROWED, "put": NARROWED},
    ),
    RealChange(
        name="http-origin",
        why="http and https are two origins: one is let in for the other",
        classes={"https": NARROWED, "http": WIDENED},
    ),
    RealChange(
        name="origins-in-one-value",
        why="the CORS check compares the value as a whole; admin stays out under another value",
        classes={"app": NARROWED, "admin": COSMETIC},
        blind=True,
    ),
    RealChange(
        name="null-allowed",
        why="every sandboxed frame says null; its parent says its own origin and stays out",
        classes={"sandbox": WIDENED, "stranger": SAME},
    ),
    RealChange(
        name="subdomain-wildcard",
        why="Flask-CORS takes what has a * for a pattern: /* is slashes, . is one character",
        classes={"app": NARROWED, "lookalike": WIDENED},
    ),
    RealChange(
        name="subdomain-regex",
        why="staging is a subdomain; Starlette uses fullmatch, so the lookalike stays out",
        classes={"staging": WIDENED, "lookalike": SAME},
    ),
    RealChange(
        name="list-to-reflecting",
        why="whoever asks is repeated",
        classes={"stranger": WIDENED, "app": SAME},
    ),
    # Credentials
    RealChange(
        name="wildcard-credentials",
        why="CORSMiddleware repeats the origin for *, which the check with credentials takes;"
        " without them both will do, and only the value differs",
        classes={"get": WIDENED, "put": WIDENED, "without": COSMETIC},
    ),
    RealChange(
        name="credentials-on",
        why="the CORS check wants Allow-Credentials: true, of the preflight as well;"
        " a stranger gets no CORS header at all",
        classes={"get": WIDENED, "put": WIDENED, "stranger": SAME},
    ),
    # Methods and headers that are asked for
    RealChange(
        name="method-dropped",
        why="DELETE is refused with 400; for PUT only the list is shorter",
        classes={"delete": NARROWED, "put": COSMETIC},
        blind=True,
    ),
    RealChange(
        name="header-dropped",
        why="Flask-CORS lists what is asked for and allowed: without the key the same as before",
        classes={"with-key": NARROWED, "without": SAME},
        blind=True,
    ),
    RealChange(
        name="authorization-dropped",
        why="Authorization is refused with 400; for Content-Type only the list is shorter",
        classes={"token": NARROWED, "json": COSMETIC},
        blind=True,
    ),
    RealChange(
        name="headers-wildcard",
        why="* is every name without credentials, and a name like any other with them",
        classes={"credentials": NARROWED, "other": WIDENED, "json": COSMETIC},
        blind=True,
    ),
    # Response headers that the page reads
    RealChange(
        name="expose-added",
        why="what is exposed can be read",
        classes={"download": WIDENED},
        blind=True,
    ),
    RealChange(
        name="expose-removed",
        why="what is not exposed cannot be read",
        classes={"paging": NARROWED},
        blind=True,
    ),
    RealChange(
        name="exposed-headers-typo",
        why="Flask-CORS ignores keywords that it does not know",
        classes={"paging": NARROWED},
        blind=True,
    ),
    RealChange(
        name="expose-space",
        why="a value that does not parse exposes nothing",
        classes={"paging": NARROWED},
        blind=True,
    ),
    # Middleware, wrapping, errors
    RealChange(
        name="middleware-order",
        why="the guard is asked first: no token on a preflight, no CORS headers on its 401",
        classes={"token": NARROWED, "without": NARROWED},
        blind=True,
    ),
    RealChange(
        name="early-return",
        why="the 403 never passes CORSMiddleware; what is let pass does",
        classes={"refused": NARROWED, "passed": SAME},
        blind=True,
    ),
    RealChange(
        name="options-auth",
        why="a preflight carries no Authorization, and needs an ok status",
        classes={"token": NARROWED, "without": SAME},
        blind=True,
    ),
    RealChange(
        name="middleware-before-wrapping",
        why="the app outside has the routes, and not the middleware",
        classes={"get": NARROWED, "put": NARROWED},
    ),
    RealChange(
        name="whole-app-wrapped",
        why="CORSMiddleware now is outside of what makes the 500",
        classes={"500": WIDENED, "200": SAME},
    ),
    RealChange(
        name="exception-handler",
        why="a handler for Exception runs in ServerErrorMiddleware, outside of all others",
        classes={"409": NARROWED, "200": SAME},
        blind=True,
    ),
    RealChange(
        name="decorator-level",
        why="the decorator adds headers to what the view returns; abort() raises",
        classes={"404": NARROWED, "200": SAME},
        blind=True,
    ),
    # Paths
    RealChange(
        name="resources-lost",
        why="* for the drafts too; the editor's page gets it instead of its own name",
        classes={"drafts": WIDENED, "posts": SAME, "editor": COSMETIC},
    ),
    RealChange(
        name="strict-slashes",
        why="a preflight is never redirected; a GET is, which costs a request and no preflight",
        classes={"put": NARROWED, "get": COSMETIC},
        blind=True,
    ),
    RealChange(
        name="redirect-preflight",
        why="CORSMiddleware answers the preflight in front of the redirect, which brings another",
        classes={"post": COSTLIER},
        blind=True,
    ),
    # Headers twice
    RealChange(
        name="headers-twice",
        why="two headers of one name are one value, which is no origin",
        classes={"get": NARROWED, "put": NARROWED},
        blind=True,
    ),
    RealChange(
        name="header-by-hand",
        why="Flask-CORS adds nothing where it finds Allow-Origin, and PUT is listed by nobody",
        classes={"put": NARROWED, "get": SAME},
        blind=True,
    ),
    RealChange(
        name="proxy-twice",
        why="two headers of one name are one value, which is no origin",
        classes={"get": NARROWED},
        before="flask-cors@nginx",
        after="flask-cors@nginx-cors",
    ),
    RealChange(
        name="proxy-always",
        why="add_header is for statuses below 400 unless it says always",
        classes={"404": NARROWED, "200": SAME},
        before="fastapi-bare@nginx-cors",
        after="fastapi-bare@nginx-cors-no-always",
    ),
    # What is carried out, whoever reads the response
    RealChange(
        name="origin-check-dropped",
        why="a form goes out without a preflight; a GET does nothing, and a PUT stays with the"
        " browser, which gets no CORS headers for 200 either: WebKit's reason was the 403",
        classes={
            "stranger": WIDENED,
            "no-cors": WIDENED,
            "get": COSMETIC,
            "put": (*COSMETIC, (ChangeClass.COSMETIC, ("webkit",))),
            "app": SAME,
        },
        carried_out=("stranger", "no-cors"),
        blind=True,
    ),
    RealChange(
        name="origin-check-suffix",
        why="blog.example.org and evil-example.org end alike; on the bank's own site the cookie"
        " goes along, and from another it does not",
        classes={"blog": WIDENED, "lookalike": WIDENED, "stranger": SAME},
        carried_out=("blog", "lookalike"),
        blind=True,
    ),
    RealChange(
        name="origin-check-added",
        why="403 instead of 202, neither of which the page can see; a GET is let pass",
        classes={"stranger": NARROWED, "get": SAME},
        carried_out=("stranger",),
        blind=True,
    ),
    RealChange(
        name="csrf-exempt",
        why="a redirect by 302 is how Django answers a form that it took",
        classes={"stranger": WIDENED, "no-cors": WIDENED, "get": SAME},
        carried_out=("stranger", "no-cors"),
    ),
    RealChange(
        name="content-type-forced",
        why="text/plain needs no preflight, application/json does; the app read the 415, too",
        classes={"stranger": WIDENED, "json": SAME, "app": COSMETIC},
        carried_out=("stranger",),
        blind=True,
    ),
    RealChange(
        name="body-by-hand",
        why="FastAPI answers 422 where a declared body does not say that it is JSON",
        classes={"stranger": WIDENED, "json": SAME},
        carried_out=("stranger",),
        blind=True,
    ),
    RealChange(
        name="preflight-for-all",
        why="the request goes out behind a preflight that is for everybody; who reads it says its"
        " own response",
        classes={"stranger": WIDENED, "app": WIDENED},
        blind=True,
    ),
    # Caches
    RealChange(
        name="vary-added",
        why="browsers let in by Allow-Origin alone",
        classes={"app": COSMETIC, "admin": COSMETIC},
    ),
    RealChange(
        name="max-age-zero",
        why="the second call has a preflight, everywhere; the first is remembered for no time"
        " instead of what each engine makes of a day: two hours, a day, ten minutes",
        classes={"twice": (*COSTLIER, *((ChangeClass.COSTLIER, (each,)) for each in ENGINES))},
    ),
    RealChange(
        name="max-age-removed",
        why="two hours become CORSMiddleware's ten minutes, which is all that WebKit ever gives",
        classes={
            "put": (
                (ChangeClass.COSTLIER, ("chromium", "firefox")),
                (ChangeClass.COSMETIC, ("webkit",)),
            )
        },
    ),
    RealChange(
        name="max-age-added",
        why="five seconds become an hour, in WebKit its ten minutes",
        classes={
            "put": (
                (ChangeClass.CHEAPER, ("chromium", "firefox")),
                (ChangeClass.CHEAPER, ("webkit",)),
            )
        },
    ),
)
