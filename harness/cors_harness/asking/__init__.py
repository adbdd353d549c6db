"""Asking: what browsers make of one fetch() to one's own app, in one's own tests."""

from cors_harness.asking.cors import Cors

__all__ = ["Cors"]
