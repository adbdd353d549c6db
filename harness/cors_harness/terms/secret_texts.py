"""Secrets where they stand: in headers, URLs, forms and JSON, each put through a function.

Only values are: names, attributes of cookies, schemes and what else is to be read stays.
"""

import base64
import binascii
import re
from collections.abc import Callable
from urllib.parse import unquote, unquote_plus

from cors_harness.terms.fingerprints import FINGERPRINT
from cors_harness.terms.secret_names import SECRET_NAME, is_secret_name, is_secret_parameter

Hide = Callable[[str], str]  # what stands for a value

_SCHEME = re.compile(r"([A-Za-z][\w-]*\s+)(\S.*)", re.DOTALL)
_JWT = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*")  # https://www.rfc-editor.org/rfc/rfc7519
_PARAMETER = re.compile(r"([?&;#]|^)([\w.~%+\[\]-]{1,100})=([^&#;\s\"'<>]+)")
_USERINFO = re.compile(r"(?<=://)([^\s/?#'\"<>:]*:)([^\s/?#'\"<>]+)(?=@)")
_JSON = re.compile(
    r'"(?P<text>(?:[^"\\]|\\.)*)(?:"|\Z)|(?P<sign>[{}\[\],])|(?P<number>-?[0-9][0-9.eE+-]*)'
)
_MAY_HAVE_SECRETS = re.compile(rf'{SECRET_NAME.pattern}|(?:key|sig|pin)"', re.IGNORECASE)
_IS_KEY = re.compile(r"\s*:")
_PART = re.compile(r"(\bname=\"?([^\";\r\n]+)\"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)([^\r\n]+)")
_ELEMENT = re.compile(r"<(?:input|meta|button)\b[^>]*", re.IGNORECASE)
_NAME = re.compile(r"""\b(?:name|type|id)\s*=\s*["']?([\w\[\].-]+)""", re.IGNORECASE)
_VALUE = re.compile(r"""(\b(?:value|content)\s*=\s*(["']))(.+?)(?=\2)""", re.IGNORECASE)


def hide_in_header(name: str, value: str, hide: Hide) -> str:
    """The value of the header `name` with its secrets hidden."""
    match name.lower():
        case "cookie":
            return ";".join(_pair(pair, hide) for pair in value.split(";"))
        case "set-cookie":
            pair, semicolon, attributes = value.partition(";")
            return f"{_pair(pair, hide)}{semicolon}{attributes}"
        case "authorization" | "proxy-authorization":
            return _credentials(value, hide)
        case lower if is_secret_name(lower):
            return hide(value)
        case _:
            return hide_in_url(value, hide)


def _pair(pair: str, hide: Hide) -> str:
    """A cookie; one without a name has a value all the same."""
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    text = value.strip()
    return f"{name}{equals}{value.replace(text, hide(text), 1)}" if text else pair


def _credentials(value: str, hide: Hide) -> str:
    """https://httpwg.org/specs/rfc9110.html#auth.client.proxy ."""
    match = _SCHEME.fullmatch(value.strip())
    if match is None:
        return hide(value)
    if match[1].strip().lower() == "basic":
        hide(_password(match[2]))  # so that it is known wherever it stands by itself
    return match[1] + hide(match[2])


def _password(credentials: str) -> str:
    """https://www.rfc-editor.org/rfc/rfc7617#section-2 ; empty where there is none."""
    try:
        text = base64.b64decode(credentials, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
    return text.partition(":")[2]


def hide_in_url(text: str, hide: Hide) -> str:
    """`text` with the secrets of all URLs, queries and forms in it hidden."""
    if "=" in text:
        text = _PARAMETER.sub(lambda match: _parameter(match, hide), text)
    if "@" in text:
        text = _USERINFO.sub(lambda match: match[1] + hide(unquote(match[2])), text)
    return _JWT.sub(lambda match: hide(match[0]), text) if "eyJ" in text else text


def without_secrets(url: str) -> str:
    """A URL as it is in every run, and on every machine: with `…` for secrets and fingerprints."""
    return FINGERPRINT.sub("…", hide_in_url(url, lambda _: "…"))


def _parameter(match: re.Match[str], hide: Hide) -> str:
    before, name, value = match.groups()
    if not is_secret_parameter(unquote(name)) or value.startswith("{"):
        return match[0]
    return f"{before}{name}={hide(unquote_plus(value))}"


def hide_in_body(text: str, hide: Hide) -> str:
    """`text` with the secrets of JSON, forms and elements of a form hidden; it may be cut."""
    if '"' in text and _MAY_HAVE_SECRETS.search(text):
        text = _hide_in_json(text, hide)
        text = _PART.sub(lambda match: _part(match, hide), text)
    if "<" in text:
        text = _ELEMENT.sub(lambda match: _element(match, hide), text)
    return hide_in_url(text, hide)


def _part(match: re.Match[str], hide: Hide) -> str:
    """A field of a multipart body. https://www.rfc-editor.org/rfc/rfc7578#section-4.2 ."""
    return match[1] + (hide(match[3]) if is_secret_parameter(match[2]) else match[3])


def _element(match: re.Match[str], hide: Hide) -> str:
    if not any(map(is_secret_name, _NAME.findall(match[0]))):
        return match[0]
    return _VALUE.sub(lambda value: value[1] + hide(value[3]), match[0])


def _hide_in_json(text: str, hide: Hide) -> str:
    """Token by token, so that a body that is cut, or has JSON in it, is read as far as it goes."""
    pieces: list[str] = []
    around: list[bool] = []  # whether each object and list that is open belongs to a secret
    is_secret, end = False, 0
    for match in _JSON.finditer(text):
        match match.lastgroup:
            case "sign" if match[0] in "{[":
                around.append(is_secret)
            case "sign" if match[0] in "}]":
                around = around[:-1]
                is_secret = bool(around) and around[-1]
            case "sign":
                is_secret = bool(around) and around[-1]
            case "text" if _IS_KEY.match(text, match.end()):
                is_secret = is_secret_name(match["text"]) or (bool(around) and around[-1])
            case _ if is_secret:
                pieces += [text[end : match.start()], f'"{hide(_scalar(match))}"']
                end = match.end()
            case _:
                pass
    return "".join((*pieces, text[end:]))


def _scalar(match: re.Match[str]) -> str:
    """What a string or a number says."""
    if match["number"]:
        return match["number"]
    return re.sub(r"\\u([0-9a-fA-F]{4})|\\(.)", _unescaped, match["text"], flags=re.DOTALL)


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}.get(match[2], match[2])
