"""Observations: the runner page's JSON read into what the rest of the harness uses."""

from collections.abc import Mapping
from typing import Any

from cors_harness.model.observation import Fulfilled, Observation, Rejected, TimedOut


def read_observation(facts: Mapping[str, Any]) -> Observation:
    """One `Observation` of page/runner.js; raises KeyError when page and harness disagree."""
    if facts["kind"] == "fulfilled":
        return _fulfilled(facts)
    if facts["kind"] == "rejected":
        return Rejected(
            error_name=facts["error_name"],
            error_message=facts["error_message"],
            duration_ms=facts["duration_ms"],
        )
    return TimedOut(after_ms=facts["duration_ms"], detail=facts["detail"])


def _fulfilled(facts: Mapping[str, Any]) -> Fulfilled:
    return Fulfilled(
        response_type=facts["response_type"],
        status=facts["status"],
        url=facts["url"],
        redirected=facts["redirected"],
        headers=tuple((name, value) for name, value in facts["headers"]),
        body=facts["body"],
        body_error=facts["body_error"],
        duration_ms=facts["duration_ms"],
    )
