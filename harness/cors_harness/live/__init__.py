"""A run that stays: a page on loopback shows its cells as they finish, and runs them again.

In go what to run (a callable that reads the scenarios anew) and which files matter; out come lines
for a terminal and the page of `reports.html`, fed by `LivePageServer`. The parts: `board` (the
newest record of each cell), `rounds` (what runs next), `plan_runner` (runs it), `joining` (browsers
that somebody has open), `watching` (files that change), `access` (who gets an answer),
`page_server` (answers), `qr_code` (the address for a phone), `session` (all of it together). The
command line calls it.
"""
