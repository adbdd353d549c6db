"""Plain frozen dataclasses that travel between units; no behaviour beyond derived properties.

In: values that are decoded or measured already. Out: the same, with names and types. Every unit
above `text` may import it; it imports only `terms` and `text`.
"""
