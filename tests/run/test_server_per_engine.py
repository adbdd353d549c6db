"""Which engine calls which server of the user's, where each has one of its own."""

from dataclasses import replace

import pytest
from tests.run.test_told_of_https import APP_SUBJECT, HTTPS, PAGES, cell_of

from cors_harness.model.route import Address
from cors_harness.model.server import APP, APP_RAISING, VERBATIM
from cors_harness.run.origin_map import OriginMap, RoleOrigins, ServerInstances
from cors_harness.terms.role import Role

ENGINES = ("chromium", "firefox", "webkit")


@pytest.mark.parametrize("server", [APP, APP_RAISING])
@pytest.mark.parametrize("per_engine", [True, False])
def test_engines_share_a_server_or_have_one_each(server: str, *, per_engine: bool) -> None:
    """The key of a cell's token is what leads its requests to the server behind a real origin."""
    instances = ServerInstances(PAGES, replace(APP_SUBJECT, per_engine=per_engine))
    origins = OriginMap(PAGES, RoleOrigins(ports=dict.fromkeys(Role, 1)), instances)
    cells = [replace(cell_of(HTTPS, server), engine=engine) for engine in ENGINES]
    of_one = [replace(cell, scenario=cells[0].scenario) for cell in cells]
    for some in (cells, of_one):
        engines = [each.engine for each in instances.instances(some)]
        assert engines == ([*ENGINES] if per_engine else [""])
        assert len({origins.key(cell) for cell in some}) == len(engines)
    started = instances.instances(of_one)
    addresses = {each.key: Address(port=index) for index, each in enumerate(started)}
    (by_key,) = origins.backends(of_one, addresses).values()
    reached = [by_key[origins.key(cell)].address.port for cell in of_one]
    assert reached == ([0, 1, 2] if per_engine else [0, 0, 0])


@pytest.mark.parametrize("server", ["flask-cors", VERBATIM])
def test_servers_that_are_not_the_users_are_shared(server: str) -> None:
    instances = ServerInstances(PAGES, replace(APP_SUBJECT, per_engine=True))
    assert instances.engine_of(cell_of(HTTPS, server)) == ""
