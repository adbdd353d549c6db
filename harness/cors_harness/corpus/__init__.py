"""Corpus: origins around an allowed one, from which a page must not get in, or must."""
