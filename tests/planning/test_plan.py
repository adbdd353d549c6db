"""Which cells a selection runs, which are skipped and why."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from cors_harness import shipped_folders
from cors_harness.errors import NothingSelected, ScenarioError, UsageError
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.answer import Answer
from cors_harness.model.scenario import (
    Call,
    Expectation,
    ExpectationOverride,
    Outcome,
    Scenario,
    Step,
)
from cors_harness.model.server import APPS, CorsPolicy, ServerEntry
from cors_harness.model.subject import NO_APP
from cors_harness.planning.plan import Plan, Selection, make_plan
from cors_harness.serving.all_servers import all_servers
from cors_harness.terms.source_span import SourceSpan

POLICY = CorsPolicy(allow_origins=("{page}",))
REGEX = CorsPolicy(allow_origin_regex=".*")
SEVERAL = CorsPolicy(allow_origins=("a", "b"))


def server(name: str, *expresses: str) -> ServerEntry:
    interface = "verbatim" if name == "verbatim" else "wsgi"
    return ServerEntry(
        name=name,
        app=f"{name}:create_app",
        interface=interface,
        versions=(),
        expresses=frozenset(expresses),
    )


SERVERS = (
    server("bare"),
    server("simple", "allow_origins"),
    server("full", "allow_origins", "several-origins", "allow_origin_regex"),
    server("verbatim"),
)


def scenario(
    name: str,
    policy: CorsPolicy | None = POLICY,
    servers: tuple[str, ...] = (),
    exempted: tuple[str, ...] = (),
) -> Scenario:
    exemptions = (ExpectationOverride(servers=exempted, expect=Expectation()),) if exempted else ()
    step = Step(call=Call(), expect=Expectation(outcome=(Outcome.ALLOWED,)), exemptions=exemptions)
    return Scenario(
        id=name,
        title=f"Title of {name}, with Capitals",
        spec="https://fetch.spec.whatwg.org/#cors-check",
        source=SourceSpan(file="scenarios/x.yaml", line=3, column=3),
        policy=policy,
        answers=None if policy else (Answer(),),
        steps=(step,),
        servers=servers,
    )


def plan(scenarios: Sequence[Scenario], **selection: tuple[str, ...] | str) -> Plan:
    engines: tuple[str, ...] = ("webkit",)
    return make_plan(scenarios, SERVERS, Selection(**{"engines": engines, **selection}))  # type: ignore[arg-type]


def ids(planned: Plan) -> list[str]:
    return [cell.id for cell in planned.cells]


# id -> (scenario, servers selected, servers it runs on, servers skipped)
ON: dict[str, tuple[Scenario, tuple[str, ...], list[str], list[str]]] = {
    "every server that can express the policy": (scenario("a"), (), ["simple", "full"], []),
    "skip where a part cannot be expressed": (scenario("a", REGEX), (), ["full"], ["simple"]),
    "skip where several origins cannot be expressed": (
        scenario("a", SEVERAL),
        (),
        ["full"],
        ["simple"],
    ),
    "server without CORS where asked for": (scenario("a"), ("bare",), [], ["bare"]),
    "server without CORS where except names it": (
        scenario("a", exempted=("bare",)),
        (),
        ["bare", "simple", "full"],
        [],
    ),
    "every server where nothing is to be expressed": (
        scenario("a", CorsPolicy()),
        (),
        ["bare", "simple", "full"],
        [],
    ),
    "server that cannot express it where except names it": (
        scenario("a", REGEX, exempted=("simple",)),
        (),
        ["simple", "full"],
        [],
    ),
    "only those that servers names": (
        scenario("a", REGEX, servers=("simple", "bare")),
        (),
        ["bare", "simple"],
        [],
    ),
    "verbatim alone for answers": (scenario("a", None), (), ["verbatim"], []),
    "only the server asked for": (scenario("a"), ("full",), ["full"], []),
}


@pytest.mark.parametrize(("tested", "selected", "runs", "skips"), ON.values(), ids=ON)
def test_scenario_runs_on(
    tested: Scenario, selected: tuple[str, ...], runs: list[str], skips: list[str]
) -> None:
    planned = plan([tested], servers=selected)
    assert [cell.server for cell in planned.cells] == runs
    assert [skip.cell.server for skip in planned.skips] == skips


def test_skip_says_what_cannot_be_expressed_for_every_engine() -> None:
    planned = plan([scenario("a", REGEX)], engines=("chromium", "firefox"))
    assert [(skip.cell.id, skip.reason) for skip in planned.skips] == [
        ("a[simple-chromium]", "simple cannot express allow_origin_regex"),
        ("a[simple-firefox]", "simple cannot express allow_origin_regex"),
    ]


def test_order_is_scenarios_then_servers_then_engines() -> None:
    planned = plan([scenario("b"), scenario("a")], engines=("webkit", "chromium"))
    assert ids(planned) == [
        f"{name}[{where}-{engine}]"
        for name in ("b", "a")
        for where in ("simple", "full")
        for engine in ("webkit", "chromium")
    ]


@pytest.mark.parametrize(
    "cell",
    [
        "scenarios/x.yaml::put-json[full-webkit]",
        "./scenarios/x.yaml::put-json[full-webkit]",
        "put-json[full-webkit]",
    ],
)
def test_cell_is_selected_by_its_id(cell: str) -> None:
    planned = plan([scenario("put-json"), scenario("put")], cells=(cell,))
    assert ids(planned) == ["put-json[full-webkit]"]


@pytest.mark.parametrize("cell", ["put", "scenarios/x.yaml::put"])
def test_scenario_id_selects_all_its_cells(cell: str) -> None:
    planned = plan([scenario("put-json"), scenario("put")], cells=(cell,))
    assert ids(planned) == ["put[simple-webkit]", "put[full-webkit]"]


def test_deployed_server_runs_where_it_is_asked_for_only() -> None:
    deployed = (*SERVERS, server("full@proxy", "allow_origins", "several-origins"))

    def names(
        scenarios: Sequence[Scenario], servers: tuple[str, ...] = (), cells: tuple[str, ...] = ()
    ) -> set[str]:
        selection = Selection(engines=("webkit",), servers=servers, cells=cells)
        return {cell.server for cell in make_plan(scenarios, deployed, selection).cells}

    assert names([scenario("put")]) == {"simple", "full"}
    assert names([scenario("put")], servers=("*@*",)) == {"full@proxy"}
    assert names([scenario("put")], cells=("put[full@proxy-webkit]",)) == {"full@proxy"}
    assert names([scenario("put", servers=("full", "full@proxy"))]) == {"full", "full@proxy"}


def test_skipped_cell_can_be_selected() -> None:
    planned = plan([scenario("a", REGEX)], cells=("a[simple-webkit]",))
    assert (len(planned.cells), len(planned.skips)) == (0, 1)


@pytest.mark.parametrize(
    ("keyword", "selected"),
    [
        pytest.param("JSON", ["put-json", "get-json"], id="any case"),
        pytest.param("of put-json, with", ["put-json"], id="words of the title"),
        pytest.param("put and not json", ["put-text"], id="and not"),
        pytest.param("put-text or get", ["put-text", "get-json"], id="or"),
        pytest.param("not (put or get)", ["other"], id="parentheses"),
        pytest.param("get or put and text", ["put-text", "get-json"], id="and binds tighter"),
        pytest.param("webkit AND x.yaml", ["put-json", "put-text", "get-json", "other"], id="id"),
        pytest.param(" ", ["put-json", "put-text", "get-json", "other"], id="blank"),
    ],
)
def test_keyword_selects(keyword: str, selected: list[str]) -> None:
    names = ("put-json", "put-text", "get-json", "other")
    scenarios = [scenario(name, servers=("full",)) for name in names]
    assert [cell.scenario.id for cell in plan(scenarios, keyword=keyword).cells] == selected


@pytest.mark.parametrize(
    ("keyword", "why"),
    [
        pytest.param("put and", "a word is missing before the end", id="nothing after and"),
        pytest.param("or put", "a word is missing before 'or'", id="nothing before or"),
        pytest.param("(put", "a ) is missing", id="parenthesis not closed"),
        pytest.param("put)", "')' is not expected", id="parenthesis not opened"),
        pytest.param("put not json", "'not' is not expected", id="no and before not"),
    ],
)
def test_keyword_that_makes_no_sense(keyword: str, why: str) -> None:
    with pytest.raises(UsageError) as raised:
        plan([scenario("a")], keyword=keyword)
    assert str(raised.value) == (
        f"keyword {keyword!r}: {why}; expected words joined by and, or, not and ( )"
    )


def test_unknown_servers_in_scenarios_are_reported_together() -> None:
    with pytest.raises(ScenarioError) as raised:
        plan([scenario("a", servers=("ful",)), scenario("b", exempted=("zzz", "bare"))])
    assert raised.value.problems == (
        "scenarios/x.yaml:3:3: a: found the server 'ful'; "
        "expected one of bare, simple, full, verbatim\n  did you mean 'full'?",
        "scenarios/x.yaml:3:3: b: found the server 'zzz'; "
        "expected one of bare, simple, full, verbatim",
    )


def test_unknown_server_asked_for() -> None:
    with pytest.raises(UsageError) as raised:
        plan([scenario("a")], servers=("simpel", "full"))
    assert str(raised.value) == (
        "no server 'simpel'; did you mean 'simple'?\nservers: bare, simple, full, verbatim"
    )


def test_fixed_servers_are_counted_where_servers_are_listed() -> None:
    fixed = [replace(server(name), fixed=True) for name in ("snippet-a", "snippet-b", "app")]
    with pytest.raises(UsageError) as raised:
        make_plan(
            [scenario("a")],
            (*SERVERS, *fixed),
            Selection(engines=("webkit",), servers=("snippet-",)),
        )
    assert str(raised.value) == (
        "no server 'snippet-'; did you mean 'snippet-b'?\n"
        "servers: bare, simple, full, verbatim, app, 2 fixed ones (servers/registry.toml)"
    )


# id -> (selection, message)
NOTHING: dict[str, tuple[dict[str, tuple[str, ...] | str], str]] = {
    "unknown cell": (
        {"cells": ("put-jsn",)},
        "no cell 'put-jsn'; did you mean 'put-json'?\navailable: 2 cells on all servers in webkit",
    ),
    "cell of another server": (
        {"cells": ("put-json[simple-webkit]",), "servers": ("full",)},
        "no cell 'put-json[simple-webkit]'; did you mean 'put-json[full-webkit]'?\n"
        "available: 1 cells on full in webkit",
    ),
    "keyword": (
        {"keyword": "jsonn"},
        "nothing to run: no cell has the keyword 'jsonn'; did you mean 'json'?\n"
        "available: 2 cells on all servers in webkit",
    ),
    "server that is not meant": (
        {"servers": ("verbatim",)},
        "nothing to run: none of 1 scenarios is for the server verbatim",
    ),
    "no engine": ({"engines": ()}, "nothing to run: no engine is selected"),
}


@pytest.mark.parametrize(("selection", "message"), NOTHING.values(), ids=NOTHING)
def test_nothing_selected_says_what_there_was(
    selection: dict[str, tuple[str, ...] | str], message: str
) -> None:
    with pytest.raises(NothingSelected) as raised:
        plan([scenario("put-json")], **selection)
    assert str(raised.value) == message


def test_nothing_to_select_from() -> None:
    with pytest.raises(NothingSelected, match="there are no scenarios"):
        plan([])


def test_shipped_scenarios_run_on_registered_servers() -> None:
    scenarios = load_scenarios([shipped_folders.scenarios_folder()])
    servers = all_servers()
    plan = make_plan(scenarios, servers, Selection(engines=("webkit",)))
    not_installed = {server.name for server in servers if server.missing}
    planned = {cell.scenario.id for cell in plan.cells} | {
        skip.cell.scenario.id for skip in plan.skips if skip.cell.server in not_installed
    }
    assert planned == {scenario.id for scenario in scenarios}


def configured(name: str, *servers: str) -> Scenario:
    return replace(scenario(name, servers=servers), policy=None, answers=None)


# id -> (servers that the scenario names, those of the user that it runs on)
FOR_AN_APP: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "the app where nothing is named": ((), ["app"]),
    "only the raising one": (("app-raising",), ["app-raising"]),
    "both": (("app", "app-raising"), ["app", "app-raising"]),
    "a fixed server only": (("bare",), []),
}


@pytest.mark.parametrize(("named", "on"), FOR_AN_APP.values(), ids=FOR_AN_APP)
def test_scenario_of_configured_servers_runs_on_the_users_app(
    named: tuple[str, ...], on: list[str]
) -> None:
    servers = (*SERVERS, *(replace(server(name), fixed=True) for name in APPS))
    selection = Selection(servers=APPS, engines=("webkit",))
    entries = [configured("a", *named), configured("z")]
    planned = make_plan(entries, servers, selection)
    assert [cell.server for cell in planned.cells if cell.scenario.id == "a"] == on


@pytest.mark.parametrize(("named", "on"), FOR_AN_APP.values(), ids=FOR_AN_APP)
def test_without_an_app_its_cells_are_skipped_aloud(named: tuple[str, ...], on: list[str]) -> None:
    planned = plan([configured("a", *named), scenario("z")])
    assert [
        (skip.cell.server, skip.reason) for skip in planned.skips if skip.cell.scenario.id == "a"
    ] == [(name, NO_APP) for name in on]


@pytest.mark.parametrize("selected", [(), ("rare",)])
def test_server_only_where_named_runs_what_names_it(
    selected: tuple[str, ...],
) -> None:
    rare = replace(server("rare", "allow_origins"), only_where_named=True)
    selection = Selection(engines=("webkit",), servers=selected)
    planned = make_plan(
        [scenario("a"), scenario("b", servers=("rare", "full"))], (*SERVERS, rare), selection
    )
    assert [cell.scenario.id for cell in planned.cells if cell.server == "rare"] == ["b"]
