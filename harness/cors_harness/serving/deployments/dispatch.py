"""wsgi() and asgi(): the one app that an application server runs for all apps behind it.

A deployed server is told `cors_harness.serving.deployments.dispatch:wsgi()` or `:asgi()` as it
would be told an app. The port that a request came in on says which app is meant; that app is
handed the request as it is.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cors_harness.serving.reference.asgi import swallow_late_errors
from cors_harness.serving.reference.messages import (
    AppToServe,
    ServeApps,
    job_from_json,
    job_to_json,
    load_reference_app,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from cors_harness.serving.deployments.site import DeployedSite, DeploymentJob

VARIABLE = "CORS_HARNESS_APPS"
FILE = "apps.json"
DYNAMIC = "lib-dynload"  # the standard library's extension modules


def write_apps(job: "DeploymentJob") -> Mapping[str, str]:
    """Writes a file with the app of each port; returns the environment that names the file."""
    apps = tuple(_to_serve(site) for site in job.sites)
    file = job.folder / FILE
    interface = job.sites[0].instance.app.interface
    served = ServeApps(interface=interface, folders=tuple(map(str, job.servers)), apps=apps)
    file.write_text(json.dumps(job_to_json(served)), encoding="utf-8")
    return {VARIABLE: str(file)}


def _to_serve(site: "DeployedSite") -> AppToServe:
    app, scheme = site.instance.app, site.instance.scheme
    policy = None if app.fixed else site.policy
    return AppToServe(key=str(site.port), app=app.app, policy=policy, scheme=scheme)


def wsgi() -> "WSGIApplication":
    """All the apps as one, told apart by SERVER_PORT."""
    apps, is_https = _apps()

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        if is_https:
            environ["wsgi.url_scheme"] = "https"
        chosen: WSGIApplication = apps[str(environ["SERVER_PORT"])]
        return chosen(environ, start_response)

    return app


def asgi() -> Any:
    """All the apps as one, told apart by the port in `scope["server"]`."""
    made_apps, is_https = _apps()
    scheme = "https" if is_https else None
    apps = {port: swallow_late_errors(app, scheme) for port, app in made_apps.items()}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        else:
            await apps[str(scope["server"][1])](scope, receive, send)

    return app


async def _lifespan(receive: Any, send: Any) -> None:
    """Answers startup and shutdown at once: no reference app has anything to do then."""
    while True:
        phase = (await receive())["type"]
        await send({"type": f"{phase}.complete"})
        if phase == "lifespan.shutdown":
            return


def _apps() -> tuple[Mapping[str, Any], bool]:
    """The apps by port, and whether browsers reach them over https, as the server is then told."""
    job = job_from_json(json.loads(Path(os.environ[VARIABLE]).read_bytes()))
    assert isinstance(job, ServeApps)  # noqa: S101 - `write_apps` wrote it
    sys.path[:0] = job.folders
    return {each.key: load_reference_app(each) for each in job.apps}, job.apps[0].scheme == "https"


def search_path(folders: "Sequence[Path]") -> str:
    """What PYTHONPATH must be for another interpreter to find the apps and all they import."""
    standard = Path(os.__file__).parent
    ours = (Path(entry) for entry in sys.path if entry)
    kept = (
        entry for entry in ours if entry.is_dir() and entry not in {standard, standard / DYNAMIC}
    )
    return os.pathsep.join(map(str, (*folders, *kept)))
