"""Lines that fit: what is cut, what is broken, what is not."""

from cors_harness.reports.fitting import UNBROKEN, cut, listed, wrapped


def test_what_fits_is_not_cut() -> None:
    assert cut("12345", 5) == "12345"


def test_cut_text_says_so_within_the_width() -> None:
    assert cut("1234 6789", 6) == "1234…"


def test_label_stands_before_the_first_line_only() -> None:
    assert wrapped("  calls", "one two three four", 31, 10) == ("  calls   one two three four",)
    assert wrapped("  calls", "one two three four five", 30, 10) == (
        "  calls   one two three four",
        "          five",
    )


def test_call_is_not_broken_between_method_and_path() -> None:
    text = f"one two three GET{UNBROKEN}/orders"
    assert wrapped("", text, 20, 0) == ("one two three", "GET /orders")


def test_name_that_is_longer_than_a_line_stays_whole() -> None:
    name = "https://" + "a" * 40
    assert wrapped("", f"from {name}", 30, 0) == ("from", name)


def test_of_many_names_the_first_are_told() -> None:
    assert listed(["a", "b", "c"], 2) == "a, b and 1 more"
    assert listed(["a", "b"], 2) == "a, b"
