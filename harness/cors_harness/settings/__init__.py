"""What a command or a test session is told: its options and the project's `pyproject.toml`.

In go options as they were typed, and a folder; out comes an `Invocation`, or a UsageError that says
what is wrong. Only the doors, `cli` and `pytest_plugin`, call it.
"""
