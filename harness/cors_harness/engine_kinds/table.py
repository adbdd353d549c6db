"""The table of engines; a new engine is a file beside this one, its name and its row here.

Names alone cost nothing: `cors-harness --help` and `validate` need no more.
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from cors_harness.terms.engine_names import ENGINE_NAMES, engine_of

if TYPE_CHECKING:
    from cors_harness.engine_kinds.kind import EngineKind

__all__ = ["ENGINE_NAMES", "engine_kinds", "kind_of"]


@cache
def engine_kinds() -> Mapping[str, "EngineKind"]:
    """What each engine is, by name, in the same order."""
    from cors_harness.engine_kinds.chromium import CHROMIUM
    from cors_harness.engine_kinds.firefox import FIREFOX
    from cors_harness.engine_kinds.webkit import WEBKIT

    return {kind.name: kind for kind in (CHROMIUM, FIREFOX, WEBKIT)}


def kind_of(column: str) -> "EngineKind | None":
    """What the engine of a column is, such as WebKit for `safari-mac`; None: nobody knows."""
    return engine_kinds().get(engine_of(column))
