"""One page that shows a run, or two: a file that needs no server, no network and no other file.

In go recorded cells, and what a comparison says of them; out comes the text of an HTML file. The
parts are `cells` (one cell as JSON), `document` (all of them, with causes and changes), `assembly`
(the document inside the page), and the page itself in `page/`. Front doors call it.
"""
