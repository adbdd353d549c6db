"""told_https(): a request as a proxy passes it on that ends TLS and says so to the server."""

import re

# https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-Proto
PROTO, HOST, FOR = b"X-Forwarded-Proto", b"X-Forwarded-Host", b"X-Forwarded-For"
BROWSER = b"127.0.0.1"  # the address of every browser, as the gate sees it

# A field line of these names, with the lines that are folded onto it. WSGI and PHP make `_` and `-`
# one, so a client must not get in by `X_Forwarded_Proto` either.
_FROM_CLIENT = re.compile(
    rb"(?im)^x[-_]forwarded[-_](?:proto|host|for)[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*"
)
_HOST = re.compile(rb"(?im)^host[ \t]*:([^\r\n]*)")
_LAST_LINE = re.compile(rb"\r?\n\Z")


def told_https(head: bytes) -> bytes:
    """`head` of a request by HTTP/1.1, with the headers of a proxy that is set up well.

    They say the scheme that the browser called (https), the host that it named, port included, and
    its address, and they stand in place of what the client itself sent by these names. Nothing else
    changes. Without a Host header nothing is said of the host.

    Args:
        head: start line, headers and the empty line behind them.
    """
    start, line_end, fields = head.partition(b"\n")
    if not line_end:
        return head
    kept = _FROM_CLIENT.sub(b"", fields)
    host = _HOST.search(kept)
    pairs = [(PROTO, b"https"), (HOST, host[1].strip() if host else b""), (FOR, BROWSER)]
    added = b"".join(b"%b: %b\r\n" % pair for pair in pairs if pair[1])
    empty = _LAST_LINE.search(kept)
    at = empty.start() if empty else len(kept)
    return b"%b\n%b%b%b" % (start, kept[:at], added, kept[at:])
