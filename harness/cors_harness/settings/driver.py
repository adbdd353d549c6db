"""The names of drivers that a user chooses from, by --driver and in `pyproject.toml`.

Only a stock Firefox has two: WebDriver BiDi by ourselves, which is several times as quick, and
Playwright, whose versions do not drive every Firefox. All else is driven in one way.
"""

BIDI, PLAYWRIGHT = "bidi", "playwright"
DRIVER_NAMES = (BIDI, PLAYWRIGHT)
DRIVER_HELP = f"what drives a Firefox that is not Playwright's build: {' or '.join(DRIVER_NAMES)}"
