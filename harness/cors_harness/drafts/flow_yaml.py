"""Flow YAML: values in one line, as scenario files have them; quoted where they must be."""

import json
import re
from collections.abc import Mapping, Sequence

FlowValue = str | Sequence["FlowValue"] | Mapping[str, "FlowValue"]

# What needs no quotes inside brackets, also for those who read numbers and booleans into YAML.
PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9/_.~+#-]*(?::[A-Za-z0-9/_.~+#-]+)*")
WORDS = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))


def flow(value: FlowValue) -> str:
    """The value in one line."""
    match value:
        case str():
            return _text(value)
        case Mapping():
            return f"{{{', '.join(f'{_text(k)}: {flow(v)}' for k, v in value.items())}}}"
        case _:
            return f"[{', '.join(map(flow, value))}]"


def _text(text: str) -> str:
    if PLAIN.fullmatch(text) and text.lower() not in WORDS:
        return text
    if "'" not in text and text.isprintable() and '"' in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)
