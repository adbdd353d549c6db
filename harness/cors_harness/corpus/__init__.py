"""Origins around an allowed one: those that attackers would use, and other ways to type it.

In go origins; out come named pages with the attack or the reason that each stands for.
`loading` makes axes of a matrix of them, `drafts` writes them into a first file.
"""
