"""The command line as a module: `python -m cors_harness`."""

from cors_harness.cli import entry

if __name__ == "__main__":
    entry()
