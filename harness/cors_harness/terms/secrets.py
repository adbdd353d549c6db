"""redacted(): text without the passwords and tokens that stand in it."""

import re

HIDDEN = "***"

# The userinfo of a URL, whatever its scheme: DATABASE_URL=postgres://me:secret@db/shop.
# https://url.spec.whatwg.org/#include-credentials
_USERINFO = re.compile(r"(?<=://)[^\s/?#'\"<>]*@")
_CLEAR = r"SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|CREDENTIALS?"  # in whatever name
# A word of its own: neither `bypass=1` nor `sorted(key=len)` gives anything away.
_NAME = rf"(?:\w*(?:{_CLEAR})\w*|(?:\w*_)?(?:PASS|PWD)(?:_\w*)?|\w+_KEY(?:_\w*)?|(?-i:KEY))"
# Only at the end: `--password-store=basic` and `--token-file NAME` say where, not what.
_OPTION = r"--(?:[\w-]*[-_])?(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|(?:API)?KEY)"
# `allow_credentials=True` and `credentials='include'` are settings of CORS.
_PLAIN = r"(?!['\"]?(?:true|false|none|null|include|omit|same-origin)(?:['\"\s,;)\]]|$))"
_VALUE = r"(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|(?:\\.|[^\s'\"\\])+)"

_QUOTED = re.compile(rf"(?<=(['\"]))({_NAME}=){_PLAIN}(?:(?!\1).)+(?=\1)", re.IGNORECASE)
_SETTING = re.compile(rf"\b({_NAME}=){_PLAIN}{_VALUE}", re.IGNORECASE)
_ARGUMENT = re.compile(
    rf"(?<![\w-])({_OPTION}=|--[\w-]*CREDENTIALS?=|{_OPTION}\s+(?!-)){_VALUE}", re.IGNORECASE
)


def redacted(text: str) -> str:
    """`text` with `***` for credentials in URLs, in settings like `API_KEY=…`, in `--password …`.

    Of several words in a command line each is to be given by itself, before they are quoted for a
    shell: of `'API_KEY=a b'` all behind the sign of equality is the value.
    """
    for secret, shown in (
        (_USERINFO, f"{HIDDEN}@"),
        (_QUOTED, rf"\2{HIDDEN}"),
        (_SETTING, rf"\1{HIDDEN}"),
        (_ARGUMENT, rf"\1{HIDDEN}"),
    ):
        text = secret.sub(shown, text)
    return text
