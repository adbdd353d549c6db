"""installing."""
