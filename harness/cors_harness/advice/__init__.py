"""What to change in a server so that a call which was meant to be allowed is; pure.

In: a finished cell with its verdict, and what the server is made of. Out: an Advice, or None.
Called by `run`, which puts it into the cell's record, and by `cli` for changes since a baseline.
"""
