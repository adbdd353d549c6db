"""hidden_record(): a judged cell with fingerprints in the place of the user's secrets.

What browsers decide by stays to be read: names, attributes of cookies, schemes, the headers of
CORS. A secret that is found where its name tells it is hidden wherever else the record has it.
"""

import re
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from cors_harness.model.cell import CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Crashed, Fulfilled, Observation, Rejected, TimedOut
from cors_harness.model.server import APPS
from cors_harness.model.verdict import (
    Aspect,
    ExchangePart,
    HeldBackCookie,
    Mismatch,
    MismatchValue,
    Reason,
    StepResult,
    Verdict,
)
from cors_harness.terms.fingerprints import Fingerprints
from cors_harness.terms.headers import HeaderList, get
from cors_harness.terms.secret_names import is_secret_name
from cors_harness.terms.secret_texts import Hide, hide_in_body, hide_in_header, hide_in_url
from cors_harness.terms.step_value import in_url

Text = TypeVar("Text", str, str | None)
# Of a secret that is looked for in other texts: `dark` of a cookie `theme=dark` is a word, too.
SHORTEST, SHORTEST_WORD = 8, 16
_DECIDES = re.compile(
    r"access-control-|sec-|content-type$|origin$|vary$|host$|cache-control$|timing-allow-origin$"
    r"|cross-origin-",
    re.IGNORECASE,
)
_WITH_URLS = {Aspect.URL, Aspect.BODY, ExchangePart.PATH}


def hidden_record(record: CellRecord, fingerprints: Fingerprints | None) -> CellRecord:
    """The record as it is shown and kept; as it is where secrets are kept (None).

    So is that of a reference server: its secrets are made up, and part of the package.
    """
    if fingerprints is None or record.cell.server not in APPS:
        return record
    hiding = _Hiding(fingerprints=fingerprints)
    hidden = hiding.record(record)
    # Once more: what is found in the last exchange may stand in the first one, under no name.
    return hiding.record(record) if hiding.hidden else hidden


@dataclass(slots=True, kw_only=True)
class _Hiding:
    """Hides the secrets of one record, and remembers them.

    Attributes:
        hidden: each secret, with what stands for it.
        found: those that are looked for in other texts, as they may stand there.
        in_paths: values of earlier steps that may stand in a path, with what stands for them.
    """

    fingerprints: Fingerprints
    hidden: dict[str, str] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    in_paths: dict[str, str] = field(default_factory=dict)

    def value(self, text: str) -> str:
        shown = self.hidden[text] = self.fingerprints.of(text)
        if len(text) >= SHORTEST_WORD or (len(text) >= SHORTEST and re.search("[0-9]", text)):
            self.found |= {text: shown, in_url(text): shown}
        return shown

    def everywhere(self, text: str) -> str:
        """`text` without secrets that were found elsewhere, as whole words."""
        for secret, shown in self.found.items():
            if secret in text:
                text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", shown, text)
        return text

    def text(self, text: Text) -> Text:
        """What anybody wrote, with URLs and JSON in it perhaps."""
        return text and self.everywhere(hide_in_body(text, self.value))

    def url(self, text: str) -> str:
        """A URL: in its path nothing is hidden but values of earlier steps.

        What else is there is part of a baseline, which is to be the same on every machine.
        """
        text = hide_in_url(text, self.value)
        for value, shown in self.in_paths.items():
            if value and value != shown:
                spelled = "|".join(map(re.escape, (value, in_url(value))))
                text = re.sub(rf"(?<![\w%])(?:{spelled})(?![\w%])", shown, text)
        return text

    def header(self, name: str, value: str) -> str:
        if name.lower() == "location":
            return self.url(value)
        shown = hide_in_header(name, value, self.value)
        return shown if _DECIDES.match(name) else self.everywhere(shown)

    def record(self, record: CellRecord) -> CellRecord:
        values = tuple((name, self._step_value(name, text)) for name, text in record.step_values)
        raw, shown = (dict(pairs).values() for pairs in (record.step_values, values))
        self.in_paths = dict(zip(raw, shown, strict=True))
        return replace(
            record,
            step_values=values,
            exchanges=tuple(map(self._exchange, record.exchanges)),
            observations=tuple(map(self._observation, record.observations)),
            verdict=self._verdict(record.verdict),
            app_output=tuple(map(self.text, record.app_output)),
        )

    def _step_value(self, name: str, value: str) -> str:
        """By the name of a header, a cookie or keys in JSON: `steps.0.json.user.token`."""
        _, _, source, *names = name.split(".")
        is_secret = source == "cookie" or any(map(is_secret_name, names)) or value in self.hidden
        return self.value(value) if is_secret else value

    def _exchange(self, exchange: Exchange) -> Exchange:
        return replace(
            exchange,
            target=self.url(exchange.target),
            request_headers=self._headers(exchange.request_headers),
            request_body=self._body(exchange.request_body, exchange.request_headers),
            response_headers=self._headers(exchange.response_headers),
            body=self._body(exchange.body, exchange.response_headers),
        )

    def _headers(self, headers: HeaderList) -> HeaderList:
        return tuple((name, self._header(name, value)) for name, value in headers)

    def _header(self, name: bytes, value: bytes) -> bytes:
        return self.header(name.decode("latin-1"), value.decode("latin-1")).encode("latin-1")

    def _body(self, body: bytes, headers: HeaderList) -> bytes:
        coding = get(headers, "Content-Encoding") or b""
        if body and coding.strip().lower() not in {b"", b"identity"}:
            return self.fingerprints.of(body.decode("latin-1")).encode()
        text = body.decode("utf-8", "surrogateescape")
        return self.text(text).encode("utf-8", "surrogateescape")

    def _observation(self, seen: Observation) -> Observation:
        match seen:
            case Fulfilled():
                return replace(
                    seen,
                    url=self.url(seen.url),
                    headers=tuple((name, self.header(name, text)) for name, text in seen.headers),
                    body=self.text(seen.body),
                    body_error=self.text(seen.body_error),
                )
            case Rejected():
                return replace(seen, error_message=self.text(seen.error_message))
            case TimedOut() | Crashed():
                return replace(seen, detail=self.text(seen.detail))

    def _verdict(self, verdict: Verdict) -> Verdict:
        return replace(
            verdict,
            mismatches=tuple(map(self._mismatch, verdict.mismatches)),
            steps=tuple(map(self._step, verdict.steps)),
            note=self.text(verdict.note),
            held_back=tuple(map(self._held_back, verdict.held_back)),
        )

    def _held_back(self, cookie: HeldBackCookie) -> HeldBackCookie:
        return replace(cookie, why=self.everywhere(cookie.why))

    def _step(self, step: StepResult) -> StepResult:
        return replace(step, reason=self._reason(step.reason) if step.reason else None)

    def _reason(self, reason: Reason) -> Reason:
        detail, console = self.text(reason.detail), self.text(reason.console)
        return replace(reason, detail=detail, console=console)

    def _mismatch(self, mismatch: Mismatch) -> Mismatch:
        hide: Hide = self.everywhere
        if mismatch.header is not None:
            hide = partial(self.header, mismatch.header)
        elif not _WITH_URLS.isdisjoint({mismatch.aspect, mismatch.part}):
            hide = self.text
        expected, found = _each(mismatch.expected, hide), _each(mismatch.found, hide)
        return replace(mismatch, expected=expected, found=found)


def _each(value: MismatchValue, hide: Hide) -> MismatchValue:
    match value:
        case str():
            return hide(value)
        case tuple():
            return tuple(map(hide, value))
        case _:
            return value
