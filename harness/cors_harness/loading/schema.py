"""The JSON Schema of scenario files, from the tables that decode them; for editors."""

import json

from cors_harness.loading.call_tables import REQUEST
from cors_harness.loading.decode import Schema
from cors_harness.loading.exchange_tables import EXCHANGE_EXPECTATION
from cors_harness.loading.expect_tables import EXEMPTION, EXPECT
from cors_harness.loading.matrix import CORPUS
from cors_harness.loading.page_tables import PAGE, PERMITTED, ROLE_ORIGINS
from cors_harness.loading.scenario_table import SCENARIO, STEP
from cors_harness.loading.server_tables import ANSWER, POLICY

RECORDS = (
    *(SCENARIO, STEP, PAGE, PERMITTED, ROLE_ORIGINS),
    *(CORPUS, POLICY, ANSWER, REQUEST, EXPECT, EXCHANGE_EXPECTATION, EXEMPTION),
)

AXIS: Schema = {
    "description": "An axis of matrix, in braces.",
    "type": "string",
    "pattern": r"^\{[a-z][a-z0-9_]*\}$",
}


def json_schema() -> dict[str, object]:
    """The schema of a scenario file.

    https://json-schema.org/draft/2020-12/json-schema-core
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cors-harness scenarios",
        "type": "array",
        "minItems": 1,
        "items": SCENARIO.reference(),
        "$defs": {"axis": AXIS, **{record.name: record.definition() for record in RECORDS}},
    }


def schema_text() -> str:
    """The schema as the file `scenarios/schema.json` has it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")  # noqa: T201 - the answer of `python -m cors_harness.loading.schema`
