// @ts-check
/// <reference lib="dom" />
/// <reference path="data.js" />
"use strict";

/** Marks: what came of a cell, as a sign and in words; never by a colour alone. */

/** @type {Record<string, string>} */
const SIGNS = {
  allowed: "✓",
  blocked: "✕",
  opaque: "◐",
  "opaque-redirect": "↪",
  failed: "F",
  timeout: "T",
  crashed: "C",
};
/** @type {Record<string, string>} */
const STATUS_WORDS = {
  "as-expected": "as expected",
  unexpected: "not as expected",
  "known-difference": "a known difference",
  skipped: "skipped",
  error: "error",
  accepted: "accepted",
  gone: "not there any more",
};
/** The words of a status for so many cells. @param {number} number @param {string} status */
function statusOf(number, status) {
  const words = (STATUS_WORDS[status] ?? status).replace(/^a /, "");
  return number > 1 && /(difference|error)$/.test(words) ? `${words}s` : words;
}

/** @type {Record<string, string>} */
const STATUS_SIGNS = { unexpected: "!", error: "?", "known-difference": "~" };
/** @type {Record<string, string>} */
const CHANGE_SIGNS = { widened: "▲", narrowed: "▼", costlier: "+", cheaper: "−", "engine-changed": "≠" };
const SKIPPED_SIGN = "–";

/** The last word of what several steps came to. @param {string} outcomes */
const lastOf = (outcomes) => outcomes.slice(outcomes.lastIndexOf(" ") + 1);

/** @param {RunReport} report @param {number} cell @returns {string} empty: nothing changed, or not much */
function changeOf(report, cell) {
  const number = report.index.cells.change[cell];
  return report.index.comparison?.classes[number]?.[0] ?? "";
}

/** `blocked (allow-origin-missing), not as expected, widened`. @param {RunReport} report @param {number} cell */
function words(report, cell) {
  const outcome = report.text("outcome", cell);
  const reason = report.text("reason", cell);
  const came = outcome && (reason ? `${outcome} (${reason})` : outcome);
  const change = changeOf(report, cell);
  const status = STATUS_WORDS[report.text("status", cell)];
  const was = report.was.get(cell);
  const differently = change && change !== "cosmetic" ? change.replace("-", " ") : "";
  return [came, status, differently, was && `was ${was}`].filter(Boolean).join(", ");
}

/** The class of a mark. @param {RunReport} report @param {number} cell */
function markClass(report, cell) {
  const was = report.was.has(cell) ? " was" : "";
  return `mark s-${report.text("status", cell)} c-${changeOf(report, cell) || "none"}${was}`;
}

/** @param {RunReport} report @param {number} cell @returns {Node[]} */
function signs(report, cell) {
  const outcome = lastOf(report.text("outcome", cell));
  const more = (STATUS_SIGNS[report.text("status", cell)] ?? "") + (CHANGE_SIGNS[changeOf(report, cell)] ?? "");
  const sign = el("span", { "aria-hidden": "true" }, SIGNS[outcome] ?? SKIPPED_SIGN);
  if (more) sign.append(el("sup", {}, more));
  return [sign];
}

/** A mark that is looked at only. @param {RunReport} report @param {number} cell */
function mark(report, cell) {
  return el("span", { class: markClass(report, cell) }, ...signs(report, cell), unseen(words(report, cell)));
}

/** A mark that opens its cell. @param {RunReport} report @param {number} cell */
function markButton(report, cell) {
  const name = `${report.label(report.text("engine", cell))}: ${words(report, cell)}`;
  const properties = {
    type: "button",
    class: markClass(report, cell),
    "data-cell": cell,
    "aria-label": name,
    title: name,
    tabindex: "-1",
  };
  return el("button", properties, ...signs(report, cell));
}

/** Two letters for an engine, where there is room for no more. @param {string} name */
function shortName(name) {
  const known = { chromium: "Cr", firefox: "Fx", webkit: "Wk" };
  return known[/** @type {"chromium"} */ (name)] ?? name.slice(0, 2);
}
