"""A baseline that an earlier version wrote: all that a comparison takes is in there."""

from cors_harness.changes.compare import compare
from cors_harness.model.change import ChangeClass
from cors_harness.store.baseline_reading import parse_baseline

ACCEPTED = """\
schema: 1
harness: 0.1.0
engines:
  chromium: Chromium 156.0.8078.108
servers:
  app:
    flask: '3.1.3'
entries: 2

orders.yaml::post-evil[app]:
  page: https://attacker.example
  chromium:
  - outcome: opaque
    wire:
    - request: POST /orders
      credentials: sent
      status: 403

orders.yaml::put-evil[app]:
  page: https://attacker.example
  chromium:
  - outcome: blocked allow-origin-missing
    wire:
    - preflight: OPTIONS /orders/7
      access-control-request-method: PUT
      status: 204
      access-control-allow-origin: '*'
    - request: PUT /orders/7
      status: 401

end: of the baseline
"""


def test_it_is_compared_like_any_other() -> None:
    text = ACCEPTED.replace("status: 403", "status: 200").replace("status: 401", "status: 204")
    before, after = (parse_baseline(each.encode(), "cors") for each in (ACCEPTED, text))
    found = [
        (each.class_, each.facet.text, each.headline) for each in compare(before, after).changes
    ]
    widened = (ChangeClass.WIDENED, "request carried out")
    assert found == [
        (
            *widened,
            "POST /orders from https://attacker.example is now carried out with credentials,"
            " unreadable as its response is",
        ),
        (
            *widened,
            "PUT /orders/7 from https://attacker.example is now carried out,"
            " unreadable as its response is",
        ),
    ]


def test_a_secret_in_a_url_is_no_change() -> None:
    """It stood in baselines, and does no more."""
    texts = (
        ACCEPTED.replace("POST /orders", f"POST /orders?api_key={it}&a=b") for it in ("s", "…")
    )
    before, after = (parse_baseline(each.encode(), "cors") for each in texts)
    assert compare(before, after).changes == compare(after, before).changes == ()
