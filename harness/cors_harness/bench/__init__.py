"""Measures how fast the harness is on this machine, next to what the browsers do without it.

Takes engines and a number of cells, gives a BenchReport of rates. Called by `cli` only.
"""
