"""A scenario file runs no code, opens no other file and writes none, whatever is in it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cors_harness.errors import ScenarioError
from cors_harness.loading.scenarios import load_scenarios

HOSTILE = """\
- !!python/object/apply:os.system [touch written]
- !include /etc/passwd
- &a {id: a, title: '{request.__class__}', spec: file:///etc/passwd, <<: *a}
- id: ../../written
  title: "$(touch written)`touch written`"
  spec: https://fetch.spec.whatwg.org/#cors-check
  app: os:system
  command: touch written
  body_file: /etc/passwd
  servers: [../../etc/passwd]
  policy: {allow_origins: ["{page.__init__.__globals__}"]}
  request: {path: "/{steps.0.json.__class__}", body: "@/etc/passwd"}
  expect: {outcome: allowed}
"""
ACTS = ("open", "os.", "shutil.", "subprocess.", "socket.", "exec", "import", "pty.", "ctypes.")
LOOKS = ("os.listdir", "os.scandir", "os.walk", "os.fwalk")


def test_hostile_file_is_read_and_nothing_else_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "x.yaml"
    file.write_text(HOSTILE)
    with pytest.raises(ScenarioError):  # whatever is imported late is there from now on
        load_scenarios([file])
    for text in (HOSTILE, HOSTILE[HOSTILE.index("- id: ..") :]):
        file.write_text(text)
        with acts() as done, pytest.raises(ScenarioError):
            load_scenarios([file])
        assert done == [("open", str(file))]
    assert [path.name for path in tmp_path.iterdir()] == ["x.yaml"]


@contextmanager
def acts() -> Iterator[list[tuple[str, str]]]:
    """What this process does that its audit hooks see, with the first argument in words."""
    done: list[tuple[str, str]] = []
    watching = True

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if not (watching and event.startswith(ACTS)) or event in LOOKS:
            return
        if event != "open":
            done.append((event, str(args)))
        elif not isinstance(args[0], int):  # one that is open by now
            writes = args[2] & (os.O_WRONLY | os.O_RDWR)
            done.append(("open to write" if writes else "open", str(args[0])))

    sys.addaudithook(hook)
    yield done
    watching = False
