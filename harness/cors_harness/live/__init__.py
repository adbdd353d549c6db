"""A run that stays: a page on loopback shows its cells as they finish, and runs them again.

In go what to run (a callable that reads the scenarios anew) and which files matter; out come lines
for a terminal and the page of `reports.html`, fed by `LivePageServer`. The parts: `board` (the
newest record of each cell), `rounds` (what runs next, and runs it), `watching` (files that change),
`access` (who gets an answer), `page_server` (answers), `session` (all of it together). The command
line calls it.
"""
