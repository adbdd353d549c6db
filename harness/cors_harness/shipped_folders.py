"""Where the shipped folders lie: beside the package in a wheel, in the checkout when editable."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent.parent


def _shipped(name: str) -> Path:
    packed = PACKAGE / f"_{name}"
    return packed if packed.is_dir() else CHECKOUT / name


def servers_folder() -> Path:
    """The reference servers and their `registry.toml`."""
    return _shipped("servers")


def scenarios_folder() -> Path:
    """The scenario files that come with the project."""
    return _shipped("scenarios")
