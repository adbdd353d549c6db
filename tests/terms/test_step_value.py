"""Placeholders of what an earlier step brought: which text is one, and how it stands in a URL."""

import pytest

from cors_harness.terms.step_value import StepSource, StepValue, in_url, step_values_in

READ = {
    "header": ("{steps.0.header.mcp-session-id}", (0, "header", "mcp-session-id")),
    "header with a dot": ("{steps.12.header.X.Y}", (12, "header", "X.Y")),
    "json": ("{steps.1.json.data.items.0.id}", (1, "json", "data.items.0.id")),
    "json key of any letters": ("{steps.1.json.größe-in_cm}", (1, "json", "größe-in_cm")),
    "cookie": ("{steps.0.cookie.__Host-sid}", (0, "cookie", "__Host-sid")),
}


@pytest.mark.parametrize(("text", "value"), READ.values(), ids=READ)
def test_placeholder_is_read(text: str, value: tuple[int, str, str]) -> None:
    (found,) = step_values_in(f'{{"a": "x{text}y"}}')
    assert (found.step, found.source, found.name) == value
    assert f"{{{found}}}" == text


@pytest.mark.parametrize(
    "text",
    [
        "{steps.0.header}",
        "{steps.0.header.}",
        "{steps.0.headers.a}",
        "{steps.00.header.a}",
        "{steps.-1.header.a}",
        "{steps.99999999999999999999.header.a}",
        "{steps.0.json.a..b}",
        "{steps.0.json.a b}",
        "{steps.0.cookie.a;b}",
        "{Steps.0.header.a}",
        "steps.0.header.a",
    ],
)
def test_other_text_is_none(text: str) -> None:
    assert not [*step_values_in(text)]


def test_words_name_the_step() -> None:
    assert StepValue(step=1, source=StepSource.COOKIE, name="a").words == "the cookie a of steps[1]"
    in_json = StepValue(step=0, source=StepSource.JSON, name="a.b").words
    assert in_json == "a.b in the JSON of steps[0]"


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        ("a-b_c.d~1", "a-b_c.d~1"),
        ("a/../b?c=d&cell=0.1#e", "a%2F..%2Fb%3Fc%3Dd%26cell%3D0.1%23e"),
        ("é €\r\n", "%C3%A9%20%E2%82%AC%0D%0A"),
        ("{token}%41", "%7Btoken%7D%2541"),
        ("\U0001f600", "%F0%9F%98%80"),
        ("\ud83d", "%EF%BF%BD"),
    ],
)
def test_value_in_a_url_is_one_segment(value: str, encoded: str) -> None:
    assert in_url(value) == encoded
