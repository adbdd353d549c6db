"""What a header says of secrets: that records have those of the user's server as they are."""

from collections.abc import Iterable, Mapping
from typing import Any

KEEPS_SECRETS = "keeps_secrets"


def secrets_to_json(*, kept: bool) -> dict[str, Any]:
    """The part of a header; empty where records have fingerprints."""
    return {KEEPS_SECRETS: True} if kept else {}


def keeps_secrets(headers: Iterable[Mapping[str, Any]]) -> bool:
    """Whether any of these says so."""
    return any(header.get(KEEPS_SECRETS) for header in headers)
