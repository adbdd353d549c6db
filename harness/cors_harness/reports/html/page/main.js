// @ts-check
/// <reference lib="dom" />
/// <reference path="summary.js" />
/// <reference path="changes.js" />
/// <reference path="cell.js" />
"use strict";

/** Begins: reads the report and shows its parts. */

/** @param {string} id @param {Child[]} children */
function fillSection(id, children) {
  const section = byId(id);
  const shown = children.filter((child) => child instanceof Node);
  section.hidden = !shown.length;
  section.prepend(...shown);
}

/** The first link leads to the marks, and leaves the address alone. @param {Matrix} matrix */
function onSkip(matrix) {
  document.querySelector(".skip")?.addEventListener("click", (event) => {
    event.preventDefault(); // the fragment is the view's
    const mark = matrix.place.querySelector('.mark[tabindex="0"]');
    (mark instanceof HTMLElement ? mark : byId("cells")).focus();
  });
}

/** @param {unknown} trouble */
function tell(trouble) {
  const words = trouble instanceof Error ? `${trouble.name}: ${trouble.message}` : `${trouble}`;
  byId("head").replaceChildren(el("h1", { class: "bad" }, "This page cannot show its report"), el("p", {}, words));
}

async function begin() {
  if (typeof DecompressionStream === "undefined") {
    tell(
      "This browser cannot unpack it: it has no DecompressionStream. Chromium 80, Firefox 113 and Safari 16.4 have, and later ones.",
    );
    return;
  }
  present(await readReport());
}

/** Shows a report in the page. @param {RunReport} report */
function present(report) {
  const view = new View();
  byId("head").replaceChildren(...headOf(report).filter((child) => child instanceof Node));
  fillSection("changes", changesOf(report, view));
  fillSection("causes", causesOf(report, view));
  byId("filters").append(...filterFields(report, view));
  byId("cells").hidden = false;
  const matrix = new Matrix(report, view, byId("matrix"));
  matrix.render();
  fillSection("facts", factsOf(report));
  onSkip(matrix);
  const opened = new CellView(report, view, matrix);
  document.documentElement.dataset.ready = "yes";
  return { view, matrix, opened };
}

// A live page has no data in it, and begins in live.js.
if (document.getElementById("index")) begin().catch(tell);
