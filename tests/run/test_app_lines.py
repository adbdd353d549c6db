"""Which lines of the user's server a cell's record gets, by the times on the wire."""

import asyncio
import time
from dataclasses import replace

import pytest
from tests.serving.test_app_output import Server
from tests.store.record_builders import EXCHANGE, record

from cors_harness.model.cell import CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.verdict import Status, Verdict
from cors_harness.run.app_lines import added
from cors_harness.serving.user.app_output import MOST_LINES, AppOutput

FINE = replace(EXCHANGE, role="server", status=200)


def cell(*exchanges: Exchange, server: str = "app", status: Status) -> CellRecord:
    made = record(exchanges=exchanges, verdict=Verdict(status=status))
    return replace(made, cell=replace(made.cell, server=server))


def lines(of: CellRecord, output: AppOutput, clock: float) -> tuple[str, ...]:
    return asyncio.run(added(of, output, clock)).app_output


@pytest.mark.parametrize(
    ("server", "code", "status", "shown"),
    [
        ("app", 500, Status.AS_EXPECTED, ("during", "behind the response")),
        ("app", 503, Status.UNEXPECTED, ("during", "behind the response")),
        ("app", 200, Status.UNEXPECTED, ("during", "behind the response")),
        ("app", 404, Status.AS_EXPECTED, ()),
        ("app-raising", 500, Status.AS_EXPECTED, ()),  # that it raises is no news
        ("app-raising", 500, Status.UNEXPECTED, ()),
        ("flask-cors", 500, Status.UNEXPECTED, ()),
    ],
)
def test_errors_and_surprises_get_what_was_written_meanwhile(
    server: str, code: int, status: Status, shown: tuple[str, ...]
) -> None:
    output = AppOutput()
    app = Server(output, server)
    app.write(b"before\n")
    clock = time.monotonic()
    app.write(b"during\n")
    end_ms = (time.monotonic() - clock) * 1000
    app.write(b"behind the response\n")
    exchange = replace(FINE, status=code, t_ms=0, end_ms=end_ms)
    assert lines(cell(exchange, server=server, status=status), output, clock) == shown
    app.end()


def test_where_each_engine_has_a_server_of_its_own_the_lines_are_of_that_one() -> None:
    output = AppOutput()
    apps = {engine: Server(output, f"app for {engine}") for engine in ("firefox", "webkit")}
    clock = time.monotonic()
    for engine, app in apps.items():
        app.write(f"of {engine}\n".encode())
    exchange = replace(FINE, status=500, t_ms=0, end_ms=(time.monotonic() - clock) * 1000)
    found = lines(cell(exchange, status=Status.AS_EXPECTED), output, clock)
    assert found == ("of webkit",)
    for app in apps.values():
        app.end()


def test_traceback_that_comes_behind_the_response_is_waited_for() -> None:
    output = AppOutput()
    app = Server(output)
    clock = time.monotonic()
    failed = replace(FINE, status=500, t_ms=0, end_ms=1)

    async def main() -> CellRecord:
        adding = asyncio.create_task(added(cell(failed, status=Status.AS_EXPECTED), output, clock))
        await asyncio.sleep(0.03)
        app.write(b"Traceback\n")
        return await adding

    assert asyncio.run(main()).app_output == ("Traceback",)
    app.end()


def test_call_without_a_whole_response_has_all_until_now_and_other_roles_have_none() -> None:
    output = AppOutput()
    app = Server(output)
    clock = time.monotonic()
    app.write(b"working\n")
    hangs = replace(FINE, status=None, t_ms=0, end_ms=None)
    assert lines(cell(hangs, status=Status.ERROR), output, clock) == ("working",)
    elsewhere = replace(hangs, role="other")
    assert lines(cell(elsewhere, status=Status.ERROR), output, clock) == ()
    app.end()


def test_of_many_lines_the_last_are_told_each_once() -> None:
    output = AppOutput()
    app = Server(output)
    clock = time.monotonic()
    app.write(b"".join(b"%d\n" % number for number in range(MOST_LINES + 7)))
    call = replace(FINE, t_ms=0, end_ms=(time.monotonic() - clock) * 1000)
    first, *rest = lines(cell(call, call, status=Status.UNEXPECTED), output, clock)
    assert first == "(7 lines before)"
    assert rest == [str(number) for number in range(7, MOST_LINES + 7)]
    app.end()
