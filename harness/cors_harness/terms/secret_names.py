"""is_secret_name(): whether what has that name is a secret: a header, a parameter, a JSON key."""

import re

SECRET_NAME = re.compile(
    r"auth(?!or)|token(?!_?type)|secret|passw|passphrase|pwd|api[-_]?key|(?:^|[-_])key$|session"
    r"|csrf|xsrf|signature|(?:^|[-_])sig$|credential|jwt|cookie|otp|(?:^|[-_])pin$",
    re.IGNORECASE,
)
"""Stands in the names of secrets."""

_SHORT_LIVED = re.compile(r"(?:^|[-_])code$", re.IGNORECASE)  # of OAuth, in a query
# A list of names, a challenge, a number that only makes a request the same one: no secrets.
_NOT_SECRET = re.compile(
    r"access-control-|sec-|(?:www|proxy)-authenticate$|authentication-info$|clear-site-data$"
    r"|(?:idempotency|cache|surrogate|sort)[-_]key$",
    re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """Whether the value of a header or of a key in JSON is kept from view."""
    return SECRET_NAME.search(name) is not None and _NOT_SECRET.match(name) is None


def is_secret_parameter(name: str) -> bool:
    """The same of a parameter of a URL, or of a field of a form."""
    return is_secret_name(name) or _SHORT_LIVED.search(name) is not None
