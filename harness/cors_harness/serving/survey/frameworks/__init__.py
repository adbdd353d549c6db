"""One module for each framework: the routes of its apps, and their views, made to raise.

In goes an app of the framework; out come Findings, or the number of views that raise now. Only
`survey` calls it, by READERS. No framework is imported here: `sys.modules` has those of the app.
"""
