"""Calls on demand: takes the arguments of one fetch(), gives what each engine made of it.

Public as `cors_harness.Cors` and `cors_harness.Result`; `pytest_plugin` makes its fixture of them.
"""
