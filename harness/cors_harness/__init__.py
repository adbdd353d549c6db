"""What real browsers allow: a cross-browser CORS matrix for Python web developers.

`Cors` asks real browsers for one `fetch()` to your app; `Result` is what they made of it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cors_harness.client.cors import Cors
    from cors_harness.client.result import Result

__all__ = ["Cors", "Result"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`Cors` or `Result`, imported with what they need only when somebody asks for them."""
    if name == "Cors":
        from cors_harness.client.cors import Cors  # noqa: PLC0415 - the command line starts without

        return Cors
    if name == "Result":
        from cors_harness.client.result import Result  # noqa: PLC0415 - as above

        return Result
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
