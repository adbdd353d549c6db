"""Statuses: which status codes the Fetch standard names as a group."""

REDIRECT_STATUSES = frozenset((301, 302, 303, 307, 308))
"""https://fetch.spec.whatwg.org/#redirect-status."""


def is_ok(status: int | None) -> bool:
    """Whether it is an ok status; no response has none.

    https://fetch.spec.whatwg.org/#ok-status
    """
    return status is not None and 200 <= status <= 299
