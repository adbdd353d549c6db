"""make_views_raise(): the user's app with an unhandled exception in every view, else untouched.

Middleware, error handlers and the app's settings stay: what comes out is the 500 of a bug. What
answers OPTIONS stays too, as the bug is in the view and not in the answer to the preflight.
"""

from typing import Any

from cors_harness.errors import ServerUnfit
from cors_harness.serving.survey.frameworks.table import READERS
from cors_harness.serving.survey.known_apps import (
    Framework,
    KnownApp,
    described,
    known_apps,
)
from cors_harness.serving.survey.reader import in_one_line

NO_VIEWS = "no views to raise an exception in"


def make_views_raise(app: Any) -> None:
    """Makes every view of `app` raise, in place.

    Raises:
        ServerUnfit: it is of no known framework, or has no views, or its framework raised.
    """
    apps = known_apps(app)
    if not apps:
        raise ServerUnfit(
            f"{NO_VIEWS}: {described(app)} is an app of none of {', '.join(Framework)}"
        )
    try:
        count = sum(map(_change, apps))
    except Exception as exc:
        raise ServerUnfit(f"{NO_VIEWS}: {apps[0].framework} raised {in_one_line(exc)}") from exc
    if not count:
        raise ServerUnfit(f"{NO_VIEWS}: {described(apps[0].app)} has none")


def _change(known_app: KnownApp) -> int:
    """Makes the views of one app raise, and those of apps inside; returns how many there are."""
    changed = READERS[known_app.framework].raise_views(known_app.app)
    inner = (each for mounted in changed.mounted for each in known_apps(mounted))
    return changed.count + sum(map(_change, inner))
