"""shell_words(): the words of one command, as bash reads them.

shlex lacks what browsers write into commands that are copied: `$'…'`, and a backslash at the end of
a line. https://www.gnu.org/software/bash/manual/html_node/Quoting.html
"""

import re

from cors_harness.terms.refused_value import RefusedValue

FROM_BASH = 'browsers offer "Copy as cURL (bash)", which is meant here'
_PIECE = re.compile(
    r"""
      (?P<nothing>\\\r?\n)
    | (?P<space>\s+)
    | \$'(?P<ansi>(?:[^'\\]|\\.)*)'
    | '(?P<single>[^']*)'
    | \$?"(?P<double>(?:[^"\\]|\\.)*)"
    | \\(?P<escaped>.)
    | (?P<plain>(?:[^\s'"\\$]|\$(?!['"]))+)
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_DOUBLE = re.compile(r"\\(?:(\r?\n)|([$`\"\\]))")
_ANSI = re.compile(
    r"\\(?:x(?P<byte>[0-9A-Fa-f]{1,2})|(?P<octal>[0-7]{1,3})"
    r"|u(?P<high>[Dd][89ABab][0-9A-Fa-f]{2})\\u(?P<low>[Dd][C-Fc-f][0-9A-Fa-f]{2})"
    r"|u(?P<short>[0-9A-Fa-f]{1,4})|U(?P<long>[0-9A-Fa-f]{1,8})|(?P<letter>.))",
    re.DOTALL,
)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_LETTERS |= {"e": "\x1b", "E": "\x1b"}
# What a shell would do something with, outside of quotes, and in double quotes.
_OPERATOR = re.compile(r"[|;<>()&]|`|\$\(")
_SUBSTITUTION = re.compile(r"(?<!\\)(?:`|\$\()")
_VARIABLE = re.compile(r"(?<!\\)\$\{?[A-Za-z_]")


def shell_words(text: str) -> tuple[str, ...]:
    """The words.

    Raises:
        RefusedValue: a quote is not closed, it is of another shell, or a shell would have to run
            or fill in something; nothing of the text is shown but that.
    """
    if re.search(r'\^"|\^\r?\n', text):
        raise RefusedValue('quotes of the Windows command line: ^"', "quotes of bash", FROM_BASH)
    words: list[str] = []
    is_open, at = False, 0  # whether the last word goes on
    while at < len(text):
        match = _PIECE.match(text, at)
        if match is None:
            raise _unclosed(text, at)
        at = match.end()
        if match["nothing"] is not None:
            continue
        if match["space"] is not None:
            is_open = False
            continue
        piece = _piece(match)
        if is_open:
            words[-1] += piece
        else:
            words.append(piece)
        is_open = True
    return tuple(words)


def _piece(match: re.Match[str]) -> str:
    """What a quoted or plain part of a word stands for."""
    match match.lastgroup:
        case "ansi":
            return _ansi(match["ansi"])
        case "double":
            _check(_SUBSTITUTION, match["double"])
            _check(_VARIABLE, match["double"])
            return _IN_DOUBLE.sub(lambda one: one[2] or "", match["double"])
        case "plain":
            _check(_OPERATOR, match["plain"])
            _check(_VARIABLE, match["plain"])
            return match["plain"]
        case _:
            return match[match.lastgroup or 0]


def _check(refused: re.Pattern[str], text: str) -> None:
    if match := refused.search(text):
        raise RefusedValue(
            f"{match[0][:2]!r}, which a shell would do something with",
            "one curl command with all values in it",
            "put what it stands for in single quotes",
        )


def _ansi(text: str) -> str:
    """The text of `$'…'`, in which numbers up to 255 are bytes of UTF-8."""
    pieces: list[bytes] = []
    at = 0
    for match in _ANSI.finditer(text):
        pieces += [_bytes(text[at : match.start()]), _escape(match)]
        at = match.end()
    return b"".join((*pieces, _bytes(text[at:]))).decode("utf-8", errors="replace")


def _escape(match: re.Match[str]) -> bytes:
    if match["byte"] or match["octal"]:
        number = int(match["byte"], 16) if match["byte"] else int(match["octal"], 8)
        return bytes([number & 0xFF])
    if match["high"]:  # as Firefox writes what is no single unit of UTF-16
        units = bytes.fromhex(match["high"] + match["low"])
        return _bytes(units.decode("utf-16-be"))
    if code := match["short"] or match["long"]:
        return _bytes(chr(min(int(code, 16), 0x10FFFF)))
    return _bytes(_LETTERS.get(match["letter"], match["letter"]))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogatepass")


def _unclosed(text: str, at: int) -> RefusedValue:
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    mark = text[at : at + 2] if text.startswith(("$'", '$"'), at) else text[at]
    if mark == "\\":
        return RefusedValue(
            f"a backslash at the end, in line {line}", "a whole command", "copy all of its lines"
        )
    return RefusedValue(
        f"the quote {mark} in line {line}, column {column}, which is never closed",
        "a quote at its end",
        "a shell may have taken quotes away: give the command on stdin, by --from-curl -",
    )
