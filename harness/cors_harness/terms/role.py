"""Role: which of a scenario's origins answers: the server, or one of two servers beside it."""

from enum import StrEnum


class Role(StrEnum):
    """The origins that requests go to, as YAML (`at`) and JSON (`role`) name them."""

    SERVER = "server"
    OTHER = "other"
    THIRD = "third"


PAGE = "page"
"""In a call and in a record in place of a role: the page's own origin, whose server is ours."""

ELSEWHERE = "elsewhere"
"""In a record in place of a role: an origin that no scenario names, where nobody answers."""
