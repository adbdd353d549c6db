"""Our reference servers, each with the policies that scenarios ask of it, in child processes.

In go instances of servers and the verbatim server's answers; out come ports on 127.0.0.1. The
user's app is served by the same kinds of children. `serving` and `run` call it.
"""
