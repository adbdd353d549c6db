"""Calls on demand, public as `cors_harness.Cors` and `cors_harness.Result`.

In: the arguments of one fetch(). Out: what each engine made of it, and what was on the wire.
Called by user code and by `pytest_plugin`, which makes its fixture of it.
"""
