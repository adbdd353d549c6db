"""A scenario file alone reaches no host: no network, no name, no other local server."""

import re

import pytest
from tests.run.hostile_run import CONTROL, OTHERS, REMOTE, reached

pytestmark = pytest.mark.browser

TRUSTED = re.compile(r"pki|cert|key|\.(?:db|pem|crt)$")  # what a browser trusts lies in such files
REFERRER = re.compile(r"https?://[^/]+/(?:harness/runner\.(?:html\?session=[a-z]+-[0-9]+|js))?")
FINGERPRINTS = "home/.local/state/cors-harness/fingerprint.key"  # with it nobody gets in anywhere
# A Chromium that somebody else starts looks for its maker, whatever its pages do.
TO_ITS_MAKER = re.compile(
    r" port 53: .*(?:\\x06update\\ngoogleapis|\\x08accounts\\x06google)\\x03com"
)
LEADS_AWAY = ("redirected-away", "posted-away")


@pytest.mark.parametrize("engine", ["chromium", "firefox", "webkit", REMOTE])
def test_scenario_file_reaches_nothing_but_servers_of_the_run(engine: str) -> None:
    seen = reached(engine)
    packets = [each for each in seen.packets if engine != REMOTE or not TO_ITS_MAKER.search(each)]
    assert (packets, seen.heard) == ([], ())
    assert seen.listening == {address for address, _ in OTHERS}  # loopback, and the other server's
    assert seen.commands == ()
    at_home = [file for file in seen.left if file.startswith("home/")]
    assert {*seen.left} - {*at_home} == {"cwd/.cors-harness/last.journal.jsonl"}
    assert [file for file in at_home if TRUSTED.search(file)] == [FINGERPRINTS]
    cells = [c for c in seen.document["cells"] if c["verdict"]["status"] != "skipped"]
    skipped = [c["verdict"]["note"] for c in seen.document["cells"] if c not in cells]
    assert [note for note in skipped if "which ports count as public" not in note] == []
    assert (len(cells), len(skipped)) == ((29, 3) if engine == REMOTE else (32, 0))
    assert {cell["verdict"]["status"] for cell in cells} == {"as-expected"}
    sent = [
        pair for cell in cells for each in cell["exchanges"] for pair in each["request_headers"]
    ]
    referrers = {value for name, value in sent if name.lower() == "referer"}
    assert any("/harness/runner.html" in value for value in referrers)
    assert [value for value in referrers if not REFERRER.fullmatch(value)] == []
    away = [cell for cell in cells if cell["scenario"].startswith(LEADS_AWAY)]
    blocked = [cell for cell in away if cell["reason"]["code"] == "local-network-access"]
    assert len(blocked) == (3 if engine == "chromium" else 0)
    told = [cell["reason"]["detail"] for cell in away if cell not in blocked]
    assert len(told) + len(blocked) + len(skipped) == 27
    assert [detail for detail in told if not detail.endswith(": not mapped")] == []


def test_whatever_is_reached_is_seen() -> None:
    seen = reached(CONTROL)
    assert {line.partition(" ")[0] for line in seen.heard} == {f"{a}:{p}" for a, p in OTHERS}
    assert any("to 192.0.2.2 port 18080" in packet for packet in seen.packets)
    assert any("to 10.99.0.53 port 53" in packet for packet in seen.packets)
