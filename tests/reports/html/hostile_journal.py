"""Records whose every text is an attack on whoever shows it."""

from dataclasses import replace

from tests.reports.record_builders import MISMATCH, PREFLIGHT, REJECTED, blocked, cell, record

from cors_harness.model.advice import Advice, FixTarget, Mistake
from cors_harness.model.cell import CellRecord
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Reason, Status, StepResult, Verdict
from cors_harness.terms.reasons import ReasonCode

# Each sets `window.ran`, if any browser ever takes it for more than text.
MARKUP = (
    "</script><script>window.ran = 1</script><img src=x onerror='window.ran = 2'>"
    "<svg onload='window.ran = 3'><style>body { display: none }</style>"
)
ADDRESS = "javascript:void(window.ran = 4)//"
TURNED = "abc\u202egnp.exe\u2066"
CONTROL = "nul\x00bell\x07escape\x1b[2Jsurrogate\ud800"
LONG = "x" * 100_000
NASTY = f"{MARKUP}{TURNED}{CONTROL}"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def hostile_records() -> tuple[CellRecord, ...]:
    """One cell that failed, one that is a known difference, one that is an error."""
    hostile = cell(f"id {MARKUP}", server=f"server {MARKUP}", file=f"file {MARKUP}.yaml")
    scenario = replace(hostile.scenario, title=f"title {NASTY}", spec=ADDRESS)
    hostile = replace(hostile, scenario=scenario)
    said = Reason(code=ReasonCode.METHOD_NOT_ALLOWED, detail=NASTY, console=NASTY)
    headers = tuple((_bytes(name), _bytes(name)) for name in (MARKUP, TURNED, "nul\x00", ADDRESS))
    exchange = replace(
        PREFLIGHT,
        target=f"/{MARKUP}",
        request_headers=(*PREFLIGHT.request_headers, *headers),
        response_headers=(*headers, (b"X-Long", _bytes(LONG))),
        body=_bytes(NASTY),
        body_bytes=100,
    )
    advice = Advice(
        mistake=Mistake.CRASH,
        wrong=f"wrong {NASTY}",
        where=FixTarget.ANY,
        place=NASTY,
        lines=(NASTY, f"\t{MARKUP}"),
        link=ADDRESS,
        link_is=NASTY,
        keep=NASTY,
    )
    failed = replace(
        blocked(hostile),
        page=f"https://{MARKUP}",
        exchanges=(exchange,),
        observations=(replace(REJECTED, error_message=NASTY),),
        verdict=Verdict(
            status=Status.UNEXPECTED,
            mismatches=(replace(MISMATCH, expected=MARKUP, found=MARKUP, spec=ADDRESS),),
            steps=(StepResult(outcome=Outcome.BLOCKED, reason=said),),
            note=NASTY,
        ),
        advice=advice,
        isolated=NASTY,
        app_output=(NASTY, LONG),
    )
    known = replace(record().verdict, status=Status.KNOWN_DIFFERENCE, known=f"https:{ADDRESS}")
    error = Verdict(status=Status.ERROR, note=NASTY)
    return (
        failed,
        record(replace(hostile, engine="chromium"), known),
        record(cell("other"), error, exchanges=(), observations=()),
    )
