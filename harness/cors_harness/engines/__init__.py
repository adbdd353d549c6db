"""Browsers: how each is found, started and opened on a page, and how it says why it blocked."""
