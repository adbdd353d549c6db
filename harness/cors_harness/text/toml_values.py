"""toml_table(): a TOML document as a table, or where in it something is that is not taken."""

import re
import tomllib
from typing import Any

from cors_harness.text.json_values import (
    JsonError,
    JsonFlaw,
    JsonLimits,
    has_odd_number,
    json_text_of,
)

# What tomllib says at the end of a message; it has no attributes for it before Python 3.14.
_PLACE = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of .*)\)")


def toml_table(data: bytes, limits: JsonLimits) -> dict[str, Any]:
    """The table of a document, within `limits`; infinite numbers and NaN are not taken.

    Raises:
        JsonError: it is no TOML in UTF-8, or more than `limits`.
    """
    text = json_text_of(data, limits).replace("\r\n", "\n")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise JsonError([_flaw(str(error), text)]) from None
    except RecursionError:
        found = f"tables and lists more than {limits.deepest} deep"
        raise JsonError([JsonFlaw(found=found, expected="at most that")]) from None
    except ValueError:  # of a number, or of a date
        flaw = JsonFlaw(found="a number or date that is none", expected="one that there is")
        raise JsonError([flaw]) from None
    if has_odd_number(table, limits):
        flaw = JsonFlaw(found="a number without end", expected="one that a float can have")
        raise JsonError([flaw])
    return table


def _flaw(message: str, text: str) -> JsonFlaw:
    match = _PLACE.fullmatch(message)
    line, column = (match["line"], match["column"]) if match else (None, None)
    return JsonFlaw(
        found=match["what"] if match else message,
        expected="valid TOML",
        line=int(line) if line else text.rstrip().count("\n") + 1,
        column=int(column) if column else 0,
    )
