"""How browsers are found, started, opened on a page and heard; what they are is in `engine_kinds`.

In go a name of an engine and what the machine has; out comes an Engine, `base` says what it does.
`run`, `bench` and the commands that list or install browsers may call it.
"""
