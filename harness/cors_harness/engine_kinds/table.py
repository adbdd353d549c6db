"""The table of engines; a new engine is a file beside this one, and a name here."""

from collections.abc import Mapping

from cors_harness.engine_kinds.chromium import CHROMIUM
from cors_harness.engine_kinds.firefox import FIREFOX
from cors_harness.engine_kinds.kind import EngineKind
from cors_harness.engine_kinds.webkit import WEBKIT

ENGINE_KINDS: Mapping[str, EngineKind] = {kind.name: kind for kind in (CHROMIUM, FIREFOX, WEBKIT)}
"""By name, in the order in which everything lists them."""

ENGINE_NAMES = tuple(ENGINE_KINDS)
