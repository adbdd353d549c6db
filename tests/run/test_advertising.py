"""What is told of a run whose browsers are elsewhere, and which cells those cannot run."""

import asyncio
from pathlib import Path

import pytest
from tests.run.batches import SPEC, plan_of

from cors_harness.model.advertised import Advertised, Reach
from cors_harness.model.route import Address
from cors_harness.run.advertising import Advertising
from cors_harness.wire.recorder import Recorder
from cors_harness.wire.ticket import without_tickets

HOST = "devbox.lan"
SCENARIO = f"""\
- id: one
  title: t
  spec: {SPEC}
  %s
  request: {{%s}}
  expect: {{outcome: allowed}}
"""
ALLOWS = "response: {status: 200}"
ROWS = {  # of a scenario: its tables, its request, why not by the gate, why not without
    "on ports of the run": (ALLOWS, "", "", ""),
    "the page's own origin": (ALLOWS, "at: page", "", ""),
    "real origins": (f"page: https://app.example.com\n  {ALLOWS}", "", "", "can set none"),
    "the advertised host": (
        f"page: https://{HOST}\n  {ALLOWS}",
        "",
        "advertise an address",
        "can set none",
    ),
    "a loopback name": (f"page: localhost\n  {ALLOWS}", "", "", "localhost is the browser's own"),
    "a loopback name of the server": (
        f"server_host: localhost\n  {ALLOWS}",
        "",
        "",
        "localhost is the browser's own",
    ),
    "public address space": (
        f"page: {{address_space: public}}\n  {ALLOWS}",
        "",
        "when a browser is started",
        "when a browser is started",
    ),
    "an address in a policy": (
        "policy: {allow_origin_regex: 'http://127\\.0\\.0\\.1:\\d+'}\n  servers: [flask-cors]",
        "",
        "",
        "names 127.0.0.1",
    ),
    "headers for trustworthy origins": (
        'response: {headers: {Vary: Sec-Fetch-Mode, Access-Control-Allow-Origin: "{page}"}}',
        "",
        "",
        "trustworthy",
    ),
    "a limit of headers": (
        "policy: {allow_origins: ['{page}']}\n  servers: [flask-cors@gunicorn-sync-few-headers]",
        "",
        "",
        "counts headers",
    ),
}


def why(folder: Path, text: str, reach: Reach, engine: str = "webkit") -> str:
    plan = plan_of(folder, text, "webkit")
    cells = [*plan.cells, *(skip.cell for skip in plan.skips)]
    (reason,) = {Advertising(HOST, {engine: reach}).why_unreachable(cell) for cell in cells}
    return reason


@pytest.mark.parametrize(("tables", "request_", "gate", "direct"), ROWS.values(), ids=ROWS)
def test_cells_that_a_browser_elsewhere_cannot_run_have_a_reason(
    tmp_path: Path, tables: str, request_: str, gate: str, direct: str
) -> None:
    text = SCENARIO % (tables, request_)
    for reach, reason in ((Reach.GATE, gate), (Reach.DIRECT, direct)):
        found = why(tmp_path, text, reach)
        assert (reason in found) if reason else not found
    assert not why(tmp_path, text, Reach.DIRECT, engine="chromium")


def test_each_page_of_a_browser_elsewhere_has_a_ticket_that_is_not_shown() -> None:
    advertising = Advertising(HOST, {"webkit": Reach.GATE})
    advertising._ports.append(4000)
    url = advertising.entry_url("webkit")
    assert url != advertising.entry_url("webkit")
    assert without_tickets(f"cannot open {url}: why") == f"cannot open http://{HOST}:4000/***: why"
    assert without_tickets(f"{url}") == f"http://{HOST}:4000/***"
    assert advertising.entry_url("chromium") is None


def test_nothing_is_advertised_without_a_host_or_a_browser_elsewhere() -> None:
    for advertising in (Advertising("", {"webkit": Reach.GATE}), Advertising(HOST)):
        assert not advertising.has("webkit")
        assert advertising.told() is None


@pytest.mark.parametrize(
    ("listens_on", "ports", "place"),
    [
        (("192.0.2.7",), (1, 2), "ports 1, 2 are open on 192.0.2.7"),
        (("*",), tuple(range(9)), "9 ports from 0 to 8 are open on every address of this machine"),
    ],
)
def test_sentence_says_what_is_open_how_long_and_for_whom(
    listens_on: tuple[str, ...], ports: tuple[int, ...], place: str
) -> None:
    advertised = Advertised(
        host=HOST, listens_on=listens_on, ports=ports, engines={"webkit": Reach.DIRECT}
    )
    sentence = advertised.sentence()
    assert place in sentence
    for words in (HOST, "until the run ends", "nobody else", "webkit can set no proxy"):
        assert words in sentence


def test_ports_of_servers_that_have_ended_are_told_of_no_more() -> None:
    async def main() -> list[int]:
        recorder, advertising = Recorder(), Advertising("127.0.0.2", {"webkit": Reach.DIRECT})
        await recorder.start()
        try:
            await advertising.start(recorder, 9)
            counts = []
            for _ in range(3):  # as many runs of the same engines
                await advertising.open(recorder, await recorder.listen(Address(port=9), "server"))
                told = advertising.told()
                counts.append(len(told.ports) if told else 0)
                await recorder.close_ports()
                advertising.forget_servers()
        finally:
            await recorder.stop()
        return counts

    assert asyncio.run(main()) == [3, 3, 3]  # the entry, that of pages, and one of a server
