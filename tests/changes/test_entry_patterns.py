"""Which cells a --only NAME means, and the names that mean exactly some entries."""

from collections.abc import Collection

import pytest

from cors_harness.changes.entry_patterns import only_names, read_only, scenario_names
from cors_harness.model.change import EntryName

ENGINES = ("chromium", "firefox", "webkit")


def meant(text: str, scenario: str, server: str = "app", engine: str = "webkit") -> bool:
    return read_only(text, ENGINES).means(scenario_names(scenario), server, engine)


MEANT = {
    "id": "orders-put",
    "file and id": "orders.yaml::orders-put",
    "file as typed": "./orders.yaml::orders-put",
    "pattern": "orders-*",
    "pattern with one character": "orders-pu?",
    "pattern of files": "*.yaml::orders-put",
    "id and server": "orders-put[app]",
    "id and pattern of servers": "orders-put[a*]",
    "cell": "orders-put[app-webkit]",
    "node id": "orders.yaml::orders-put[app-webkit]",
    "everything": "*",
}
NOT_MEANT = {
    "other id": "orders-get",
    "part of the id": "orders",
    "other case": "Orders-put",
    "other file": "users.yaml::orders-put",
    "other server": "orders-put[flask-cors]",
    "cell in another engine": "orders-put[app-firefox]",
    "server that has an engine's name at its end": "orders-put[my-webkit]",
}


@pytest.mark.parametrize("text", MEANT.values(), ids=MEANT)
def test_name_means_the_cell(text: str) -> None:
    assert meant(text, "orders.yaml::orders-put")


@pytest.mark.parametrize("text", NOT_MEANT.values(), ids=NOT_MEANT)
def test_name_does_not_mean_the_cell(text: str) -> None:
    assert not meant(text, "orders.yaml::orders-put")


def entries(*scenarios: str, server: str = "app") -> set[EntryName]:
    return {
        (scenario if "::" in scenario else f"orders.yaml::{scenario}", server)
        for scenario in scenarios
    }


FOUR = ("a-get", "a-put", "a-del", "a-head")
PARTED = ("a-x-evil", "b-x-evil", "c-x-evil", "d-x-evil", "a-x-app", "b-x-app")
NAMED = {
    "one": (entries("a-get"), entries(*FOUR), ("a-get",)),
    "few are named": (entries("a-get", "a-put"), entries(*FOUR), ("a-get", "a-put")),
    "all": (entries(*FOUR), entries(*FOUR), ("*",)),
    "all of a beginning": (entries(*FOUR), entries(*FOUR, "b-get"), ("a-*",)),
    "all of an end": (entries(*PARTED[:4]), entries(*PARTED), ("*-evil",)),
    "all with a middle": (
        entries("a-x-1", "b-x-2", "c-x-3", "d-x-4"),
        entries("a-x-1", "b-x-2", "c-x-3", "d-x-4", "a-y-1", "b-y-2", "x-z", "z-x"),
        ("*-x-*",),
    ),
    "a pattern and a rest": (
        entries(*FOUR, "b-get"),
        entries(*FOUR, "b-get", "b-put"),
        ("a-*", "b-get"),
    ),
    "no pattern fits": (
        entries("a-get", "b-put", "c-get", "d-put"),
        entries("a-get", "b-put", "c-get", "d-put", "a-put", "b-get", "c-put", "d-get"),
        ("a-get", "b-put", "c-get", "d-put"),
    ),
    "one server of several": (
        entries("a-get"),
        entries("a-get") | entries("a-get", server="flask-cors"),
        ("a-get[app]",),
    ),
    "every server": (
        entries("a-get") | entries("a-get", server="flask-cors"),
        entries("a-get", "b") | entries("a-get", "b", server="flask-cors"),
        ("a-get",),
    ),
    "one id in two files": (
        entries("a.yaml::get"),
        entries("a.yaml::get", "b.yaml::get"),
        ("a.yaml::get",),
    ),
    "not known before": (entries("new"), set(), ("new",)),
    "nothing": (set(), entries("a"), ()),
    "nothing of nothing": (set(), set(), ()),
}


@pytest.mark.parametrize(("wanted", "known", "names"), NAMED.values(), ids=NAMED)
def test_names_are_few(
    wanted: set[EntryName], known: set[EntryName], names: tuple[str, ...]
) -> None:
    assert only_names(wanted, frozenset(known)) == names


@pytest.mark.parametrize(("wanted", "known"), [row[:2] for row in NAMED.values()], ids=NAMED)
def test_names_mean_exactly_what_is_wanted(
    wanted: Collection[EntryName], known: Collection[EntryName]
) -> None:
    names = [read_only(text, ENGINES) for text in only_names(wanted, frozenset(known))]
    found = {
        (scenario, server)
        for scenario, server in {*wanted, *known}
        if any(name.means(scenario_names(scenario), server, "webkit") for name in names)
    }
    assert found == set(wanted)


def test_cell_in_a_column_with_several_words_is_named_as_any_other() -> None:
    columns = (*ENGINES, "safari-mac")
    pattern = read_only("orders-put[flask-cors-safari-mac]", columns)
    assert (pattern.server, pattern.engine) == ("flask-cors", "safari-mac")
    assert read_only("orders-put[flask-cors]", columns).engine == "*"
