"""Curl commands, as browsers copy them and as people write them: the request of a page."""

from collections.abc import Mapping
from typing import Any

import pytest

from cors_harness.drafts.curl import request_of_curl
from cors_harness.drafts.recorded_request import RecordedRequest, recorded_request
from cors_harness.drafts.shell_words import shell_words
from cors_harness.terms.refused_value import RefusedValue

CHROMIUM = r"""curl 'https://api.example.org/orders/7?tag\[\]=a' \
  -X 'PUT' \
  -H 'accept: */*' \
  -H 'accept-language: en-US,en;q=0.9' \
  -H 'authorization: Bearer s3cret' \
  -H 'content-type: application/json' \
  -b 'session=s3cret' \
  -H 'origin: https://app.example.com' \
  -H 'priority: u=1, i' \
  -H 'referer: https://app.example.com/' \
  -H 'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24"' \
  -H 'sec-ch-ua-mobile: ?0' \
  -H 'sec-fetch-mode: cors' \
  -H 'user-agent: Mozilla/5.0 (X11; Linux x86_64)' \
  -H 'x-request-kind: change' \
  --data-raw $'{"note":"it\'s late\u0021","n":1}'"""
FIREFOX = r"""curl 'https://api.example.org/orders/7?tag\[\]=a' \
  -X PUT \
  -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' \
  -H 'Accept: */*' \
  -H 'Accept-Language: en-US,en;q=0.5' \
  -H 'Accept-Encoding: gzip, deflate, br, zstd' \
  -H 'Authorization: Bearer s3cret' \
  -H 'Content-Type: application/json' \
  -H 'Origin: https://app.example.com' \
  -H 'Connection: keep-alive' \
  -H 'Referer: https://app.example.com/' \
  -H 'Cookie: session=s3cret' \
  -H 'Sec-Fetch-Mode: cors' \
  -H 'TE: trailers' \
  -H 'x-request-kind: change' \
  --data-raw $'{"note":"it\'s late!","n":1}'"""
SAFARI = r"""curl 'https://api.example.org/orders/7?tag%5B%5D=a' \
-X 'PUT' \
-H 'Content-Type: application/json' \
-H 'Accept: */*' \
-H 'Authorization: Bearer s3cret' \
-H 'Sec-Fetch-Site: cross-site' \
-H 'Accept-Language: en-GB,en;q=0.9' \
-H 'Accept-Encoding: gzip, deflate, br' \
-H 'Sec-Fetch-Mode: cors' \
-H 'Origin: https://app.example.com' \
-H 'User-Agent: Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15' \
-H 'Referer: https://app.example.com/' \
-H 'Content-Length: 28' \
-H 'Connection: keep-alive' \
-H 'Cookie: session=s3cret' \
-H 'Priority: u=3, i' \
-H 'x-request-kind: change' \
--data-binary $'{"note":"it\'s late!","n":1}'"""
COPIED = {"Chromium": CHROMIUM, "Firefox": FIREFOX, "Safari": SAFARI}


def recorded(command: str) -> RecordedRequest:
    return recorded_request(request_of_curl(command).request)


def request(command: str) -> Mapping[str, Any]:
    return request_of_curl(command).request


@pytest.mark.parametrize("command", COPIED.values(), ids=COPIED)
def test_command_that_a_browser_copies_is_the_call_of_its_page(command: str) -> None:
    found = recorded(command)
    operation = found.operation
    assert (operation.method, operation.path) == ("PUT", "/orders/7?tag%5B%5D=a")
    assert operation.body == '{"note": "it\'s late!", "n": 1}'
    assert operation.sent_headers == {
        "x-request-kind": "change",
        "Content-Type": "application/json",
    }
    assert operation.authorized
    assert (str(found.server), found.page) == (
        "https://api.example.org",
        "https://app.example.com",
    )
    assert found.credentials
    assert "s3cret" not in repr(found)


@pytest.mark.parametrize(("written", "sent"), [("patch", "patch"), ("put", "PUT")])
def test_method_is_the_one_that_a_page_sends(written: str, sent: str) -> None:
    """fetch() makes PUT of `put` and leaves `patch`, which no server that has PATCH answers."""
    assert recorded(f"curl -X {written} https://a.example/").operation.method == sent


def test_origin_goes_before_referer() -> None:
    options = "-H 'Referer: https://b.example/' -H 'Origin: https://app.example.com'"
    assert recorded(f"curl https://a.example/ {options}").page == "https://app.example.com"


def test_referer_that_is_no_url_says_nothing() -> None:
    found = recorded("curl https://a.example/ -H 'Referer: about:blank'")
    assert (found.page, found.remarks) == ("", ())


@pytest.mark.parametrize("command", COPIED.values(), ids=COPIED)
def test_what_pages_cannot_set_is_left_out_by_name(command: str) -> None:
    found = recorded(command)
    named = {name.lower() for name in found.left_out}
    assert {"accept", "accept-language", "referer", "sec-fetch-mode", "user-agent"} <= named
    assert named.isdisjoint({"origin", "cookie", "authorization", "content-type"})
    assert [line.partition(":")[0] for line in found.remarks] == [
        "Origin",
        "Cookie",
        "stand-ins are in place of what may be secret",
    ]


# id -> (command, words)
WORDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "spaces": ("  curl   a\n", ("curl", "a")),
    "single quotes": (r"'a \n\" b'", (r"a \n\" b",)),
    "double quotes": (r'"a \"b\" \\ \n"', (r'a "b" \ \n',)),
    "quotes inside of a word": ("a'b c'd", ("ab cd",)),
    "an apostrophe in single quotes": (r"'it'\''s'", ("it's",)),
    "a line that goes on": ("a \\\n b\\\nc", ("a", "bc")),
    "a line that goes on, of Windows": ("a \\\r\n  b", ("a", "b")),
    "ANSI-C quotes": (r"$'\'\n\x41\u00e9\101'", ("'\nA\u00e9A",)),
    "bytes of UTF-8": (r"$'\xc3\xa9'", ("\u00e9",)),
    "a pair of UTF-16": (r"$'\ud83d\ude00 \\ud83d'", ("\U0001f600 \\ud83d",)),
    "half of a pair": (r"$'a\ud83db'", ("a\ufffd\ufffd\ufffdb",)),
    "bytes that are no UTF-8": (r"$'\xe9'", ("\ufffd",)),
    "an empty word": ("''", ("",)),
    "a dollar that is nothing": ("'$a' b$", ("$a", "b$")),
}


@pytest.mark.parametrize(("text", "words"), WORDS.values(), ids=WORDS)
def test_words_are_those_of_bash(text: str, words: tuple[str, ...]) -> None:
    assert shell_words(text) == words


FORM = "application/x-www-form-urlencoded"
# id -> (command, part of the request)
TAKEN: dict[str, tuple[str, dict[str, Any]]] = {
    "a GET": ("curl https://a.example/b", {"method": "GET", "url": "https://a.example/b"}),
    "a URL without scheme": ("curl localhost:8000/b", {"url": "http://localhost:8000/b"}),
    "a URL by an option": ("curl --url https://a.example/", {"url": "https://a.example/"}),
    "a form": (
        "curl https://a.example -d a=1 -d b=2",
        {"method": "POST", "postData": {"text": "a=1&b=2", "mimeType": FORM}},
    ),
    "JSON": (
        """curl --json '{"a": 1}' https://a.example""",
        {"method": "POST", "postData": {"text": '{"a": 1}', "mimeType": "application/json"}},
    ),
    "data in the query": (
        "curl -G https://a.example/b?c=1 -d d=2",
        {"method": "GET", "url": "https://a.example/b?c=1&d=2"},
    ),
    "encoded data": (
        "curl https://a.example --data-urlencode 'a=b c' --data-urlencode '=d&'",
        {"postData": {"text": "a=b%20c&d%26", "mimeType": FORM}},
    ),
    "HEAD": ("curl -sSI https://a.example", {"method": "HEAD"}),
    "options in one word": ("curl -kXDELETE https://a.example", {"method": "DELETE"}),
    "a user": (
        "curl -u ann:s3 https://a.example",
        {"headers": [{"name": "Authorization", "value": "Basic YW5uOnMz"}]},
    ),
    "bytes that are no text": (
        "curl -u \udcff:b https://a.example --data-urlencode a=\udcff",
        {
            "headers": [{"name": "Authorization", "value": "Basic Pzpi"}],
            "postData": {"text": "a=%3F", "mimeType": FORM},
        },
    ),
    "a user in the URL": (
        "curl https://ann:s3@a.example/b",
        {
            "url": "https://a.example/b",
            "headers": [{"name": "Authorization", "value": "Basic YW5uOnMz"}],
        },
    ),
    "an empty header": (
        "curl https://a.example -H 'X-A;' -H 'Accept:'",
        {"headers": [{"name": "X-A", "value": ""}]},
    ),
}


@pytest.mark.parametrize(("command", "part"), TAKEN.values(), ids=TAKEN)
def test_options_make_the_request(command: str, part: dict[str, Any]) -> None:
    assert part.items() <= request(command).items()


def test_options_that_no_page_has_are_ignored_and_named() -> None:
    found = request_of_curl("curl --compressed -k -L -o file --max-time 3 -k https://a.example")
    assert found.ignored == ("--compressed", "--insecure", "--location", "--output", "--max-time")


# id -> (command, found, expected)
REFUSED: dict[str, tuple[str, str, str]] = {
    "nothing": (" ", "nothing", "a curl command"),
    "another program": ("wget https://a.example", "the command 'wget'", "a curl command"),
    "a quote that is open": (
        "curl \\\n  'https://a.example",
        "the quote ' in line 2, column 3, which is never closed",
        "a quote at its end",
    ),
    "an end of a line": ("curl a \\", "a backslash at the end, in line 1", "a whole command"),
    "quotes of Windows": (
        'curl ^"https://a.example^"',
        'quotes of the Windows command line: ^"',
        "quotes of bash",
    ),
    "a pipe": (
        "curl https://a.example | jq .",
        "'|', which a shell would do something with",
        "one curl command with all values in it",
    ),
    "a variable": (
        'curl https://a.example -H "Authorization: Bearer $TOKEN"',
        "'$T', which a shell would do something with",
        "one curl command with all values in it",
    ),
    "no URL": ("curl -X PUT", "no URL", "a curl command with one"),
    "two URLs": ("curl https://a.example https://b.example", "a second URL", "one"),
    "no host": (
        "curl /orders",
        "the URL 'http:///orders'",
        "http:// or https:// and a host, such as https://api.example.org/orders",
    ),
    "another scheme": (
        "curl ftp://a.example/?key=s3cret",
        "the URL 'ftp://a.example/'",
        "http:// or https:// and a host, such as https://api.example.org/orders",
    ),
    "TRACE": (
        "curl -X TRACE https://a.example",
        "the method 'TRACE', which no page can send",
        "one such as PUT",
    ),
    "a body for GET": (
        "curl -X GET -d a=1 https://a.example",
        "a body for GET",
        "none, or another method",
    ),
    "an option of another time": (
        "curl --frobnicate https://a.example",
        "the option '--frobnicate'",
        "options that are known here",
    ),
    "a form in parts": (
        "curl -F a=b https://a.example",
        "the option '--form'",
        "options that are known here",
    ),
    "an option without value": ("curl a -H", "--header at the end", "a value behind it"),
    "a body in a file": (
        "curl a -d @file",
        "a body in a file",
        "a body in the command",
    ),
    "no header": ("curl a -H accept", "the header 'accept'", "'Name: value'"),
}


@pytest.mark.parametrize(("command", "found", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_request_of_a_page_is_refused(
    command: str, found: str, expected: str
) -> None:
    with pytest.raises(RefusedValue) as caught:
        recorded(command)
    assert (caught.value.found, caught.value.expected) == (found, expected)


# id -> (options, page, how the remark begins)
PAGES: dict[str, tuple[str, str, str]] = {
    "another origin": (
        "-H 'Origin: http://localhost:3000'",
        "http://localhost:3000",
        "Origin: the page is on http://localhost:3000",
    ),
    "a sandboxed frame": ("-H 'Origin: null'", "sandboxed-frame", "Origin: null is what"),
    "the server's own": (
        "-H 'Origin: https://a.example'",
        "",
        "Origin: https://a.example is the server's own",
    ),
    "that of a request which a preflight kept back": (
        "-H 'Referer: https://app.example.com/a?b=s3cret'",
        "https://app.example.com",
        "Referer: the page is on https://app.example.com",
    ),
    "a Referer of the server's own": (
        "-e https://a.example/b",
        "",
        "Referer: https://a.example is the server's own",
    ),
    "none of http": ("-H 'Origin: file://'", "", "Origin: file:// is left out"),
}


@pytest.mark.parametrize(("options", "page", "remark"), PAGES.values(), ids=PAGES)
def test_origin_of_the_request_says_where_the_page_is(options: str, page: str, remark: str) -> None:
    found = recorded(f"curl https://a.example/ {options}")
    assert found.page == page
    assert [line[: len(remark)] for line in found.remarks] == [remark]


# id -> (options, body, remark)
BODIES: dict[str, tuple[str, str | None, tuple[str, ...]]] = {
    "a form": ("-d 'a=1'", "a=1", ()),
    "a form with a password": (
        "-d 'password=s3cret'",
        "password=token",
        ("stand-ins are in place of what may be secret: the body",),
    ),
    "JSON that is said to be a form": ("""-d '{"a": "b=c"}'""", '{"a": "b=c"}', ()),
    "text": (
        "-H 'Content-Type: text/plain' -d 'gr\u00fc\u00dfe {}'",
        "gr??e ??",
        ("? is in the body for braces, and for what is not ASCII",),
    ),
    "no JSON": (
        "-H 'Content-Type: application/json' -d '{a}'",
        "{}",
        ("the body is {}: what was sent is too long, or no JSON though it says so",),
    ),
    "long text": (
        f"-H 'Content-Type: text/plain' -d '{'a ' * 2000}'",
        "a " * 1000,
        ("the body is cut after 2000 characters",),
    ),
    "parts": (
        "-H 'Content-Type: multipart/form-data; boundary=x' -d '--x'",
        None,
        ("the body is left out: it is in parts, with files perhaps",),
    ),
}


@pytest.mark.parametrize(("options", "body", "remarks"), BODIES.values(), ids=BODIES)
def test_body_that_is_not_taken_over_whole_is_told(
    options: str, body: str | None, remarks: tuple[str, ...]
) -> None:
    found = recorded(f"curl https://a.example/ {options}")
    assert (found.operation.body, found.remarks) == (body, remarks)
