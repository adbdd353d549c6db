"""Everything that answers HTTP: the reference servers in child processes, and the page server."""
