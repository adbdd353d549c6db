"""seen(): what a live page shows, as soon as something holds for it."""

from typing import Any

from tests.reports.html.page_browsers import PageBrowser

# What the document of the page has, told once `until` holds for what is in it.
DOCUMENT = """
const pause = () => new Promise((resolve) => setTimeout(resolve, 100));
for (;;) {
  const document_ = await fetch("document").catch(() => null);  // a test may have cut the way
  if (!document_) continue;
  const { index } = await document_.json();
  const { cells, scenarios, engines, statuses, outcomes, reasons } = index;
  const rows = cells.status.map((status, at) => ({
    scenario: scenarios[cells.scenario[at]][1],
    engine: engines[cells.engine[at]],
    came_to: [statuses[status], outcomes[cells.outcome[at]], reasons[cells.reason[at]]],
  }));
  const state = document.documentElement.dataset.live;
  const live = document.getElementById("live").innerText;
  if (%s) return { rows, live, engines: index.sides[0].engines, skips: index.skips };
  await pause();
}
"""


def seen(browser: PageBrowser, until: str) -> dict[str, Any]:
    """What the page shows as soon as an expression of script holds for it."""
    found: dict[str, Any] = browser.run(DOCUMENT % until)
    return found
