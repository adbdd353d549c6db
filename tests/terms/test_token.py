"""The cell's token in texts."""

import pytest

from cors_harness.terms.token import first_serial, without_token

TEXTS = {
    "alone": ("/orders?cell=i0.7", "/orders"),
    "before more of the query": ("/orders?cell=i0.7&n=1", "/orders?n=1"),
    "behind more of it": ("/orders?n=1&cell=12.7", "/orders?n=1"),
    "inside": ("/orders?n=1&cell=i0.7&m=2", "/orders?n=1&m=2"),
    "in a sentence": ("Load of http://a.test/?cell=i0.7. failed", "Load of http://a.test/. failed"),
    "twice": ("/a?cell=i0.7 /b?cell=i0.7", "/a /b"),
    "not ours": ("/orders?cell=big", "/orders?cell=big"),
}


@pytest.mark.parametrize(("text", "without"), TEXTS.values(), ids=TEXTS)
def test_text_without_the_token_has_the_rest_of_its_query(text: str, without: str) -> None:
    assert without_token(text) == without


def test_where_a_run_begins_to_count_is_another_place_each_time() -> None:
    first, second = first_serial(), first_serial()
    assert first != second
    assert len(f"{first}") == len(f"{second}") == 15
    assert without_token(f"/a?cell=i3.{first + 1}&b") == "/a?b"
