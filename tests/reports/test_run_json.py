"""The `--json` document."""

import io
import json

from tests.reports.record_builders import blocked, finished, record, started

from cors_harness.reports.run_json import write_document
from cors_harness.reports.tally import Tally
from cors_harness.store.codec import header_to_json, record_to_json


def test_document_has_header_summary_and_cells() -> None:
    records = [record(), blocked()]
    tally, out = Tally(), io.StringIO()
    for each in records:
        tally.add(finished(each).record)
    cells = [record_to_json(each) for each in records]
    write_document(out, header_to_json(["run"], started()), tally.summary(), cells)
    document = json.loads(out.getvalue())
    assert list(document) == ["schema", "harness", "engines", "servers", "summary", "cells"]
    assert document["cells"] == cells
    assert document["summary"] == {
        "cells": 2,
        "as_expected": 1,
        "unexpected": 1,
        "known": 0,
        "skipped": 0,
        "errors": 0,
    }


def test_document_without_cells_is_json() -> None:
    out = io.StringIO()
    write_document(out, header_to_json([], started()), Tally().summary(), [])
    assert json.loads(out.getvalue())["cells"] == []
