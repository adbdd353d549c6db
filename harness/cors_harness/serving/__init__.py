"""Everything that answers HTTP: the servers under test, and the origin of the runner page.

In go instances of servers with their policies; out come addresses, and ServerFailed where one
does not start or dies. `run` starts and ends them; `cli` and `pytest_plugin` ask what there is.
"""
