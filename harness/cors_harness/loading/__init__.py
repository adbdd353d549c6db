"""Scenario files: YAML text in, scenarios or every problem out; also their JSON Schema.

In: paths of files and folders. Out: scenarios with their places, or all problems of all files.
Called by `cli`, `bench` and `pytest_plugin`; `settings` names files as it does.
"""
