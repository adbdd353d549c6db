"""One way to start, watch and end a program that is not to outlive us, and to talk to our own.

In goes a command line or a module of ours; out come its lines, its answers and, when it dies by
itself, a ServerFailed with the end of its output. Any unit above may call it; it knows none.
"""
