"""Pictures of the page in the three engines, to be looked at.

`SCREENSHOTS=FOLDER pytest …` leaves them there.
"""

import os
import struct
from pathlib import Path

import pytest
from tests.reports.html.page_browsers import BROWSERS, OPEN, READY
from tests.reports.html.page_sample import sample_records
from tests.reports.html.test_document import side

from cors_harness.reports.html.assembly import page
from cors_harness.reports.html.document import document_of_run

pytestmark = pytest.mark.browser

FITS = "return document.documentElement.scrollWidth <= window.innerWidth;"
BLANK = 20_000  # a page with nothing on it takes a few kilobytes
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("engine", BROWSERS)
def test_pictures(engine: str, tmp_path: Path) -> None:
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    file = tmp_path / "page.html"
    file.write_text(page(document_of_run(side(*sample_records()))), "utf-8")
    with BROWSERS[engine]() as window:
        window.open(file.as_uri())
        for name, script in {"causes": READY, "cell": OPEN}.items():
            assert window.run(script + FITS), "a part of the page sticks out to the right"
            picture = window.picture()
            (folder / f"{name}-{engine}.png").write_bytes(picture)
            width, height = struct.unpack(">II", picture[16:24])
            assert picture.startswith(PNG)
            assert width > 600
            assert height > 400
            assert len(picture) > BLANK
