"""printed(): what the terminal report of a run prints, with a journal in a folder of its own."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from cors_harness.model.events import CellFinished, Event, RunAdvised
from cors_harness.reports.terminal import BRIEF, Detail, TerminalReport
from cors_harness.store.journal import Journal


def printed(*events: Event, detail: Detail = BRIEF, width: int = 80) -> str:
    """The text, without colour; the journal's place is PLACE in it."""
    report = TerminalReport(detail)
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder, "run.jsonl"))
        journal.begin({})
        for event in events:
            report.on_event(event)
            match event:
                case CellFinished():
                    journal.write(event.record)
                case RunAdvised():
                    journal.revise(dict(event.advice))
                case _:
                    pass
        out = io.StringIO()
        report.render(Console(file=out, width=width), journal)
        journal.close()
        return out.getvalue().replace(folder, "PLACE")
