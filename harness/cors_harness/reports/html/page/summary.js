// @ts-check
/// <reference lib="dom" />
/// <reference path="marks.js" />
"use strict";

/** The head of the page, which says what came out, and its end: what ran, and what did not. */

const NOT_SAFARI =
  "WebKit here is WebKitGTK or Playwright's build. Neither is Safari: they share an engine, and differ in network, storage and privacy.";

const FEW_REASONS = 8; // more of them are unfolded by hand

/** How many cells have each status. @param {RunReport} report @returns {Map<string, number>} */
function countsOf(report) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const status of report.index.cells.status) {
    const name = report.index.statuses[status];
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** One sentence: what there is to do. @param {RunReport} report @param {Map<string, number>} counts */
function verdictOf(report, counts) {
  const { causes, comparison } = report.index;
  if (comparison) return comparison.verdict;
  const unexpected = (counts.get("unexpected") ?? 0) + (counts.get("error") ?? 0);
  const ran = report.size - (counts.get("skipped") ?? 0);
  if (!ran) return "Nothing ran";
  if (!unexpected) return `All ${counted(ran, "cell")} that ran are as expected`;
  const are = unexpected === 1 ? "is" : "are";
  return `${counted(unexpected, "cell")} of ${ran.toLocaleString("en")} ${are} not as expected: ${counted(causes.length, "cause")}`;
}

/** @param {RunReport} report */
function headOf(report) {
  const { sides, comparison } = report.index;
  const counts = countsOf(report);
  const bad = comparison ? comparison.fails : (counts.get("unexpected") ?? 0) + (counts.get("error") ?? 0) > 0;
  const names = sides.map((side) => side.name);
  const between =
    names.length > 1 ? [el("bdi", {}, names[0]), " → ", el("bdi", {}, names[1])] : [el("bdi", {}, names[0])];
  const missing = sides.flatMap((side) => side.missing);
  const items = ["unexpected", "error", "as-expected", "known-difference", "accepted", "gone", "skipped"]
    .filter((status) => counts.get(status))
    .map((status) => tallied(status, counts.get(status) ?? 0));
  return [
    el("p", { class: "eyebrow" }, "cors-harness report · ", ...between),
    el(
      "h1",
      { class: bad ? "bad" : "good" },
      el("span", { "aria-hidden": "true", class: "verdict-sign" }, bad ? "!" : "✓"),
      sentence(verdictOf(report, counts)),
    ),
    comparison && el("p", { class: "counts-line" }, comparison.counts),
    el("ul", { class: "counts" }, ...items),
    el("p", { class: "engines-line" }, enginesLine(report)),
    ...missing.map((each) => el("p", { class: "notice" }, `Not all of the run is there: ${each}`)),
  ];
}

/** @param {string} text */
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {string} status @param {number} number */
function tallied(status, number) {
  return el("li", { class: `t-${status}` }, el("b", {}, number.toLocaleString("en")), ` ${statusOf(number, status)}`);
}

/** @param {RunReport} report */
function enginesLine(report) {
  const side = report.index.sides[report.index.sides.length - 1];
  return [...side.engines.map((engine) => engine.label), side.os].filter(Boolean).join(" · ");
}

/** @param {RunReport} report */
function factsOf(report) {
  const reach = report.liveActions
    ? "This page asks the server that it comes from, and nobody else."
    : "This page loads nothing and sends nothing.";
  const { sides, skips, known, notes, comparison } = report.index;
  const hasWebKit = sides.some((side) => side.engines.some((engine) => /webkit/i.test(engine.label)));
  return [
    el("h2", { id: "facts-title" }, "What ran"),
    ...(comparison?.versions ?? []).map((each) => el("p", { class: "notice" }, `Changed: ${each}`)),
    hasWebKit && el("p", { class: "aside" }, NOT_SAFARI),
    ...sides.map((side) => sideOf(side, sides.length > 1)),
    ...listed("Skipped", skips),
    ...listed("Known differences", known),
    ...(notes.length
      ? [el("h3", {}, "Notes"), el("ul", { class: "notes" }, ...notes.map((note) => el("li", {}, value(note))))]
      : []),
    ...troublesOf(comparison),
    el(
      "p",
      { class: "aside" },
      `Written by cors-harness ${report.index.harness}. ${reach}`,
    ),
  ];
}

/** @param {Side} side @param {boolean} isOneOfTwo */
function sideOf(side, isOneOfTwo) {
  const rows = side.engines.map((engine) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, engine.name),
      el("td", {}, engine.label),
      el("td", {}, value([engine.build, engine.driver].filter(Boolean).join(", "))),
    ),
  );
  return el(
    "div",
    { class: "side" },
    el("h3", {}, isOneOfTwo ? el("bdi", {}, side.name) : "Browsers"),
    el(
      "div",
      { class: "wide", tabindex: "0", role: "group", "aria-label": `Browsers of ${clipped(side.name)}` },
      el(
        "table",
        { class: "plain" },
        el(
          "thead",
          {},
          el("tr", {}, ...["column", "browser", "build and driver"].map((name) => el("th", { scope: "col" }, name))),
        ),
        el("tbody", {}, ...rows),
      ),
    ),
    side.os
      ? el("p", {}, `${side.os}, cors-harness ${side.harness}`)
      : el("p", {}, "A baseline: what was accepted, as far as browsers decide by it."),
    side.argv && copied([`cors-harness ${side.argv.map(quoted).join(" ")}`], "command of the run"),
    side.servers && serversOf(side.servers),
  );
}

/** A word as a shell takes it. @param {string} word */
const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`);

/** @param {{name: string, versions: Record<string, string>}[]} servers */
function serversOf(servers) {
  /** @type {Map<string, string[]>} */
  const byVersions = new Map();
  for (const { name, versions } of servers) {
    const text = Object.entries(versions)
      .map(([what, version]) => `${what} ${version}`)
      .join(", ");
    byVersions.set(text, [...(byVersions.get(text) ?? []), name]);
  }
  const items = [...byVersions].map(([versions, names]) => [
    el("dt", {}, value(names.join(", "))),
    el("dd", {}, value(versions || "no versions known")),
  ]);
  return el(
    "details",
    {},
    el("summary", {}, counted(servers.length, "server")),
    el("dl", { class: "servers" }, ...items.flat()),
  );
}

/** @param {string} title @param {[string, number][]} groups @returns {Child[]} */
function listed(title, groups) {
  if (!groups.length) return [];
  const items = groups.map(([text, number]) =>
    el("li", {}, el("b", {}, counted(number, "cell")), " ", /^https:/.test(text) ? link(text) : value(text)),
  );
  const total = groups.reduce((sum, [, number]) => sum + number, 0);
  const list = el("ul", { class: "notes" }, ...items);
  if (groups.length <= FEW_REASONS) return [el("h3", {}, `${title}: ${counted(total, "cell")}`), list];
  return [
    el("details", { class: "listed" }, el("summary", {}, el("h3", {}, `${title}: ${counted(total, "cell")}`)), list),
  ];
}

/** @param {Comparison|null} comparison @returns {Child[]} */
function troublesOf(comparison) {
  if (!comparison?.troubles.length) return [];
  const items = comparison.troubles.map(([cell, why]) => el("li", {}, el("b", {}, value(cell)), " ", value(why)));
  return [el("h3", {}, "No result"), el("ul", { class: "notes" }, ...items)];
}
