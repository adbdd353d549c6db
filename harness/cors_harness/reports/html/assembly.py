"""page(): the document inside the page: one HTML file that loads nothing and runs only our code.

A Content-Security-Policy in the file names each of its scripts and its style sheet by their hash.
So nothing that a journal has is ever run, whatever it looks like; and it is all text to the page's
code anyhow. https://www.w3.org/TR/CSP3/
"""

import html
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from cors_harness.reports.html.document import PageDocument
from cors_harness.reports.html.tables import packed
from cors_harness.text.printable import printable

FOLDER = Path(__file__).parent / "page"
# In this order: each uses what stands in those before it, and the last one begins.
SCRIPTS = (
    *("text.js", "data.js", "state.js", "marks.js", "summary.js"),
    *("sequence.js", "causes.js", "changes.js", "filters.js", "matrix.js", "cell.js", "main.js"),
)
STYLES = ("report.css", "cell.css")
LIVE_SCRIPTS = (*SCRIPTS, "live.js")
LIVE_STYLES = (*STYLES, "live.css")
_SLOT = re.compile(r"<!-- (policy|title|styles|data|scripts) -->")


def page(document: PageDocument) -> str:
    """The HTML file."""
    return _assembled(SCRIPTS, STYLES, document.title, "\n".join(_data(document)))[0]


def live_page() -> tuple[str, str]:
    """The page that asks the server it comes from for its document, and the policy to send with it.

    The policy of the HTML text is the same, without the part that only a header can have.
    """
    text, policy = _assembled(LIVE_SCRIPTS, LIVE_STYLES, "live", "", "connect-src 'self'")
    return text, f"{policy}; frame-ancestors 'none'"


def _assembled(
    script_names: Sequence[str], style_names: Sequence[str], title: str, data: str, *more: str
) -> tuple[str, str]:
    """The text of a page, and its policy, which has `more` directives."""
    styles = "\n".join(_asset(name) for name in style_names)
    scripts = [_asset(name) for name in script_names]
    policy = "; ".join((_policy(scripts, styles), *more))
    slots = {
        "policy": html.escape(policy, quote=True),
        "title": html.escape(printable(title), quote=True),
        "styles": f"<style>{styles}</style>",
        "data": data,
        "scripts": "\n".join(f"<script>{script}</script>" for script in scripts),
    }
    return _SLOT.sub(lambda match: slots[match[1]], _asset("report.html")), policy


def _asset(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def _policy(scripts: list[str], styles: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(map(_hash, scripts))}",
            f"style-src {_hash(styles)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _data(document: PageDocument) -> Iterator[str]:
    """Data blocks: base64 has no character that could end one."""
    yield f'<script type="text/plain" id="index">{packed(document.index)}</script>'
    for chunk in document.details:
        yield f'<script type="text/plain" class="details">{chunk}</script>'
