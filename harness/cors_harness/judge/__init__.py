"""The verdict on a cell from what page, wire and engine told; pure: no clock, no I/O, no logging.

In: the cell, observations, exchanges, lines of the engine's console. Out: a Verdict.
Called by `run`, once for each cell.
"""
