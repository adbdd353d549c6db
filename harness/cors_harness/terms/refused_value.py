"""RefusedValue: what a value that a user has typed was found to be, and what was expected."""


class RefusedValue(ValueError):  # noqa: N818 - reads as what it is
    """A value that is no good; no field holds a secret.

    Attributes:
        found, expected: both sides, ready to be read.
        hint: how to write it; may be empty.
    """

    def __init__(self, found: str, expected: str, hint: str = "") -> None:
        self.found, self.expected, self.hint = found, expected, hint
        super().__init__("\n  ".join(filter(None, (f"found {found}; expected {expected}", hint))))
