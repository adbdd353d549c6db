"""Words of the Fetch standard that everybody needs; no algorithms."""
