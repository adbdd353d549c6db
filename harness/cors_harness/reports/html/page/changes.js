// @ts-check
/// <reference lib="dom" />
/// <reference path="causes.js" />
"use strict";

/** Changes: what widened or narrowed between two runs, and every other change, with its fix. */

/** @param {RunReport} report @param {View} view @returns {Child[]} */
function changesOf(report, view) {
  const { comparison } = report.index;
  if (!comparison) return [];
  const sections = comparison.classes.map((class_, number) => classOf(report, view, comparison, class_, number));
  const hasAny = comparison.groups.length > 0;
  return [
    el("h2", { id: "changes-title" }, "Changes"),
    !hasAny && el("p", {}, "Browsers do what they did before, in every cell that both sides have."),
    ...comparison.open.map(openEntries),
    ...sections.flat(),
    comparison.accept &&
      el(
        "div",
        { class: "accept-all" },
        el("h3", {}, "Accept all of it"),
        copied([comparison.accept], "the command that accepts all of it"),
      ),
  ];
}

/** @param {{kind: string, meaning: string, names: string[][]}} open */
function openEntries({ kind, meaning, names }) {
  const items = names.map(([scenario, server]) =>
    el("li", {}, el("bdi", {}, clipped(scenario)), " on ", el("bdi", {}, server)),
  );
  return el(
    "details",
    { class: "block" },
    el("summary", {}, `${sentence(kind)}: ${counted(names.length, "entry")}, ${meaning}`),
    el("ul", { class: "notes" }, ...items),
  );
}

/**
 * @param {RunReport} report @param {View} view @param {Comparison} comparison @param {string[]} class_
 * @param {number} number @returns {Child[]}
 */
function classOf(report, view, comparison, [name, called, meaning], number) {
  const groups = comparison.groups.map((group, at) => ({ group, at })).filter(({ group }) => group.class === number);
  if (!groups.length) return [];
  const blocks = inParts(
    groups.map(
      ({ group, at }) =>
        () =>
          groupOf(report, view, group, at, name),
    ),
    `${called} kind`,
  );
  const title = [
    el("span", { class: `class c-${name}`, "aria-hidden": "true" }, CHANGE_SIGNS[name] ?? "·"),
    ` ${sentence(called)}`,
    el("span", { class: "aside" }, `: ${meaning}`),
  ];
  if (name === "cosmetic")
    return [
      el(
        "details",
        { class: "cosmetic" },
        el("summary", {}, el("h3", {}, ...title, ` (${counted(groups.length, "kind")})`)),
        ...blocks,
      ),
    ];
  return [el("h3", { class: "class-title" }, ...title), ...blocks];
}

/** @param {RunReport} report @param {View} view @param {ChangeGroup} group @param {number} at @param {string} class_ */
function groupOf(report, view, group, at, class_) {
  const advice = report.index.advice[group.advice];
  return el(
    "li",
    { class: `block b-${class_}`, id: `change-${at + 1}` },
    el("h4", { class: "headline" }, value(group.headline)),
    factsLine(report, group.cells, []),
    el(
      "div",
      { class: "columns" },
      el("div", {}, differencesOf(group), actions(report, view, group.cells, { change: `${at + 1}` }), acceptOf(group)),
      advice && wrongAndFix(advice, "h5"),
    ),
  );
}

/** @param {ChangeGroup} group */
function differencesOf(group) {
  const rows = group.differences.map(([place, what, before, after]) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, el("bdi", {}, [place, what].filter(Boolean).join(" "))),
      el("td", {}, value(before)),
      el("td", {}, value(after, "now")),
    ),
  );
  if (!rows.length)
    return el(
      "div",
      { class: "evidence" },
      el("p", { class: "aside" }, "Nothing differs in all of them alike: open a cell."),
    );
  const head = el(
    "tr",
    {},
    ...["on the wire and in the page", "before", "now"].map((name) => el("th", { scope: "col" }, name)),
  );
  return el(
    "div",
    { class: "evidence wide", tabindex: "0", role: "group", "aria-label": "What differs" },
    el("table", { class: "plain differences" }, el("thead", {}, head), el("tbody", {}, ...rows)),
  );
}

/** @param {ChangeGroup} group */
function acceptOf(group) {
  const also =
    group.also.length > 0 &&
    el("p", { class: "aside" }, `It accepts in the same cells, too, what is ${group.also.join(" and ")}.`);
  return el(
    "details",
    { class: "accept" },
    el("summary", {}, "If it is meant: accept it"),
    copied([group.accept], "the command that accepts it"),
    also,
  );
}
