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

NO_VIEWS = "no views to raise an exception in"


def can_raise(framework: Framework) -> bool:
    """Whether the views of its apps can be made to raise."""
    reader = READERS.get(framework)
    return reader is not None and reader.raise_views is not None


def make_views_raise(app: Any) -> None:
    """Makes every view of `app` raise, in place.

    Raises:
        ServerUnfit: it is of no framework of which this is known, or has no views.
    """
    apps = known_apps(app)
    if not apps:
        known = ", ".join(each for each in Framework if can_raise(each))
        raise ServerUnfit(f"{NO_VIEWS}: {described(app)} is an app of none of {known}")
    if not any(can_raise(known_app.framework) for known_app in apps):
        raise ServerUnfit(f"{NO_VIEWS}: it is not known how to do that in {apps[0].framework}")
    if not sum(map(_change, apps)):
        raise ServerUnfit(f"{NO_VIEWS}: {described(apps[0].app)} has none")


def _change(known_app: KnownApp) -> int:
    """Makes the views of one app raise, and those of apps inside; returns how many there are."""
    reader = READERS.get(known_app.framework)
    if reader is None or reader.raise_views is None:
        return 0
    changed = reader.raise_views(known_app.app)
    inner = (each for mounted in changed.mounted for each in known_apps(mounted))
    return changed.count + sum(map(_change, inner))
