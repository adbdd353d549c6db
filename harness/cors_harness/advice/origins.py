"""near_miss(): in what an origin differs from one that it was surely meant to be."""

from urllib.parse import SplitResult, urlsplit


def near_miss(value: str, page: str) -> str:
    """What is wrong with `value` where `page` was meant, in words; empty: it is quite another.

    Both as they stand in `Access-Control-Allow-Origin` and `Origin`.
    """
    if value.rstrip("/") == page:
        return "a slash at the end; an origin ends with its host or port"
    if value.lower().rstrip("/") == page:
        return "upper case letters; browsers send an origin in lower case"
    try:
        return _differing_part(urlsplit(value), urlsplit(page))
    except ValueError:  # of a port that is none
        return ""


def _differing_part(said: SplitResult, meant: SplitResult) -> str:
    if said.hostname != meant.hostname:
        return ""
    if said.scheme != meant.scheme:
        return f"{said.scheme} where the page is on {meant.scheme}; the scheme is part of an origin"
    if said.port != meant.port:
        return "another port; the port is part of an origin"
    return f"a path, {said.path}; an origin has none" if said.path else ""
