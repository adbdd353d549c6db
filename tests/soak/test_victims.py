"""Which process of a run is of which kind, by command lines as Chromium shows them."""

import pytest
from tests.run.process_tree import ProcessInfo
from tests.soak.victims import kind_of

CHROMIUM = "/usr/lib/chromium/chromium"
PROFILE = "--user-data-dir=/tmp/playwright_chromiumdev_profile-a"
# Of processes that show a title, all of it is one word.
COMMANDS: dict[tuple[str, ...], str | None] = {
    (CHROMIUM, "--headless", PROFILE, "--remote-debugging-pipe"): "chromium",
    (f"{CHROMIUM} --type=renderer {PROFILE} --lang=en-US",): "chromium page",
    (f"{CHROMIUM} --type=utility --utility-sub-type=network.mojom.NetworkService {PROFILE}",): (
        "chromium network"
    ),
    (f"{CHROMIUM} --type=gpu-process {PROFILE}",): "chromium graphics",
    (f"{CHROMIUM} --type=zygote {PROFILE}",): None,
    ("/usr/lib/chromium/chrome_crashpad_handler", "--monitor-self", PROFILE): None,
    ("/opt/chrome/headless_shell", "--remote-debugging-pipe"): "chromium",
}


@pytest.mark.parametrize(("command", "kind"), COMMANDS.items())
def test_kind_of_a_process_of_chromium(command: tuple[str, ...], kind: str | None) -> None:
    assert kind_of(ProcessInfo(pid=1, parent=0, born=0, command=command)) == kind
