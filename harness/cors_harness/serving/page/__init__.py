"""The page origin: the HTML and JavaScript that browsers open, and the server that has them.

In go replies for what an open page posts; out come ports and the page's posts. `run` calls it.
"""
