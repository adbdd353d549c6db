"""Servers as people deploy them: behind application servers and proxies, on their own files.

In go an app and the deployment that it is put behind; out come ports, or what is missing on this
machine and the command that brings it. `serving` starts them; `cli` installs their programs.
"""
