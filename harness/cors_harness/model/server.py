"""ServerEntry: one line of the server registry; what the server is and what it can express."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CorsPolicy:
    """What a server shall allow.

    Attributes:
        allow_origins: serialized origins (`http://127.0.0.1:8001`, no trailing slash), or `*`.
        allow_origin_regex: a pattern for whole origins, or None.
        allow_methods: method names, or `*`.
        allow_headers: request header names, or `*`.
        allow_credentials: whether `Access-Control-Allow-Credentials: true` is sent.
        expose_headers: response header names that page code may read.
        max_age: seconds in `Access-Control-Max-Age`; None sends what the framework sends by itself.
    """

    allow_origins: tuple[str, ...] = ()
    allow_origin_regex: str | None = None
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    allow_credentials: bool = False
    expose_headers: tuple[str, ...] = ()
    max_age: int | None = None


SEPARATOR = "@"  # between the names of an app and of the deployment that it stands behind
VERBATIM = "verbatim"
APP = "app"  # what scenarios and reports call the user's app
APP_RAISING = "app-raising"  # the same, with an unhandled exception in every view
APPS = (APP, APP_RAISING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEntry:
    """A reference server.

    Attributes:
        name: as scenarios and reports call it.
        app: `module:factory` in `servers/`; the factory takes a CorsPolicy (verbatim: answers).
            Of a fixed server `module:app`, an app as it is. Of the user's own server empty.
        interface: `wsgi`, `asgi`, `aiohttp`, `tornado` or `verbatim`; `app` is the user's, told
            apart when it starts.
        versions: distributions whose versions belong into the record.
        expresses: CorsPolicy fields that the server can express, and `several-origins` where
            `allow_origins` may hold more than one.
        fixed: `app` is an app that is configured already, not a factory that takes a policy.
        only_where_named: it takes a policy, but runs only scenarios that name it under `servers`.
        missing: why it cannot be started and what to do about it; empty: it can.
    """

    name: str
    app: str
    interface: str
    versions: tuple[str, ...]
    expresses: frozenset[str]
    fixed: bool = False
    only_where_named: bool = False
    missing: str = ""

    @property
    def acts_as(self) -> str:
        """The server whose exceptions hold for it too; empty: only those for its own name do."""
        return ""

    def cannot_express(self, policy: CorsPolicy) -> str | None:
        """The first part of `policy` that this server cannot express, in words; None: it can."""
        if self.fixed:
            return f"{self.name} is fixed and takes no policy"
        empty = CorsPolicy()
        for field in policy.__dataclass_fields__:
            if getattr(policy, field) != getattr(empty, field) and field not in self.expresses:
                return f"{self.name} cannot express {field}"
        if len(policy.allow_origins) > 1 and "several-origins" not in self.expresses:
            return f"{self.name} cannot express more than one entry in allow_origins"
        return None


def split_server_name(name: str) -> tuple[str, str]:
    """The app and the deployment of `flask-cors@nginx`; the deployment is empty without one."""
    app, _, deployment = name.partition(SEPARATOR)
    return app, deployment


def is_deployed(name: str) -> bool:
    """Whether a server stands behind a deployment."""
    return SEPARATOR in name
