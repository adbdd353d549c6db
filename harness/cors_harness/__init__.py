"""What real browsers allow: a cross-browser CORS matrix for Python web developers."""

__version__ = "0.1.0"
