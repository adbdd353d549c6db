"""Inspecting: what a user's app consists of, looked at in the process that has loaded it."""
