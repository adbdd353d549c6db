"""Runs cells: takes a plan and settings, gives events and records of judged cells.

All that is started (servers, recorder, browsers) is started, watched and ended here.
Callers: `cli` and `pytest_plugin` run plans, `client` calls on demand, `live` runs plan
after plan, `bench` measures; by `api`.
"""
