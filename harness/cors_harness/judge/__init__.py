"""The verdict on a cell by what page, wire and engine reported; pure: no clock, no I/O, no logs.

In: the cell, observations, exchanges, lines of the engine's console. Out: a Verdict.
Called by `run`, once for each cell.
"""
