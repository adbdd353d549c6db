"""request_of_curl(): the request that a curl command makes, with the keys of a HAR file.

Commands are as browsers copy them, or as documentation has them: https://curl.se/docs/manpage.html.
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from cors_harness.drafts.bodies import FORM_TYPE, JSON_TYPE
from cors_harness.drafts.json_samples import JsonObject
from cors_harness.drafts.shell_words import shell_words
from cors_harness.terms.page_requests import FORBIDDEN_METHODS, is_method
from cors_harness.terms.refused_value import RefusedValue

EXAMPLE = "curl https://api.example.org/orders -H 'Accept: application/json'"
_USERINFO = re.compile(r"^[^/?#]*://([^/?#]*)@")
WITHOUT_BODY = frozenset(("GET", "HEAD"))
_SHORT_OPTIONS = """
X request, H header, d data, b cookie, u user, A user-agent, e referer, G get, I head, F form,
T upload-file, K config, : next, k insecure, L location, s silent, S show-error, v verbose,
i include, g globoff, f fail, N no-buffer, 4 ipv4, 6 ipv6, # progress-bar, O remote-name, o output,
w write-out, m max-time, x proxy, E cert, c cookie-jar, D dump-header, 0 http1.0"""
_LONG_OF = {
    f"-{letter}": f"--{name}"
    for letter, name in (pair.split() for pair in _SHORT_OPTIONS.split(","))
}
# How curl connects, and what it does with the response: nothing that a page has a say in.
_NO_PAGE_HAS = frozenset(
    (
        *("--compressed", "--insecure", "--location", "--location-trusted", "--silent"),
        *("--show-error", "--verbose", "--include", "--show-headers", "--globoff", "--fail"),
        *("--fail-with-body", "--no-buffer", "--ipv4", "--ipv6", "--progress-bar", "--http1.0"),
        *("--no-progress-meter", "--remote-name", "--path-as-is", "--http1.1", "--http2"),
        *("--http3", "--basic", "--anyauth", "--tcp-nodelay"),
    )
)
_NO_PAGE_HAS_VALUED = frozenset(
    (
        *("--output", "--write-out", "--max-time", "--connect-timeout", "--retry", "--cacert"),
        *("--retry-delay", "--retry-max-time", "--proxy", "--cert", "--key", "--resolve"),
        *("--cookie-jar", "--dump-header", "--limit-rate", "--ciphers", "--max-redirs"),
    )
)
_REFUSED: Mapping[str, str] = {
    "--form": "a form in parts is not taken over: state its call by --call, its body by --data",
    "--form-string": "a form in parts is not taken over: state its call by --call, its body by "
    "--data",
    "--upload-file": "a file is not taken over: state the body by --data",
    "--config": "put the options of that file into the command",
    "--next": "one command makes one request: give each its own",
}


@dataclass(slots=True)
class _Command:
    """What the options of a command have said."""

    url: str | None = None
    method: str | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    data: str | None = None
    is_json: bool = False
    in_query: bool = False
    is_head: bool = False
    ignored: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurlRequest:
    """A request.

    Attributes:
        request: with the keys of a HAR file.
        ignored: options that no page has a say in.
    """

    request: JsonObject
    ignored: tuple[str, ...]


def request_of_curl(text: str) -> CurlRequest:
    """The request that the command makes.

    Raises:
        RefusedValue: it is no curl command, or makes a request that no page can make.
    """
    words = shell_words(text)
    if not words or words[0].rpartition("/")[2] not in {"curl", "curl.exe"}:
        found = f"the command {words[0][:40]!r}" if words else "nothing"
        raise RefusedValue(found, "a curl command", f"such as {EXAMPLE}")
    command = _Command()
    for option, value in _options(words[1:]):
        _take(command, option, value)
    return CurlRequest(request=_request(command), ignored=tuple(dict.fromkeys(command.ignored)))


def _options(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(option by its long name, value); what is no option is the URL."""
    left = iter(words)
    for word in left:
        if word == "--":
            yield from (("--url", each) for each in left)
        elif word.startswith("--"):
            yield word, _value(word, left) if _is_valued(word) else ""
        elif word.startswith("-") and len(word) > 1:
            yield from _cluster(word, left)
        else:
            yield "--url", word


def _cluster(word: str, left: Iterator[str]) -> Iterator[tuple[str, str]]:
    """The options of `-sXPOST`: a value stands behind its option, or is the next word."""
    for index, letter in enumerate(word[1:], start=2):
        option = _LONG_OF.get(f"-{letter}", f"-{letter}")
        if _is_valued(option):
            yield option, word[index:] or _value(option, left)
            return
        yield option, ""


def _is_valued(option: str) -> bool:
    return option in _TAKEN_VALUED or option in _NO_PAGE_HAS_VALUED


def _value(option: str, left: Iterator[str]) -> str:
    value = next(left, None)
    if value is None:
        raise RefusedValue(f"{option} at the end", "a value behind it", "copy the whole command")
    return value


def _take(command: _Command, option: str, value: str) -> None:
    if option in _NO_PAGE_HAS or option in _NO_PAGE_HAS_VALUED:
        command.ignored.append(option)
    elif option in _TAKEN_VALUED:
        _TAKEN_VALUED[option](command, value)
    elif option == "--get":
        command.in_query = True
    elif option == "--head":
        command.is_head = True
    else:
        hint = _REFUSED.get(option, "take it away, if the request is the same without")
        raise RefusedValue(f"the option {option[:40]!r}", "options that are known here", hint)


# One option each


def _url(command: _Command, value: str) -> None:
    if command.url is not None:
        raise RefusedValue("a second URL", "one", "give each its own command")
    for character in "[]{}":  # what curl would take for a pattern
        value = value.replace(f"\\{character}", character)
    command.url = value if "://" in value else f"http://{value}"


def _method(command: _Command, value: str) -> None:
    command.method = value


def _header(command: _Command, value: str) -> None:
    if value.startswith("@"):
        raise RefusedValue("headers in a file", "headers in the command", "-H 'Name: value'")
    name, colon, text = value.partition(":")
    if colon and text.strip():
        command.headers.append((name.strip(), text.strip()))
    elif not colon and value.endswith(";"):  # how curl writes a header without a value
        command.headers.append((value[:-1].strip(), ""))
    elif not colon:
        raise RefusedValue(f"the header {value[:40]!r}", "'Name: value'", "as in -H 'Accept: */*'")


def _data(command: _Command, value: str) -> None:
    if value.startswith("@"):
        hint = "put what is in the file into the command, or state the body by --data or --json"
        raise RefusedValue("a body in a file", "a body in the command", hint)
    _raw(command, value)


def _raw(command: _Command, value: str) -> None:
    joint = "" if command.is_json else "&"
    command.data = value if command.data is None else f"{command.data}{joint}{value}"


def _urlencoded(command: _Command, value: str) -> None:
    name, equals, content = value.partition("=")
    if "@" in name or (not equals and "@" in value):
        _data(command, "@")
    encoded = quote(content if equals else value, safe="", errors="replace")
    _raw(command, f"{name}={encoded}" if equals and name else encoded)


def _json(command: _Command, value: str) -> None:
    command.is_json = True
    _data(command, value)


def _cookie(command: _Command, value: str) -> None:
    command.headers.append(("Cookie", value))


def _user(command: _Command, value: str) -> None:
    encoded = base64.b64encode(value.encode(errors="replace")).decode()
    command.headers.append(("Authorization", f"Basic {encoded}"))


def _bearer(command: _Command, value: str) -> None:
    command.headers.append(("Authorization", f"Bearer {value}"))


def _user_agent(command: _Command, value: str) -> None:
    command.headers.append(("User-Agent", value))


def _referer(command: _Command, value: str) -> None:
    command.headers.append(("Referer", value))


_TAKEN_VALUED: Mapping[str, Callable[[_Command, str], None]] = {
    "--url": _url,
    "--request": _method,
    "--header": _header,
    "--json": _json,
    "--data": _data,
    "--data-ascii": _data,
    "--data-binary": _data,
    "--data-raw": _raw,
    "--data-urlencode": _urlencoded,
    "--cookie": _cookie,
    "--user": _user,
    "--oauth2-bearer": _bearer,
    "--user-agent": _user_agent,
    "--referer": _referer,
}


# The request


def _request(command: _Command) -> JsonObject:
    if command.url is None:
        raise RefusedValue("no URL", "a curl command with one", f"such as {EXAMPLE}")
    url, headers = _without_login(command.url, command.headers)
    data = command.data
    if data is not None and command.in_query:
        url, data = f"{url}{'&' if '?' in url else '?'}{data}", None
    method = _method_of(command, has_body=data is not None)
    names = {name.lower(): value for name, value in headers}
    by_default = JSON_TYPE if command.is_json else FORM_TYPE
    content_type = names.get("content-type", by_default)
    body = {"postData": {"text": data, "mimeType": content_type}} if data is not None else {}
    pairs = [{"name": name, "value": value} for name, value in headers]
    return {"method": method, "url": url, "headers": pairs, **body}


def _method_of(command: _Command, *, has_body: bool) -> str:
    by_default = "HEAD" if command.is_head else "POST" if has_body else "GET"
    method = command.method or by_default
    if not is_method(method):
        what = ", which no page can send" if method.upper() in FORBIDDEN_METHODS else ""
        raise RefusedValue(f"the method {method[:40]!r}{what}", "one such as PUT")
    if has_body and method.upper() in WITHOUT_BODY:
        hint = "fetch() refuses it before anything is sent"
        raise RefusedValue(f"a body for {method}", "none, or another method", hint)
    return method


def _without_login(
    url: str, headers: Sequence[tuple[str, str]]
) -> tuple[str, Sequence[tuple[str, str]]]:
    """The URL without user name and password, which curl sends as a header."""
    match = _USERINFO.search(url)
    if match is None:
        return url, headers
    login = _Command()
    _user(login, match[1])
    return url.replace(f"{match[1]}@", "", 1), (*headers, *login.headers)
