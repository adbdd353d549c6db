"""HeaderList: header names and values as they were on the wire; order, case and repeats kept.

https://fetch.spec.whatwg.org/#concept-header-list
"""

HeaderList = tuple[tuple[bytes, bytes], ...]


def get_all(headers: HeaderList, name: str) -> tuple[bytes, ...]:
    """Every value of `name` (any case), in wire order; empty when absent."""
    wanted = name.lower().encode("latin-1")
    size = len(wanted)  # most names differ by that: thousands of headers a second are looked at
    return tuple([value for key, value in headers if len(key) == size and key.lower() == wanted])


def get(headers: HeaderList, name: str) -> bytes | None:
    """The values of `name` joined by `, `; None when absent (absent is not empty).

    https://fetch.spec.whatwg.org/#concept-header-list-get
    """
    values = get_all(headers, name)
    if len(values) < 2:
        return values[0] if values else None
    return b", ".join(values)


def get_list(headers: HeaderList, name: str) -> tuple[str, ...]:
    """The members of `name`, a header that is a list, as latin-1 text; empty when absent.

    https://fetch.spec.whatwg.org/#concept-header-list-get-decode-split, for values without quotes
    """
    members = (get(headers, name) or b"").decode("latin-1").split(",")
    return tuple(stripped for member in members if (stripped := member.strip(" \t")))


def may_be_followed(request: HeaderList, redirect: HeaderList) -> bool:
    """Whether a browser may follow a redirect that a request was answered.

    In mode cors Access-Control-Allow-Origin has to name the request's Origin; where the request
    does not tell its mode, as on http, nobody knows.
    https://fetch.spec.whatwg.org/#concept-cors-check, without its steps on credentials.
    """
    if get(request, "Sec-Fetch-Mode") != b"cors":
        return True
    origin = get(request, "Origin")
    return origin is None or get(redirect, "Access-Control-Allow-Origin") in {b"*", origin}


REDIRECT_STATUSES = frozenset((301, 302, 303, 307, 308))
"""https://fetch.spec.whatwg.org/#redirect-status."""


def is_ok(status: int | None) -> bool:
    """Whether it is an ok status; no response has none.

    https://fetch.spec.whatwg.org/#ok-status
    """
    return status is not None and 200 <= status <= 299
