"""Which cells run: scenarios x servers x engines, less what is not selected or cannot run.

In go loaded scenarios, servers and a Selection; out comes a Plan of cells and skips, or an error
that says why nothing is left. Nothing is started here; doors, `run`, `client` and `bench` call it.
"""
