"""The user's own server: an app of theirs, a command that starts one, or a URL.

In goes what names it; out come an address on which it answers and the versions that it states.
`serving` calls it; the app itself is loaded in a child process only.
"""
