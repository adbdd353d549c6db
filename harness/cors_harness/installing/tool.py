"""Tool: a program of the system's that a browser needs beside it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A program of the system's.

    Attributes:
        program: as PATH knows it.
        what_for: reads on after the engine's name.
        packages: what brings it on Debian.
        formula: what brings it with Homebrew; empty: nothing does.
    """

    program: str
    what_for: str
    packages: tuple[str, ...]
    formula: str = ""

    def install_command(self, platform: str) -> str:
        """What to type; `platform` as `sys.platform` says it."""
        if platform == "darwin" and self.formula:
            return f"brew install {self.formula}"
        return f"sudo apt-get install {' '.join(self.packages)}"
