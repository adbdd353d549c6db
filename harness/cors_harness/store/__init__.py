"""Runs on disk: how a cell is written as JSON, and the journal that keeps all of a run."""
