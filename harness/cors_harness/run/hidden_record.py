"""hidden_record(): a judged cell with fingerprints in the place of the user's secrets.

What browsers decide by stays to be read: names, attributes of cookies, schemes, the headers of
CORS. A secret that is found where its name tells it is hidden wherever else the record has it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from cors_harness.model.cell import Cell, CellRecord
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
from cors_harness.terms.known_secrets import KnownSecrets
from cors_harness.terms.secret_names import is_secret_name
from cors_harness.terms.secret_texts import Hide, hide_in_body, hide_in_header, hide_in_url
from cors_harness.terms.step_value import in_url

Text = TypeVar("Text", str, str | None)
_DECIDES = re.compile(
    r"access-control-|sec-|content-type$|origin$|vary$|host$|cache-control$|timing-allow-origin$"
    r"|cross-origin-",
    re.IGNORECASE,
)
_WITH_URLS = {Aspect.URL, Aspect.BODY, ExchangePart.PATH}


def hidden_record(
    record: CellRecord, fingerprints: Fingerprints | None, known: KnownSecrets | None = None
) -> CellRecord:
    """The record as it is shown and kept; as it is where secrets are kept (None).

    So is that of a reference server: its secrets are made up, and part of the package. `known` has
    secrets that the server may have written, of other cells too, and takes those that are found.
    """
    if fingerprints is None or record.cell.server not in APPS:
        return record
    if known is not None:
        output = tuple(map(known.everywhere, record.app_output))
        record = replace(record, app_output=output)
    hiding = _Hiding(secrets=KnownSecrets(fingerprints))
    hidden = hiding.record(record)
    if not hiding.secrets.hidden:
        return hidden
    if known is not None:
        known.take(hiding.secrets)
    # Once more: what is found in the last exchange may stand in the first one, under no name.
    return hiding.record(record)


def stated_secrets(cells: Iterable[Cell], fingerprints: Fingerprints) -> KnownSecrets:
    """What scenarios for the user's server state themselves: known before anything is sent."""
    known = KnownSecrets(fingerprints)
    scenarios = {id(cell.scenario): cell.scenario for cell in cells if cell.server in APPS}
    for call in (step.call for scenario in scenarios.values() for step in scenario.steps):
        hide_in_url(call.path, known.value)
        hide_in_body(call.body or "", known.value)
        for name, value in call.headers:
            hide_in_header(name, value, known.value)
    return known


@dataclass(slots=True, kw_only=True)
class _Hiding:
    """Hides the secrets of one record.

    Attributes:
        in_paths: values of earlier steps that may stand in a path, with what stands for them.
    """

    secrets: KnownSecrets
    in_paths: dict[str, str] = field(default_factory=dict)

    def value(self, text: str) -> str:
        return self.secrets.value(text)

    def everywhere(self, text: str) -> str:
        return self.secrets.everywhere(text)

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
        is_secret = (
            source == "cookie" or any(map(is_secret_name, names)) or value in self.secrets.hidden
        )
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
            return self.value(body.decode("latin-1")).encode()
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
