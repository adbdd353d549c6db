"""redacted(): text without the passwords and tokens that stand in it."""

import re

HIDDEN = "***"

# The userinfo of a URL, whatever its scheme: DATABASE_URL=postgres://me:secret@db/shop.
# https://url.spec.whatwg.org/#include-credentials
_USERINFO = re.compile(r"(?<=://)[^\s/?#'\"<>]*@")
_SETTING = re.compile(
    r"\b(\w*(?:SECRET|TOKEN|PASSWORD|PASSWD|API_?KEY|CREDENTIALS?)\w*=)(?:\"[^\"]*\"|[^\s'\"]+)"
)


def redacted(text: str) -> str:
    """`text` with `***` for credentials in URLs, and for values of settings like `API_KEY=…`."""
    return _SETTING.sub(rf"\1{HIDDEN}", _USERINFO.sub(f"{HIDDEN}@", text))
