"""What two runs can be compared by, what they differ in, and what that means for whoever serves.

In: cells of a journal, accepted baselines. Out: baselines, changes with their class, the command
that accepts them. Pure but for file names; `cli` calls it, and `reports` renders what it gives.
"""
