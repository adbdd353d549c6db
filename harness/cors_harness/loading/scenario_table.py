"""The tables of a scenario and of its steps, and what must hold between their keys."""

from dataclasses import replace
from typing import Any

from cors_harness.loading.call_tables import FETCH, LONGEST_MS, REQUEST
from cors_harness.loading.decode import WRONG, DecodedValues, Field, Record, Schema, Slot
from cors_harness.loading.expect_tables import EXEMPTION, EXPECT, check_inherited
from cors_harness.loading.matrix import CORPUS
from cors_harness.loading.page_tables import (
    HOST,
    HOST_WORDS,
    ROLE_ORIGINS,
    PageKind,
    check_origins,
)
from cors_harness.loading.server_tables import ANSWER, POLICY
from cors_harness.loading.step_values import check_step_values
from cors_harness.loading.values import Flag, Free, ListOf, Number, OneOrMore, Shaped, WordKind
from cors_harness.model.scenario import Scenario, Step
from cors_harness.model.server import VERBATIM
from cors_harness.terms.role import Role
from cors_harness.terms.step_value import FORMS
from cors_harness.text.problems import one_of, shown
from cors_harness.text.yaml_nodes import Node, Pairs

STEP_FIELDS = (
    Field(key="request", attribute="call", kind=REQUEST, help="What the page fetches."),
    Field(key="expect", kind=EXPECT, help="What must come out."),
    Field(
        key="except",
        attribute="exemptions",
        kind=ListOf(kind=EXEMPTION),
        help="Other expectations for some servers or engines; later entries win.",
    ),
)
STEP_NAMES = ("call", "expect", "exemptions")

STEP = Record(
    name="step",
    help="One call of a scenario that has several.",
    build=lambda values: Step(**values),
    check=check_inherited,
    fields=(
        *(replace(field, required=field.key != "except") for field in STEP_FIELDS),
        Field(
            key="delay_ms",
            kind=Number(least=0, most=LONGEST_MS, unit="milliseconds"),
            help="Milliseconds to wait before the call.",
        ),
        Field(
            key="within_ms",
            kind=Number(least=1, most=LONGEST_MS, unit="milliseconds"),
            help="Most milliseconds since the call before began; a cell held up begins afresh.",
        ),
    ),
)


class MatrixKind:
    """`matrix:`; it is expanded before the scenario is read, so this only describes it."""

    def read(self, _node: Node, _slot: Slot) -> None:
        """Nothing: no matrix is left in an expanded scenario."""

    def schema(self) -> Schema:
        """A mapping from axis to values: a list, a mapping from name in the id, or a corpus."""
        named = {"pattern": "^[a-z0-9]+(?:-[a-z0-9]+)*$"}
        values = {
            "anyOf": [
                {"type": "array", "minItems": 1},
                {"type": "object", "minProperties": 1, "propertyNames": named},
                CORPUS.reference(),
            ]
        }
        names = {"pattern": "^[a-z][a-z0-9_]*$"}
        return {
            "type": "object",
            "additionalProperties": values,
            "propertyNames": names,
            "minProperties": 1,
        }


def _check_answering(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    if "policy" in values and "answers" in values:
        hint = "policy is for the reference servers, response for verbatim: take one away"
        slot.wrong(node, "one of them", hint, "policy and response")


def _check_steps(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    single = [field.key for field in STEP_FIELDS if (field.attribute or field.key) in values]
    if "steps" in values and single:
        hint = f"put {', '.join(single)} into an entry of steps"
        slot.wrong(node, "one of them", hint, f"steps and {single[0]}")
    elif "steps" not in values and "call" not in values:
        hint = "request: what the page fetches; steps: several calls"
        slot.wrong(node, "one of them", hint, "neither request nor steps")
    elif "steps" not in values and "expect" not in values:
        slot.wrong(node, "the key expect", "What must come out.", "no expect")


def _check_servers(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    servers: Any = values.get("servers", ())
    if servers is WRONG or not {"policy", "answers"} & values.keys():
        return
    by_verbatim = "answers" in values
    for name in servers:
        if (name == VERBATIM) != by_verbatim:
            only = "verbatim only" if by_verbatim else "reference servers only"
            hint = "response is answered by verbatim, policy by all other servers"
            here = slot.named("servers")
            here.wrong(node.get("servers") or node, only, hint, shown(name))


def _check_exempted(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    servers: Any = values.get("servers", ())
    exemptions: Any = values.get("exemptions", ())
    if servers is WRONG or exemptions is WRONG or not servers:
        return
    for name in dict.fromkeys(n for e in exemptions for n in e.servers if n not in servers):
        hint = "add it to servers, or take the entry away"
        here = slot.named("except")
        here.wrong(
            node.get("except") or node, "servers that run", hint, f"{shown(name)}, not in servers"
        )


def _check_scenario(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    _check_answering(values, node, slot)
    _check_steps(values, node, slot)
    _check_servers(values, node, slot)
    check_origins(values, node, slot)
    _check_exempted(values, node, slot)
    check_inherited(values, node, slot)
    check_step_values(node, slot)


def _build_scenario(values: DecodedValues) -> Scenario:
    single = {name: values.pop(name) for name in STEP_NAMES if name in values}
    steps = values.pop("steps", None) or (Step(**single),)
    return Scenario(steps=steps, **values)


SCENARIO = Record(
    name="scenario",
    help="One scenario.",
    build=_build_scenario,
    check=_check_scenario,
    placed=True,
    fields=(
        Field(
            key="id",
            kind=Shaped(
                pattern="[a-z0-9-]+", expected="small letters a-z, digits and hyphens only"
            ),
            help="Name of the scenario; once in all files.",
            required=True,
        ),
        Field(
            key="title",
            kind=Free(),
            help="A sentence that a web developer understands.",
            required=True,
        ),
        Field(
            key="spec",
            kind=Shaped(
                pattern=r"https://[^\s/]+\S*",
                expected="an https URL",
                hint=f"link the clause that decides, such as {FETCH}cors-check",
            ),
            help="Link to the clause of the standard that decides.",
            required=True,
        ),
        Field(key="note", kind=Free(), help="The reasoning, where it is not obvious."),
        Field(key="page", kind=PageKind(), help="Origin of the page, place in it, or both."),
        Field(
            key="origins",
            kind=ROLE_ORIGINS,
            help="Real origins of the servers, such as {server: https://api.example.org}.",
        ),
        Field(
            key="server_host",
            kind=Shaped(pattern=HOST, expected=HOST_WORDS),
            help="Host name under which the page calls all servers; 127.0.0.1 if left out.",
        ),
        Field(
            key="expired_certificates",
            attribute="expired",
            kind=OneOrMore(kind=WordKind(words=tuple(Role))),
            help="Roles whose certificate was valid until yesterday.",
        ),
        Field(key="policy", kind=POLICY, help="How the reference servers are configured."),
        Field(
            key="response",
            attribute="answers",
            kind=OneOrMore(kind=ANSWER),
            help="What the verbatim server answers. With neither: servers as they are configured.",
        ),
        Field(
            key="servers",
            kind=OneOrMore(kind=Free()),
            help="Run on these servers only, also if they cannot express the policy.",
        ),
        Field(
            key="isolated",
            kind=Flag(),
            help="Run alone, in a browser context of its own.",
        ),
        *STEP_FIELDS,
        Field(
            key="steps",
            kind=ListOf(kind=STEP, least=1),
            help="Several calls, one after another. A later one may use what an earlier one "
            f"brought: {one_of(FORMS)}.",
        ),
        Field(
            key="matrix",
            kind=MatrixKind(),
            help="Axes: one scenario for every combination, {axis} in any text filled in.",
        ),
    ),
    also=(
        ("not", {"required": ["policy", "response"]}),
        ("anyOf", [{"required": ["request", "expect"]}, {"required": ["steps"]}]),
    ),
)
