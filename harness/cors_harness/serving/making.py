"""made(): a reference app, out of its module and with its policy."""

import importlib
from typing import Any

from cors_harness.serving.messages import AppToServe


def made(each: AppToServe) -> Any:
    """The app; raises whatever its module or its factory raises."""
    found = imported(each.app)
    return found if each.policy is None else found(each.policy)


def imported(name: str) -> Any:
    """What `module:attribute` names."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)
