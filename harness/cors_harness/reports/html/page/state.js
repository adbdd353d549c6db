// @ts-check
/// <reference lib="dom" />
"use strict";

/**
 * What is looked at, kept in the fragment of the page's address: a view is linked by its address.
 *
 * @typedef {{q: string, server: string, engine: string, chapter: string, reason: string, origin: string,
 *   differences: boolean, unexpected: boolean, widened: boolean, cause: string, change: string, cell: string,
 *   beside: boolean, toggled: string}} State
 *   cause, change: number of one of them from 1; toggled: chapters that are open or closed by hand;
 *   beside: the engines' diagrams side by side
 */

/** @type {State} */
const NOTHING = {
  q: "",
  server: "",
  engine: "",
  chapter: "",
  reason: "",
  origin: "",
  differences: false,
  unexpected: false,
  widened: false,
  cause: "",
  change: "",
  cell: "",
  beside: false,
  toggled: "",
};
const FILTERS = /** @type {const} */ (["q", "server", "engine", "chapter", "reason", "origin", "cause", "change"]);
const TOGGLES = /** @type {const} */ (["differences", "unexpected", "widened"]);

/** @param {string} fragment with or without # @returns {State} */
function stateIn(fragment) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  /** @type {Record<string, string|boolean>} */
  const state = { ...NOTHING };
  for (const [name, blank] of Object.entries(NOTHING)) {
    const value = given.get(name);
    if (value !== null) state[name] = typeof blank === "boolean" ? value === "1" : value;
  }
  return /** @type {State} */ (/** @type {unknown} */ (state));
}

/** @param {State} state @returns {string} with #; empty where nothing is chosen */
function fragmentOf(state) {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) if (value) parts.set(name, value === true ? "1" : value);
  const text = parts.toString();
  return text && `#${text}`;
}

/** Whether some of the cells are left out. @param {State} state */
const isFiltered = (state) => [...FILTERS, ...TOGGLES].some((name) => state[name]);

/** The state of this page, and who wants to know of it. */
class View {
  constructor() {
    this.state = stateIn(location.hash);
    /** @type {((now: State, before: State) => void)[]} */
    this.listeners = [];
    addEventListener("popstate", () => this.take(stateIn(location.hash)));
    addEventListener("hashchange", () => this.take(stateIn(location.hash)));
  }

  /**
   * Changes what is looked at.
   * @param {Partial<State>} change @param {boolean} isStep whether the browser's Back leads here again
   */
  show(change, isStep = false) {
    const next = { ...this.state, ...change };
    const address = fragmentOf(next) || location.href.replace(/#.*$/, "") + "#";
    if (isStep) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    this.take(next);
  }

  /** @param {State} next */
  take(next) {
    const before = this.state;
    if (fragmentOf(before) === fragmentOf(next)) return;
    this.state = next;
    for (const listener of this.listeners) listener(next, before);
  }
}
