"""Apps of strangers, unedited, of every framework but Flask and FastAPI: init, record, check.

Flask and FastAPI have test_init_browser.py. Each app allows one origin as its framework's
documentation shows; what its framework lets out of CORS all the same is said here.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.cli.program import program

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import RecordedCell
from cors_harness.model.verdict import Status
from cors_harness.store.journal import DEFAULT_PLACE, read_journal

pytestmark = pytest.mark.browser

APPS = Path(__file__).parent.parent / "strangers"
SOME = ("-k", "unhandled or no-such-page")  # what is checked, after all was recorded
WEBKIT = ("--browser", "webkit")  # what servers send is the same to all


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """An app in tests/strangers, and what its draft finds.

    Attributes:
        spec: of the app, as for --app.
        routes: as `init` shows them.
        left_out: what `init` says of routes that it does not draft.
        otherwise: scenario -> reason, of cells that come out otherwise than meant.
    """

    spec: str
    routes: tuple[str, ...]
    left_out: str = ""
    otherwise: dict[str, str] = field(default_factory=dict)


STRANGERS = {
    "Django, REST framework and django-ninja": Stranger(
        spec="django_shop:app",
        routes=("/v1/orders/{number} GET", "/rest/customers/ POST", "/api/items/{number} PUT"),
    ),
    "Litestar": Stranger(spec="litestar_shop:app", routes=("/orders/{number} GET", "/orders POST")),
    "Quart": Stranger(
        spec="quart_shop:app",
        routes=("/orders/{number} GET", "/orders POST"),
        left_out="left out, as a WebSocket: /changes",
    ),
    # No CORS headers come with what no route takes: its middleware looks for the route first.
    "BlackSheep": Stranger(
        spec="blacksheep_shop:app",
        routes=("/orders/{number} GET", "/orders POST"),
        otherwise={
            "no-such-page-app-get-orders-number": "allow-origin-missing",
            "no-such-method-app-get-orders-number": "allow-origin-missing",
            "no-such-method-app-post-orders": "allow-origin-missing",
        },
    ),
    "Connexion": Stranger(
        spec="connexion_shop:app",
        routes=("/v1/orders/{number} GET", "/v1/orders POST", "/latest GET"),
    ),
    "Sanic": Stranger(
        spec="sanic_shop:app",
        routes=("/v1/orders POST", "/v1/orders/{number} GET"),
        left_out="left out, as a WebSocket: /feed",
    ),
    "Falcon": Stranger(
        spec="falcon_shop:create_app()", routes=("/orders POST", "/orders/{number} GET")
    ),
    # aiohttp-cors knows routes, and no answer that there is none.
    "aiohttp": Stranger(
        spec="aiohttp_shop:create_app()",
        routes=("/orders/{number} GET", "/orders POST"),
        left_out="left out, as a WebSocket: /feed",
        otherwise={
            "no-such-page-app-get-orders-number": "allow-origin-missing",
            "no-such-page-app-post-orders": "allow-origin-missing",
            "no-such-method-app-get-orders-number": "allow-origin-missing",
            "no-such-method-app-post-orders": "allow-origin-missing",
        },
    ),
    "Tornado": Stranger(
        spec="tornado_shop:make_app()",
        routes=("/orders/{number} GET", "/orders POST"),
        left_out="left out, as a WebSocket: /feed",
    ),
    # The 500 of a bug is made when its hooks are over.
    "Bottle": Stranger(
        spec="bottle_shop:app",
        routes=("/orders/{number} GET", "/orders/ POST"),
        otherwise={
            "unhandled-app-get-orders-number": "allow-origin-missing",
            "unhandled-app-post-orders": "allow-origin-missing",
        },
    ),
    # So it is when all tweens are over; JSON that is none is such a bug in this app.
    "Pyramid": Stranger(
        spec="pyramid_shop:main()",
        routes=("/orders/{number} GET", "/orders/ POST"),
        otherwise={
            "not-valid-app-post-orders": "allow-origin-missing",
            "unhandled-app-get-orders-number": "allow-origin-missing",
            "unhandled-app-post-orders": "allow-origin-missing",
        },
    ),
}


def judged(cells: Sequence[RecordedCell]) -> dict[str, str]:
    """Scenario -> reason, of cells that came out otherwise than meant; all came to a verdict."""
    assert {cell.status for cell in cells} <= {Status.AS_EXPECTED, Status.UNEXPECTED}
    reasons = {cell.scenario: cell.steps[-1].reason for cell in cells if is_unexpected(cell)}
    return {scenario: reason.code if reason else "none" for scenario, reason in reasons.items()}


def is_unexpected(cell: RecordedCell) -> bool:
    return cell.status is Status.UNEXPECTED


def statuses_of_bugs(cells: Sequence[RecordedCell]) -> set[int | None]:
    """What was on the wire where every view raises, but for preflights."""
    raising = (cell for cell in cells if cell.server == "app-raising")
    exchanges = (each for cell in raising for each in cell.exchanges)
    return {each.status for each in exchanges if each.kind is ExchangeKind.REQUEST}


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS)
def test_unedited_app_is_drafted_recorded_and_checked(tmp_path: Path, stranger: Stranger) -> None:
    shutil.copy(APPS / f"{stranger.spec.partition(':')[0]}.py", tmp_path)
    target = ("--app", stranger.spec)
    made = program(tmp_path, "init", *target, "--origin", "https://app.example.com")
    assert made.returncode == 0, made.stderr
    shown = {" ".join(line.split()) for line in made.stdout.splitlines()}
    assert {*stranger.routes, stranger.left_out} <= shown

    file = "scenarios/cors.yaml"
    assert stranger.left_out in (tmp_path / file).read_text()
    # It runs as `run` does, and accepts what came out, be it as meant or not.
    recorded = program(tmp_path, "record", file, *target, *WEBKIT)
    assert recorded.returncode == 0, recorded.stdout + recorded.stderr
    assert "Traceback" not in recorded.stderr
    _, cells = read_journal(tmp_path / DEFAULT_PLACE)
    assert judged(cells) == stranger.otherwise
    assert statuses_of_bugs(cells) == {500}

    checked = program(tmp_path, "check", file, *target, *WEBKIT, *SOME)
    assert checked.returncode == 0, checked.stdout + checked.stderr
