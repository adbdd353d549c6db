"""Exchanges: what stays of those of a cell so that two runs can be compared by it.

Of a response's headers those stay that a browser decides by:

* `Access-Control-*`, `Vary`, `Location`, `Cross-Origin-Resource-Policy`: CORS check, preflight,
  redirects, what a shared response may be given out for, what no-cors may load.
* `Timing-Allow-Origin`: what the page may learn of the response's timing.
* `Cache-Control`: whether a later step is answered without a request.
* `Set-Cookie`: whether a later request of the cell carries credentials. It stays only where there
  is one: cells share a browser, and whether an app sets a session cookie hangs on whether another
  cell was first to get one. The cookie's value and its Expires are another in every run; name and
  attributes stay.

Of the URL in `Location`, and of a request that follows a redirect, the names of the query stay and
the values do not: a `state`, a `nonce` or a token is another in every run, or secret.

Of a request stay method, target, `Access-Control-Request-*`, an Origin that is not the page's, and
whether it carried credentials. Cells share a browser: cookies of other cells come along, and which
do is another in every run. So only a cookie counts that a response of the same cell has set.

A browser that gets no response may send the request again, once or more, as it likes: of those, the
last one stays.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any

from cors_harness.changes.scrub import Scrub
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import ExchangeFacts, Pairs, is_answer, is_ask
from cors_harness.terms.statuses import REDIRECT_STATUSES

Json = dict[str, Any]

_EXPIRES = re.compile(r"(;\s*expires=)[^;]*", re.IGNORECASE)
_VALUE = re.compile(r"=[^&#]*")


def exchange_facts(
    exchanges: Sequence[Json], page: str, scrub: Scrub
) -> Iterator[tuple[int, ExchangeFacts]]:
    """(step, facts) of a cell's exchanges; `page` is the origin that they come from."""
    jar: set[str] = set()
    redirected: set[int] = set()  # steps that a redirect was followed in
    for each, following in zip_longest(exchanges, exchanges[1:]):
        if following is not None and _is_retried(each, following):
            continue
        target = scrub(each["target"])
        yield (
            each["step"],
            ExchangeFacts(
                kind=ExchangeKind(each["kind"]),
                at=each["at"],
                method=each["method"],
                target=_without_values(target) if each["step"] in redirected else target,
                asks=_asks(each["request_headers"], page, scrub),
                credentialed=_credentialed(each["request_headers"], jar),
                status=each["status"],
                answers=_answers(each["response_headers"], scrub, is_last=following is None),
            ),
        )
        if each["status"] in REDIRECT_STATUSES:
            redirected.add(each["step"])
        jar.update(_cookies_set(each["response_headers"]))


def _is_retried(each: Json, following: Json) -> bool:
    """Whether the browser, left without a response, sent the same again."""
    same = all(each[key] == following[key] for key in ("step", "kind", "at", "method", "target"))
    return each["status"] is None and same


def _asks(headers: Iterable[Sequence[str]], page: str, scrub: Scrub) -> Pairs:
    lower = ((name.lower(), value) for name, value in headers)
    kept = (
        (name, scrub(value))
        for name, value in lower
        if is_ask(name) and (name != "origin" or value != page)
    )
    return tuple(sorted(kept, key=lambda pair: pair[0]))


def _answers(headers: Iterable[Sequence[str]], scrub: Scrub, *, is_last: bool) -> Pairs:
    lower = ((name.lower(), value) for name, value in headers)
    kept = (
        (name, _steady(name, value, scrub))
        for name, value in lower
        if is_answer(name) and not (is_last and name == "set-cookie")
    )
    return tuple(sorted(kept, key=lambda pair: pair[0]))


def _steady(name: str, value: str, scrub: Scrub) -> str:
    match name:
        case "location":
            return _without_values(scrub(value))
        case "set-cookie":
            cookie, semicolon, attributes = value.partition(";")
            start = f"{cookie.partition('=')[0]}=…"
            return scrub(start + _EXPIRES.sub(r"\1…", semicolon + attributes))
        case _:
            return scrub(value)


def _without_values(url: str) -> str:
    """`/login?state=…&next=…`; so for a fragment."""
    path_end = min((at for each in "?#" if (at := url.find(each)) >= 0), default=len(url))
    return url[:path_end] + _VALUE.sub("=…", url[path_end:])


def _cookies_set(headers: Iterable[Sequence[str]]) -> Iterator[str]:
    for name, value in headers:
        if name.lower() == "set-cookie":
            yield value.partition(";")[0].strip()


def _credentialed(headers: Iterable[Sequence[str]], jar: set[str]) -> bool:
    lower = [(name.lower(), value) for name, value in headers]
    sent = {each.strip() for name, value in lower if name == "cookie" for each in value.split(";")}
    return any(name == "authorization" for name, _ in lower) or not jar.isdisjoint(sent)
