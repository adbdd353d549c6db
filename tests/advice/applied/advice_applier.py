"""apply_lines(): a source with the lines of an advice put in where the advice says."""

import ast
import json
import re
from collections.abc import Sequence

from tests.advice.applied.case import OTHER

FOUND = 302
ABOUT_CORS = re.compile(
    r"^(?:app\.add_middleware\(\s*CORSMiddleware|CORS\(|@app\.after_request)", re.MULTILINE
)
SAYS_WHO = re.compile(
    r"^CORS_(?:ALLOW_ALL_ORIGINS|ALLOWED_ORIGINS|ALLOWED_ORIGIN_REGEXES) = .*\n", re.MULTILINE
)
NGINX_ABOUT_CORS = re.compile(
    r" *add_header (?:Access-Control-|Vary)[^\n]*\n"
    r"| *if \(\$request_method = OPTIONS\) \{.*?\n *\}\n",
    re.DOTALL,
)


def apply_lines(source: str, place: str, lines: Sequence[str]) -> str:
    """`source` with `lines` at `place`."""
    text = "\n".join(lines) + "\n"
    if place.startswith("headers of the answer"):
        return _answers(source, place, lines)
    if "the configuration of the site" in place or "in server {" in place:
        return _nginx(source, place, text)
    if "settings" in place:
        end = "# the end of the settings\n"
        if "in place of" in place:
            source = SAYS_WHO.sub("", source)
        return source.replace(end, text + end)
    if "in place of" in place:
        source = _without_cors(source)
    if "right below app = Flask(...)" in place:
        return _below(source, "app = Flask(__name__)\n", text)
    return f"{source}\n\n{text}"


def _answers(source: str, place: str, lines: Sequence[str]) -> str:
    """Answers of the verbatim server, as JSON; a redirect stays as it is."""
    headers = dict(line.split(": ", 1) for line in lines)
    answers = json.loads(source)
    is_elsewhere = OTHER in place
    for answer in answers:
        is_kept = answer.get("status") == FOUND and answer.get("on") != "preflight"
        if (answer.get("at") == "other") is is_elsewhere and not is_kept:
            answer["headers"] = _others(answer.get("headers", {})) | headers
        if answer.get("on") == "preflight" and "with status 204" in place:
            answer["status"] = 204
    return json.dumps(answers)


def _others(headers: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in headers.items() if not name.startswith("Access-Control-")}


def _without_cors(source: str) -> str:
    """The other lines about CORS are gone, statement by statement; their imports stay."""
    lines = source.splitlines(keepends=True)
    for node in reversed(ast.parse(source).body):
        first = min(
            [node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))]
        )
        text = "".join(lines[first - 1 : node.end_lineno])
        if ABOUT_CORS.search(text):
            del lines[first - 1 : node.end_lineno]
    return "".join(line for line in lines if not line.startswith("@cross_origin"))


def _below(source: str, line: str, text: str) -> str:
    assert source.count(line) == 1
    return source.replace(line, f"{line}\n{text}\n")


def _nginx(source: str, place: str, text: str) -> str:
    if "client_max_body_size" in place:
        return re.sub(r"client_max_body_size \w+;\n", text, source)
    if "in place of" in place:
        source = NGINX_ABOUT_CORS.sub("", source)
    beside, rest = text.split("\n\n")
    source = f"{beside}\n\n{source}"
    if "in server { }" in rest.splitlines()[0]:
        return source.replace("server {\n", f"server {{\n{rest}", 1)
    return _in_location(source, place, rest)


def _in_location(source: str, place: str, text: str) -> str:
    moved = ""
    if "; a return " in place:
        guard = re.search(r" *if \(\$http_authorization[^}]*\}\n", source)
        moved = guard[0] if guard else ""
        source = source.replace(moved, "")
    return source.replace("location / {\n", f"location / {{\n{text}{moved}", 1)
