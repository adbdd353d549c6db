"""Plain frozen dataclasses that travel between units; no behaviour beyond derived properties."""
