"""Files that are named for the browser: the quick tests do not load them (conftest.py)."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
MARK = re.compile(r"^pytestmark = (\[\s*)?pytest\.mark\.browser\b", re.MULTILINE)


def test_all_tests_of_a_file_that_is_named_for_the_browser_need_one() -> None:
    files = list(TESTS.rglob("test_*_browser.py"))
    assert len(files) > 20
    assert [str(file) for file in files if not MARK.search(file.read_text("utf-8"))] == []
