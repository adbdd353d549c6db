"""What tests of engines share with tests of whole runs."""

from tests.run.conftest import family as family  # noqa: PLC0414 - a fixture for this folder
