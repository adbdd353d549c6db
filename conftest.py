"""pytest of this project: `pytester` runs pytest inside tests."""

pytest_plugins = ["pytester"]
