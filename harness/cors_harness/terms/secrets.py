"""redacted(): text without the passwords and tokens that stand in it."""

import re

HIDDEN = "***"

# The userinfo of a URL, whatever its scheme: DATABASE_URL=postgres://me:secret@db/shop.
# https://url.spec.whatwg.org/#include-credentials
_USERINFO = re.compile(r"(?<=://)[^\s/?#'\"<>]*@")
_CLEAR = r"SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|CREDENTIALS?"  # in whatever name
_ANY, _DASHED = r"\w{0,64}", r"[\w-]{0,64}"  # not more: else long words take long
# A word of its own: neither `bypass=1` nor `sorted(key=len)` gives anything away.
_NAME = (
    rf"(?:{_ANY}(?:{_CLEAR}){_ANY}|(?:{_ANY}_)?(?:PASS|PWD)(?:_{_ANY})?"
    rf"|\w{{1,64}}_KEY(?:_{_ANY})?|(?-i:KEY))"
)
# Only at the end: `--password-store=basic` and `--token-file NAME` say where, not what.
_OPTION = r"--(?:[\w-]{0,64}[-_])?(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|(?:API)?KEY)"
# `allow_credentials=True` and `credentials='include'` are settings of CORS.
_PLAIN = r"(?!['\"]?(?:true|false|none|null|include|omit|same-origin)(?:['\"\s,;)\]]|$))"
_VALUE = r"(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|(?:\\.|[^\s'\"\\])+)"

_QUOTED = re.compile(rf"(?<=(['\"]))({_NAME}=){_PLAIN}(?:(?!\1).)+(?=\1)", re.IGNORECASE)
_SETTING = re.compile(rf"\b({_NAME}=){_PLAIN}{_VALUE}", re.IGNORECASE)
_ARGUMENT = re.compile(
    rf"(?<![\w-])({_OPTION}=|--{_DASHED}CREDENTIALS?=|{_OPTION}\s+(?!-)){_VALUE}", re.IGNORECASE
)


# What curl and its like are told: `curl -u me:s3cret -b sid=abc`. Python's `-u` has no colon.
_USER = re.compile(
    r"(?<![\w-])((?:-[uU]|--(?:proxy-)?user[=\s]|--auth[=\s])\s*"
    r"(?:(['\"])[^:'\"]+:|[^\s:'\"/=-][^\s:'\"/]*:(?!//)))(?:(?(2)(?!\2).|[^\s'\"]))+"
)
_JAR = re.compile(
    r"(?<![\w-])((?:-b\s*|--cookie[=\s]\s*)(?:(['\"])[^='\"]+=|[\w.-]+=))"
    r"(?:(?(2)(?!\2).|[^\s'\"]))+"
)
# Whole names of headers, and of keys in JSON.
_HEADER_NAME = (
    r"(?:(?:Proxy-)?Authorization|API-?KEY|\w{1,64}-(?:KEY|TOKEN|SECRET)"
    rf"|X-{_DASHED}(?:AUTH|KEY|CSRF|XSRF|SESSION|{_CLEAR}){_DASHED})"
)
_KEY = (
    rf"(?:{_HEADER_NAME}|(?:Set-)?Cookie"
    rf"|(?!Access-Control-){_DASHED}(?:{_CLEAR}|CSRF|XSRF){_DASHED})"
)
_UNTIL = r"(?!(?:found|expected)\b)"  # what a message says of a key
# `-H 'X-Api-Key: abc'`, to the end of the quotes; `Authorization: Basic abc`.
_SCHEME = r"(?:(?:Bearer|Basic|Digest|Token|ApiKey|Negotiate)\s+)?+"
_NO_PLACE = r"(?![^\s'\"]*\{)"  # `{steps.0.json.token}` is no secret
_QUOTED_HEADER = re.compile(
    rf"(?<=(['\"]))({_HEADER_NAME}:\s*+{_SCHEME}){_UNTIL}{_NO_PLACE}(?:(?!\1).){{4,}}(?=\1)",
    re.IGNORECASE,
)
_HEADER = re.compile(
    rf"(?<![\w-])({_HEADER_NAME}:[ \t]*+{_SCHEME}){_UNTIL}{_NO_PLACE}[^\s'\",;]{{4,}}",
    re.IGNORECASE,
)
_COOKIES = re.compile(
    r"(?<![\w-])(?:(?:Set-)?Cookie:\s*|-{2}cookie[=\s]\s*)[^'\"\s][^'\"]*", re.IGNORECASE
)
_COOKIE = re.compile(
    r"((?:^|[:;\s])(?!(?:path|domain|expires|max-age|samesite)=)[^=;:\s]+=)[^;\s]{4,}",
    re.IGNORECASE,
)
# `{'token': 'abc'}`, and ASGI's `(b'cookie', b'sid=abc')`.
_PAIR = re.compile(
    rf"(?<=(['\"]))({_KEY}\1(?:\s*:\s*|,\s*(?=b['\"]))b?(['\"]))(?:\\.|(?!\3).)+(?=\3)",
    re.IGNORECASE,
)
_BEARER = re.compile(rf"\b(Bearer\s+){_NO_PLACE}(?=[^\s'\"]*[0-9])[\w.~+/=-]{{4,}}", re.IGNORECASE)

_PLACES = (
    (_USERINFO, f"{HIDDEN}@"),
    (_USER, rf"\1{HIDDEN}"),
    (_JAR, rf"\1{HIDDEN}"),
    (_QUOTED_HEADER, rf"\2{HIDDEN}"),
    (_PAIR, rf"\2{HIDDEN}"),
    (_HEADER, rf"\1{HIDDEN}"),
    (_BEARER, rf"\1{HIDDEN}"),
    (_QUOTED, rf"\2{HIDDEN}"),
    (_SETTING, rf"\1{HIDDEN}"),
    (_ARGUMENT, rf"\1{HIDDEN}"),
)


def redacted(text: str) -> str:
    """`text` with `***` for credentials, wherever a name or an option tells what they are.

    In URLs, in settings like `API_KEY=…`, in `--password …` and `-u me:…`, in headers, in JSON. Of
    several words in a command line each is to be given by itself, before they are quoted for a
    shell: of `'API_KEY=a b'` all behind the sign of equality is the value.
    """
    for secret, shown in _PLACES:
        text = secret.sub(shown, text)
    return _COOKIES.sub(lambda match: _COOKIE.sub(rf"\1{HIDDEN}", match[0]), text)
