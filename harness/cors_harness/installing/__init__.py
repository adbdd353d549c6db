"""What brings browsers and programs onto a machine: its package manager, Playwright's installer.

In go names of engines and programs; out comes what was run and what came of it, or what to type.
`engines` and `serving` may call it, nothing here starts a browser.
"""
