"""How many more sessions a Selenium Grid gives, by what it says of itself."""

import pytest

from cors_harness.engines.grid_status import free_slots

CHROME = {"browserName": "chrome", "platformName": "linux"}
FIREFOX = {"browserName": "firefox", "platformName": "linux", "browserVersion": "153"}
IDLE, BUSY = None, {"sessionId": "a1"}


def node(
    *slots: tuple[dict[str, str], object], most: int = 9, availability: str = "UP"
) -> dict[str, object]:
    return {
        "availability": availability,
        "maxSessions": most,
        "slots": [{"session": session, "stereotype": stereotype} for stereotype, session in slots],
    }


STATUSES = {
    "all of two nodes": ([node((CHROME, IDLE)), node((CHROME, IDLE), (CHROME, IDLE))], 3),
    "not those that are taken": ([node((CHROME, BUSY), (CHROME, IDLE))], 1),
    "none": ([node((CHROME, BUSY))], 0),
    "not those of another browser": ([node((FIREFOX, IDLE), (CHROME, IDLE))], 1),
    "no more than the node runs at once": (
        [node((FIREFOX, BUSY), (CHROME, IDLE), (CHROME, IDLE), most=2)],
        1,
    ),
    "none of a node that is going": ([node((CHROME, IDLE), availability="DRAINING")], 0),
    "none of a node that is gone": ([node((CHROME, IDLE), availability="DOWN")], 0),
    "no nodes yet": ([], 0),
}


@pytest.mark.parametrize(("nodes", "free"), STATUSES.values(), ids=STATUSES)
def test_free_slots_are_counted(nodes: list[object], free: int) -> None:
    assert free_slots({"ready": True, "nodes": nodes}, {"browserName": "Chrome"}) == free


ASKED = {
    "the version": ({"browserName": "firefox", "browserVersion": "153"}, 1),
    "another version": ({"browserName": "firefox", "browserVersion": "140"}, 0),
    "another system": ({"browserName": "firefox", "platformName": "mac"}, 0),
    "any browser": ({"acceptInsecureCerts": True}, 1),
}


@pytest.mark.parametrize(("asked", "free"), ASKED.values(), ids=ASKED)
def test_only_slots_with_what_is_asked_for_count(asked: dict[str, object], free: int) -> None:
    assert free_slots({"nodes": [node((FIREFOX, IDLE))]}, asked) == free


@pytest.mark.parametrize(
    "status",
    [
        pytest.param(
            {"ready": True, "message": "ChromeDriver ready for new sessions."}, id="driver"
        ),
        pytest.param(None, id="nothing"),
        pytest.param({"nodes": "many"}, id="nonsense"),
        pytest.param([], id="a list"),
    ],
)
def test_nobody_knows_where_no_nodes_are_named(status: object) -> None:
    assert free_slots(status, {"browserName": "chrome"}) is None


def test_nonsense_among_the_nodes_is_passed_over() -> None:
    nodes = [None, {"slots": "x"}, {"availability": "UP", "slots": [3, {"session": None}]}]
    assert free_slots({"nodes": nodes}, {"browserName": "chrome"}) == 1
