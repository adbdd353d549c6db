"""Every framework that is known can be read, and is named where people look for it."""

import re
from pathlib import Path

import pytest

from cors_harness.cli.init import DESCRIPTION
from cors_harness.serving.survey.frameworks.table import READERS
from cors_harness.serving.survey.known_apps import CLASSES, Framework
from cors_harness.serving.user.interfaces import DISTRIBUTIONS

README = Path(__file__).resolve().parent.parent.parent / "scenarios" / "README.md"
TEXTS = {"init --help": DESCRIPTION, "scenarios/README.md": README.read_text("utf-8")}
LIST = re.compile(r": (Flask \(APIFlask too\).*? or \w+)", re.DOTALL)


def test_every_framework_has_a_reader_and_a_class() -> None:
    assert set(READERS) == set(Framework)
    assert {framework for framework, _, _ in CLASSES} == set(Framework)
    packages = {module.partition(".")[0] for _, module, _ in CLASSES}
    assert packages <= set(DISTRIBUTIONS)  # a run says their versions


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_list_of_frameworks_is_complete(text: str) -> None:
    found = LIST.search(text)
    assert found
    named = re.sub(r"\([^)]*\)", "", found[1])
    assert {name.strip() for name in re.split(r",|\bor\b", named)} == set(Framework)
