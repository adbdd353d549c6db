"""What each engine is: names, files, packages, limits, console texts; pure data, no I/O.

In goes nothing; out come one frozen EngineKind for each engine and the table of them. Whoever needs
a fact of an engine may call it, from `judge` to `cli`; how engines are driven is in `engines`.
"""
