// @ts-check
/// <reference lib="dom" />
/// <reference path="sequence.js" />
"use strict";

/** Causes: one mistake, all cells that it explains, the response that shows it, and the fix. */

const FEW = 3;
const PART = 12; // blocks that are shown at once

/** @param {RunReport} report @param {View} view @returns {Child[]} */
function causesOf(report, view) {
  const { causes } = report.index;
  if (!causes.length) return [];
  const title = report.index.comparison ? "Not as the scenarios expect" : "Causes";
  const lead = "One mistake each, with all the cells that it explains, in the order of the files.";
  return [
    el("h2", { id: "causes-title" }, title),
    causes.length > 1 && el("p", { class: "aside" }, lead),
    ...inParts(
      causes.map((cause, number) => () => causeOf(report, view, cause, number)),
      "cause",
    ),
  ];
}

/**
 * A list of blocks: the first ones, and a button for more.
 * @param {(() => HTMLElement)[]} makers @param {string} noun @returns {HTMLElement[]}
 */
function inParts(makers, noun) {
  const list = el("ol", { class: "blocks" });
  const button = el("button", { type: "button", class: "more" });
  let shown = 0;
  const more = () => {
    const next = makers.slice(shown, shown + PART).map((make) => make());
    list.append(...next);
    if (shown) next[0].querySelector("button")?.focus();
    shown += next.length;
    button.hidden = shown >= makers.length;
    button.textContent = `Show ${counted(Math.min(PART, makers.length - shown), `more ${noun}`)} of ${makers.length - shown}`;
  };
  button.addEventListener("click", more);
  more();
  return [list, button];
}

/** @param {RunReport} report @param {View} view @param {Cause} cause @param {number} number */
function causeOf(report, view, cause, number) {
  const advice = report.index.advice[cause.advice];
  const isError = cause.status === "error";
  const headline = advice?.wrong || cause.note || mismatchSentence(cause);
  return el(
    "li",
    { class: `block ${isError ? "b-error" : "b-bad"}`, id: `cause-${number + 1}` },
    el("h3", {}, value(headline)),
    factsLine(report, cause.cells, cause.calls),
    el(
      "div",
      { class: "columns" },
      el("div", {}, evidence(report, cause.shown), actions(report, view, cause.cells, { cause: `${number + 1}` }, cause.shown)),
      fixOf(advice),
    ),
  );
}

/** @param {Cause} cause */
function mismatchSentence({ mismatches }) {
  const [first] = mismatches;
  return first ? `Expected ${first[0]}: ${first[1]}; found ${first[2]}.` : "Not as expected.";
}

/**
 * Which cells they are, in a line each: calls, pages, engines.
 * @param {RunReport} report @param {number[]} cells @param {string[]} calls
 */
function factsLine(report, cells, calls) {
  /** @param {Column} column */
  const once = (column) => [...new Set(cells.map((cell) => report.text(column, cell)))].filter(Boolean);
  const pairs = [
    [
      "calls",
      some(
        calls.map((call) => clipped(call, 80)),
        FEW,
      ),
    ],
    [
      "from",
      some(
        once("origin").map((origin) => clipped(origin, 80)),
        FEW,
      ),
    ],
    ["in", some(once("engine"), 6)],
    ["on", some(once("server"), FEW)],
  ];
  const shown = pairs.filter(([, text]) => text);
  return el(
    "dl",
    { class: "facts-line" },
    el("div", {}, el("dt", { class: "unseen" }, "cells"), el("dd", {}, el("b", {}, counted(cells.length, "cell")))),
    ...shown.map(([name, text]) => el("div", {}, el("dt", {}, name), el("dd", {}, el("bdi", {}, text)))),
  );
}

/** The exchange that shows it; filled in when the page has unpacked it. @param {RunReport} report @param {number} cell */
function evidence(report, cell) {
  const box = el("div", { class: "evidence" }, el("h4", {}, "What shows it"), el("p", { class: "aside" }, "…"));
  report.details(cell).then(({ after }) => {
    const shown = after?.exchanges.filter((exchange) => exchange.decided).at(-1) ?? after?.exchanges.at(-1);
    const words = after?.steps.filter((step) => step.words).at(-1);
    box.lastElementChild?.remove();
    box.append(shown ? excerpt(shown) : el("p", { class: "aside" }, "Nothing reached a server."));
    if (words) box.append(quote(report, cell, words.words));
  });
  return box;
}

/** A request, its response, and the headers that decided. @param {Exchange} exchange */
function excerpt(exchange) {
  const lines = [
    requestLine(exchange),
    ...decidedOf(exchange, true),
    responseLine(exchange),
    ...decidedOf(exchange, false),
  ];
  return el("ul", { class: "headers excerpt" }, ...lines);
}

/** @param {Exchange} exchange */
function requestLine(exchange) {
  const kind = exchange.kind === "preflight" ? "preflight" : "request";
  return el(
    "li",
    {},
    el("span", { class: "kind" }, kind),
    " ",
    el("b", {}, exchange.method),
    " ",
    value(exchange.url, "url"),
  );
}

/** @param {Exchange} exchange */
function responseLine(exchange) {
  const status = exchange.status === null ? (exchange.trouble ?? "none") : `${exchange.status}`;
  return el(
    "li",
    { class: decides(exchange, "", false) ? "decided" : "" },
    el("span", { class: "kind" }, "response"),
    " ",
    el("b", {}, status),
    decides(exchange, "", false) && " ",
    decides(exchange, "", false) && decidedTag(),
  );
}

/** The engine's own words. @param {RunReport} report @param {number} cell @param {string} words */
function quote(report, cell, words) {
  const name = report.label(report.text("engine", cell));
  return el("figure", { class: "quote" }, spoken(words), el("figcaption", {}, name));
}

/**
 * What is wrong and its fix, where no headline has said the former.
 * @param {Advice} advice @param {"h3"|"h5"} heading of the level that its place has
 */
function wrongAndFix(advice, heading) {
  return el(
    "div",
    { class: "wrong-and-fix" },
    el(heading, {}, "What is wrong"),
    el("p", {}, value(advice.wrong)),
    fixOf(advice, heading),
  );
}

/** @param {Advice|undefined} advice @param {"h3"|"h4"|"h5"} heading of the level that its place has */
function fixOf(advice, heading = "h4") {
  if (!advice) {
    return el(
      "div",
      { class: "fix" },
      el(heading, {}, "The fix"),
      el(
        "p",
        { class: "aside" },
        "No known mistake fits. Open a cell: it shows what was sent and answered, and the rule.",
      ),
    );
  }
  const place = advice.lines.length ? `${advice.where}, ${advice.place}:` : "";
  return el(
    "div",
    { class: "fix" },
    el(heading, {}, "The fix"),
    advice.keep && el("p", {}, value(advice.keep)),
    place && el("p", {}, value(place)),
    advice.lines.length > 0 && copied(advice.lines, "the fix"),
    el(
      "p",
      { class: "aside" },
      `${sentence(advice.link_is)}: `,
      link(advice.link, clipped(advice.link.replace(/^https:\/\//, ""), 80)),
    ),
  );
}

/**
 * @param {RunReport} report @param {View} view @param {number[]} cells @param {Partial<State>} only
 * @param {number} first the one to open
 */
function actions(report, view, cells, only, first = cells[0]) {
  const show = () => {
    view.show({ ...NOTHING, ...only }, true);
    byId("cells").scrollIntoView();
    byId("cells").focus({ preventScroll: true });
  };
  const open = () => view.show({ cell: report.name(first) }, true);
  if (first === undefined) return null;
  return el(
    "p",
    { class: "actions" },
    el("button", { type: "button", on: { click: open } }, "Open one of them"),
    el(
      "button",
      { type: "button", on: { click: show } },
      cells.length > 1 ? `Show all ${counted(cells.length, "cell")}` : "Show it among the cells",
    ),
  );
}
