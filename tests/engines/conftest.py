"""What tests of engines share with tests of whole runs, and of installing."""

from tests.installing.conftest import printed as printed  # noqa: PLC0414
from tests.installing.conftest import refusing_host as refusing_host  # noqa: PLC0414
from tests.run.conftest import process_tree as process_tree  # noqa: PLC0414 - a fixture for this folder
