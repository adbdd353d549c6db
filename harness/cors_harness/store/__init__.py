"""Runs and baselines on disk: journals of JSON lines, baseline files of YAML.

In: finished cells, accepted facts. Out: files, and the same values read back or every problem that
a file has. Called by `cli` and `pytest_plugin`; `reports` writes JSON by its codec.
"""
