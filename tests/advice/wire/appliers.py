"""apply(): a source with the lines of an advice at the place that the advice says."""

import re
from collections.abc import Sequence

from tests.advice.applied.advice_applier import apply_lines
from tests.advice.wire.cases import BEGIN, END

_BLOCK = re.compile(f"{BEGIN}.*?{END}", re.DOTALL)
_OTHER_HOSTS = re.compile(r"^app\.add_middleware\(TrustedHost.*\n", re.MULTILINE)
_HANDLER = re.compile(r"^class (Data|Old|Error)\(", re.MULTILINE)
_MADE = re.compile(
    r"^app = (?:Quart|Sanic|falcon\.App|falcon\.asgi\.App|Bottle|FlaskApp|Application)\(.*\)\n",
    re.MULTILINE,
)


def apply(source: str, place: str, lines: Sequence[str]) -> str:
    """`source` with `lines` at `place`, and without other lines about CORS."""
    if "TrustedHostMiddleware" in place:
        return _OTHER_HOSTS.sub("", source) + "\n".join(lines) + "\n"
    if "settings" in place or "Flask(...)" in place or "below all middleware" in place:
        return apply_lines(source, place, lines)
    assert "in place of" in place
    source = _BLOCK.sub("", source).replace("ByHand, ", "").replace(", cors_config=cors_config", "")
    return _put(source, place, "\n".join(lines) + "\n\n\n")


def _put(source: str, place: str, text: str) -> str:
    if "right below app = " in place:
        (made,) = _MADE.findall(source)
        return source.replace(made, f"{made}\n{text}")
    if "above web.run_app" in place or "below all routes" in place:
        return source.replace("# web.run_app(app)", text)
    if "above the handlers" in place:
        source = _HANDLER.sub(r"class \1(AllowCors, ", source)
    if "cors_config=cors_config" in place:
        source = source.replace("=[guarding]", "=[guarding], cors_config=cors_config")
    (above,) = [line for said, line in _ABOVE.items() if said in place]
    return source.replace(above, f"{text}{above}", 1)


_ABOVE = {
    "above the handlers": "class Base(",
    "above app = Litestar(...)": "app = Litestar(",
    "above app = config.make_wsgi_app()": "app = config.make_wsgi_app()",
}
