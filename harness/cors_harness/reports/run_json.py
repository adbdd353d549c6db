"""write_document(): the `--json` document of a run, written cell by cell so it stays small."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from cors_harness.judge.unproven import UnprovenStep
from cors_harness.store.codec import Json, caveat_to_json

HEADER_KEYS = ("schema", "harness", "engines", "servers")


def write_document(
    out: TextIO,
    header: Json,
    summary: Mapping[str, int],
    cells: Iterable[Json],
    unproven: Sequence[Json] = (),
    hints: Sequence[str] = (),
) -> None:
    """Writes {schema, harness, engines, servers, summary, cells}, one cell a line.

    Args:
        out: gets ASCII text, ending in a line end.
        header: as `store.codec.header_to_json` gives it.
        summary: the counts, see `Tally.summary`.
        cells: as `store.codec.record_to_json` gives them, in the order to write them.
        unproven: as `unproven_to_json` gives them; the document has the key where there are any.
        hints: sentences on what fails no cell; the document has the key where there are any.
    """
    head = {key: header[key] for key in HEADER_KEYS} | {"summary": dict(summary)}
    if unproven:
        head["unproven"] = list(unproven)
    if hints:
        head["hints"] = list(hints)
    out.write("{\n")
    out.writelines(f'  "{key}": {json.dumps(value)},\n' for key, value in head.items())
    out.write('  "cells": [')
    for number, cell in enumerate(cells):
        out.write(",\n    " if number else "\n    ")
        out.write(json.dumps(cell))
    out.write("\n  ]\n}\n")


def unproven_to_json(step: UnprovenStep) -> Json:
    """A step that an error decided: its cell, and its caveat as the record has it."""
    return {"cell": step.cell, **caveat_to_json(step.caveat)}
