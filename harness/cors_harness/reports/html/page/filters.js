// @ts-check
/// <reference lib="dom" />
/// <reference path="marks.js" />
/// <reference path="state.js" />
"use strict";

/** Filters: which rows and cells are shown, and the fields that say so. */

/** @type {Record<"differences"|"unexpected"|"widened", string>} */
const TOGGLE_WORDS = {
  differences: "Only where engines differ",
  unexpected: "Only not as expected",
  widened: "Only widened",
};

/**
 * What a state leaves. Of a row only those cells count that the fields ask for.
 * @param {RunReport} report @param {State} state @returns {{row: Row, cells: number[]}[]}
 */
function shownRows(report, state) {
  const { index } = report;
  const words = wordFilters(index, state.q.toLowerCase().split(/\s+/).filter(Boolean));
  const chapter = state.chapter ? index.files.indexOf(state.chapter) : -1;
  const server = state.server ? index.servers.indexOf(state.server) : -1;
  const takes = cellFilter(report, state);
  const shown = [];
  for (const row of report.rows) {
    if (state.server && row.server !== server) continue;
    if (state.chapter && index.scenarios[row.scenario][0] !== chapter) continue;
    if (state.differences && !row.differs) continue;
    const cells = row.cells.filter(
      (cell) => cell >= 0 && (!takes || takes(cell)) && words.every((isIn) => isIn(row, cell)),
    );
    if (cells.length) shown.push({ row, cells });
  }
  return shown;
}

/** @param {RunReport} report @param {State} state @returns {null|((cell: number) => boolean)} null: every cell */
function cellFilter(report, state) {
  const { cells, engines, origins, statuses, reasons, comparison } = report.index;
  /** @type {((cell: number) => boolean)[]} */
  const all = [];
  /** @param {(cell: number) => boolean} takes */
  const also = (takes) => all.push(takes);
  if (state.engine) {
    const engine = engines.indexOf(state.engine);
    also((cell) => cells.engine[cell] === engine);
  }
  if (state.origin) {
    const origin = origins.indexOf(state.origin);
    also((cell) => cells.origin[cell] === origin);
  }
  if (state.reason) {
    const wanted = new Set(reasons.flatMap((text, at) => (text.split(", ").includes(state.reason) ? [at] : [])));
    also((cell) => wanted.has(cells.reason[cell]));
  }
  if (state.unexpected) {
    const wanted = new Set(["unexpected", "error"].map((name) => statuses.indexOf(name)));
    also((cell) => wanted.has(cells.status[cell]));
  }
  if (state.widened) {
    const widened = comparison?.classes.findIndex(([name]) => name === "widened") ?? -1;
    also((cell) => cells.change[cell] === widened);
  }
  if (state.cause) also((cell) => cells.cause[cell] === Number(state.cause) - 1);
  if (state.change) {
    const group = new Set(comparison?.groups[Number(state.change) - 1]?.cells ?? []);
    also((cell) => group.has(cell));
  }
  return all.length ? (cell) => all.every((takes) => takes(cell)) : null;
}

/** The fields; they change the view, and follow it. @param {RunReport} report @param {View} view */
function filterFields(report, view) {
  const { index } = report;
  const reasons = [...new Set(index.reasons.flatMap((text) => text.split(", ")))].filter(Boolean).sort();
  const fields = [
    searchField(view),
    choice(view, "chapter", "Chapter", [...index.files].sort()),
    choice(view, "server", "Server", index.servers),
    choice(view, "engine", "Engine", index.engines),
    choice(view, "reason", "Reason", reasons),
    choice(view, "origin", "Page origin", index.origins.filter(Boolean)),
  ];
  const names = TOGGLES.filter((name) => name !== "widened" || index.comparison);
  const toggles = names.map((name) => toggle(view, name));
  const only = el("span", { class: "only" });
  const reset = el(
    "button",
    { type: "button", class: "quiet", on: { click: () => view.show({ ...NOTHING, toggled: view.state.toggled }) } },
    "Show everything",
  );
  const count = el("p", { id: "count", role: "status" });
  const follow = () => {
    reset.hidden = !isFiltered(view.state);
    only.textContent = onlyText(report, view.state);
  };
  view.listeners.push(follow);
  follow();
  return [
    el("div", { class: "fields" }, ...fields),
    el("div", { class: "toggles" }, ...toggles, only, reset),
    legend(report),
    count,
  ];
}

/** What the signs mean that this page has. @param {RunReport} report */
function legend({ index }) {
  const outcomes = new Set(index.outcomes.flatMap((text) => text.split(", ")));
  const classes = new Set(index.cells.change.map((number) => index.comparison?.classes[number]?.[0]));
  const all = [
    ...Object.entries(SIGNS)
      .filter(([name]) => outcomes.has(name))
      .map(([name, sign]) => [sign, name]),
    ...(index.statuses.includes("skipped") ? [[SKIPPED_SIGN, "skipped"]] : []),
    ...Object.entries(STATUS_SIGNS)
      .filter(([name]) => index.statuses.includes(name))
      .map(([name, sign]) => [sign, STATUS_WORDS[name]]),
    ...Object.entries(CHANGE_SIGNS)
      .filter(([name]) => classes.has(name))
      .map(([name, sign]) => [sign, name.replace("-", " ")]),
    ["≠", "engines differ"],
    ...index.engines.map((name) => [shortName(name), name]),
  ];
  return el(
    "ul",
    { class: "legend", "aria-label": "Signs" },
    ...all.map(([sign, words]) => el("li", {}, el("b", {}, sign), words)),
  );
}

/** @param {RunReport} report @param {State} state */
function onlyText(report, state) {
  if (state.cause)
    return visible(
      `Only cause ${state.cause}: ${clipped(report.index.advice[report.index.causes[Number(state.cause) - 1]?.advice]?.wrong ?? "", 80)}`,
    );
  return state.change
    ? visible(`Only: ${clipped(report.index.comparison?.groups[Number(state.change) - 1]?.headline ?? "", 80)}`)
    : "";
}

/** @param {View} view */
function searchField(view) {
  const input = el("input", {
    type: "search",
    id: "search",
    placeholder: "scenario, path, server, reason …",
    autocomplete: "off",
    spellcheck: "false",
  });
  input.value = view.state.q;
  input.addEventListener("input", () => view.show({ q: input.value }));
  view.listeners.push(({ q }) => {
    if (input.value !== q) input.value = q;
  });
  return el("label", { class: "search" }, el("span", {}, "Search"), input);
}

/** @param {View} view @param {"chapter"|"server"|"engine"|"reason"|"origin"} name @param {string} title @param {string[]} values */
function choice(view, name, title, values) {
  if (values.length < 2) return null;
  const options = values.map((each) => {
    const option = el("option", {}, clipped(each, 80));
    option.value = each;
    return option;
  });
  const all = el("option", {}, "all");
  all.value = "";
  const select = el("select", { id: `filter-${name}` }, all, ...options);
  const follow = () => (select.value = view.state[name]);
  follow();
  select.addEventListener("change", () => view.show({ [name]: select.value }));
  view.listeners.push(follow);
  return el("label", {}, el("span", {}, title), select);
}

/** @param {View} view @param {"differences"|"unexpected"|"widened"} name */
function toggle(view, name) {
  const input = el("input", { type: "checkbox", id: `only-${name}` });
  const follow = () => (input.checked = view.state[name]);
  follow();
  input.addEventListener("change", () => view.show({ [name]: input.checked }));
  view.listeners.push(follow);
  return el("label", { class: "toggle" }, input, el("span", {}, TOGGLE_WORDS[name]));
}
