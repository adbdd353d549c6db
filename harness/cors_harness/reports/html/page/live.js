// @ts-check
/// <reference lib="dom" />
/// <reference path="main.js" />
/// <reference path="joined.js" />
"use strict";

/**
 * The live page: shows what `cors-harness serve` runs, and asks it to run cells again.
 *
 * The server tells its state over a stream of events. Where the number of its records is another
 * one than that of the document shown, the page asks for the document anew: so a page that was cut
 * off, or asleep, misses nothing, and nothing is kept for it.
 *
 * @typedef {{version: number, records: number, phase: "starting"|"running"|"idle", done: number, of: number,
 *   why: string, waits: string, said: string, trouble: string, joined: JoinedState[]}} LiveState
 * @typedef {{records: number, index: Index, details: string[], was: [number, string][], rest_s: number}} LiveDocument
 */

const SILENT_MS = 45_000; // the server says something every 15 s
const LEAST_PAUSE_MS = 150;
const CHANGES_SHOWN = 6;

class LivePage {
  constructor() {
    this.report = new RunReport(EMPTY_INDEX, []);
    this.report.liveActions = (cell) => this.cellActions(cell);
    /** @type {ReturnType<typeof present>|null} */
    this.shown = null;
    this.records = -1;
    /** @type {LiveState|null} */
    this.state = null;
    this.isLoading = false;
    /** @type {EventSource|null} */
    this.source = null;
    this.heard = Date.now();
    this.filters = "";
    this.openDetails = "";
    this.line = el("p", { class: "live-line" });
    this.said = el("p", { class: "live-said", role: "status" });
    this.trouble = el("div", { class: "live-trouble", role: "alert" });
    this.changes = el("ul", { class: "live-changes", "aria-label": "What the last round changed" });
    this.all = el("button", { type: "button", on: { click: () => this.rerun({}) } }, "Run all again");
    this.some = el(
      "button",
      { type: "button", on: { click: () => this.rerun({ cells: this.shownCells() }) } },
      "Run the shown cells again",
    );
    this.joined = new JoinedList((id) => this.post("leave", { id }));
    const bar = el(
      "section",
      { id: "live", "aria-label": "Live" },
      el(
        "div",
        { class: "live-row" },
        el("b", { class: "live-tag" }, "live"),
        this.line,
        this.said,
        el("span", { class: "live-buttons" }, this.all, this.some, this.joined.way),
      ),
      this.joined.list,
      this.trouble,
      this.changes,
    );
    document.body.prepend(bar);
    this.qrCode = showQrCode(bar);
    byId("loading").textContent = "No cell has finished yet.";
    new ResizeObserver(() => document.documentElement.style.setProperty("--live", `${bar.offsetHeight}px`)).observe(
      bar,
    );
  }

  begin() {
    this.connect();
    setInterval(() => this.watch(), 5000);
    document.addEventListener("visibilitychange", () => this.watch());
  }

  /** Listens to the server; the browser connects anew by itself where the stream ends. */
  connect() {
    this.source?.close();
    this.heard = Date.now();
    const source = new EventSource("events");
    this.source = source;
    source.addEventListener("state", (event) => {
      this.heard = Date.now();
      this.follow(JSON.parse(event.data));
    });
    source.addEventListener("ping", () => (this.heard = Date.now()));
    source.addEventListener("open", () => (this.heard = Date.now()));
    source.addEventListener("error", () => this.tellState());
  }

  /** Connects anew where nothing was heard for long, as after a night with the lid closed. */
  watch() {
    const isClosed = this.source?.readyState === EventSource.CLOSED;
    if (isClosed || Date.now() - this.heard > SILENT_MS) this.connect();
  }

  /** @param {LiveState} state */
  follow(state) {
    this.state = state;
    this.tellState();
    this.load();
  }

  tellState() {
    const { state, source } = this;
    const isCut = source?.readyState !== EventSource.OPEN;
    document.documentElement.dataset.live = isCut ? "cut" : (state?.phase ?? "starting");
    if (isCut) this.line.textContent = "No connection to cors-harness serve. What is shown may be old.";
    else if (state) this.line.textContent = visible(lineOf(state));
    if (!state) return;
    setText(this.said, state.phase === "idle" ? visible(state.said) : "");
    this.joined.show(state.joined);
    const trouble = state.trouble ? state.trouble.split("\n").map(visible).join("\n") : "";
    if (this.trouble.dataset.text === trouble) return;
    this.trouble.dataset.text = trouble;
    const title = el("b", {}, "Nothing runs until this is mended. What is shown is of the run before.");
    const pre = el("pre");
    pre.textContent = trouble;
    this.trouble.replaceChildren(...(trouble ? [title, pre] : []));
  }

  /** Asks for the document until it is the one that the server has told of. */
  async load() {
    if (this.isLoading) return;
    this.isLoading = true;
    try {
      while (this.state && this.state.records > this.records) {
        const document = await fetched();
        if (!document) break; // the stream of events says that the server has gone, and comes back with it
        if (document.records !== this.records) this.show(document);
        const until = Date.now() + document.rest_s * 1000;
        do await pause(LEAST_PAUSE_MS);
        while (Date.now() < until && this.state.phase !== "idle");
      }
    } finally {
      this.isLoading = false;
    }
  }

  /** @param {LiveDocument} document */
  show({ records, index, details, was }) {
    const { report } = this;
    const focused = this.focusedCell();
    this.records = records;
    report.was = new Map(was);
    report.take(index, details);
    if (this.shown) this.refresh(focused);
    else if (report.size) {
      this.shown = present(report);
      this.filters = filtersOf(index);
      const { view } = this.shown;
      view.listeners.push(() => this.nameButtons());
      view.listeners.push(({ cell }) => cell && this.qrCode?.removeAttribute("open"));
      view.listeners.push(async () => (this.openDetails = await this.detailsOfOpened()));
    }
    this.nameButtons();
    this.tellChanges();
  }

  /** The name of the cell whose mark has the focus, if any. */
  focusedCell() {
    const mark = document.activeElement;
    return mark instanceof HTMLElement && mark.matches("#matrix .mark")
      ? this.report.name(Number(mark.dataset.cell))
      : "";
  }

  /** Shows the report anew where it stands: what is looked at and where the focus is stay. @param {string} focused */
  async refresh(focused) {
    const { report, shown } = this;
    if (!shown) return;
    const { view, matrix, opened } = shown;
    byId("head").replaceChildren(...headOf(report).filter((child) => child instanceof Node));
    refill("causes", causesOf(report, view));
    refill("facts", factsOf(report));
    if (this.filters !== filtersOf(report.index)) {
      this.filters = filtersOf(report.index);
      refillFilters(report, view);
    }
    const top = scrollY;
    matrix.render();
    scrollTo({ top, behavior: "instant" });
    if (focused) matrix.focus(report.cellNamed(focused));
    await this.refreshOpened(view, opened);
  }

  /** An opened cell is shown anew only where it has changed: else the focus and a selection stay. @param {View} view @param {CellView} opened */
  async refreshOpened(view, opened) {
    const text = await this.detailsOfOpened();
    if (text === this.openDetails) return;
    this.openDetails = text;
    await opened.follow(view.state.cell);
  }

  /** All that is shown of the opened cell, as text; empty: none is open. */
  async detailsOfOpened() {
    const { report, shown } = this;
    const name = shown?.view.state.cell;
    const row = name && report.rowOfCell.get(report.cellNamed(name));
    if (!row) return "";
    const details = await Promise.all(row.cells.filter((each) => each >= 0).map((each) => report.details(each)));
    return JSON.stringify([details, row.cells, row.cells.map((each) => report.was.get(each))]);
  }

  /** What the last round changed, each as a sentence and a way to the cell. */
  tellChanges() {
    const { report } = this;
    const cells = [...report.was.keys()];
    const items = cells.slice(0, CHANGES_SHOWN).map((cell) => {
      const open = () => this.shown?.view.show({ cell: report.name(cell) }, true);
      const text = `${report.scenario(cell).id} on ${report.text("server", cell)} in ${report.text("engine", cell)}: ${words(report, cell)}`;
      return el("li", {}, el("button", { type: "button", class: "quiet", on: { click: open } }, clipped(text)));
    });
    const more = cells.length - items.length;
    this.changes.replaceChildren(...items, ...(more > 0 ? [el("li", {}, `and ${more} more`)] : []));
  }

  nameButtons() {
    const count = this.shownCells().length;
    this.some.hidden = !this.shown || !isFiltered(this.shown.view.state) || !count;
    this.some.textContent = `Run the ${counted(count, "shown cell")} again`;
  }

  /** Names of the cells that the filters leave. */
  shownCells() {
    const rows = this.shown?.matrix.shown ?? [];
    return rows.flatMap(({ cells }) => cells.map((cell) => this.report.name(cell)));
  }

  /** @param {number} cell */
  cellActions(cell) {
    const { file, id } = this.report.scenario(cell);
    /** @param {string} text @param {object} wish */
    const button = (text, wish) => el("button", { type: "button", on: { click: () => this.rerun(wish) } }, text);
    return el(
      "div",
      {},
      el("h3", {}, "Run again, here"),
      el(
        "p",
        { class: "actions" },
        button("This cell", { cells: [this.report.name(cell)] }),
        button("This scenario", { scenario: id, file }),
        button("This file", { file }),
      ),
    );
  }

  /** @param {object} wish */
  async rerun(wish) {
    const answer = await this.post("rerun", wish);
    if (!answer) return;
    setText(this.said, answer.cells ? `${counted(answer.cells, "cell")} will run again` : "No such cell any more");
  }

  /** What the server answers; null where it does not, which is said. @param {string} part @param {object} data */
  async post(part, data) {
    try {
      const body = JSON.stringify(data);
      const response = await fetch(part, { method: "POST", headers: { "Content-Type": "application/json" }, body });
      if (response.ok) return await response.json();
      setText(this.said, visible(`Refused: ${await response.text()}`));
    } catch {
      setText(this.said, "Not asked: there is no connection");
    }
    return null;
  }
}

/** The newest document. @returns {Promise<LiveDocument|null>} null: the server does not answer */
async function fetched() {
  try {
    const response = await fetch("document");
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** A text is announced when it changes, and only then. @param {HTMLElement} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {LiveState} state */
function lineOf({ phase, done, of, why, waits, trouble }) {
  if (phase === "starting") return `Starting browsers and servers for ${counted(of, "cell")}: ${why}${waits && `; ${waits}`}`;
  if (phase === "running") return `${done.toLocaleString("en")} of ${counted(of, "cell")}: ${why}`;
  return trouble ? "Waiting for a change" : "Waiting for a change.";
}

/** @param {string} id @param {Child[]} children */
function refill(id, children) {
  byId(id).replaceChildren();
  fillSection(id, children);
}

/** What the filters offer. @param {Index} index */
const filtersOf = ({ files, servers, engines, reasons, origins, outcomes, statuses }) =>
  JSON.stringify([files, servers, engines, reasons, origins, outcomes, statuses]);

/** @param {RunReport} report @param {View} view */
function refillFilters(report, view) {
  const focused = document.activeElement?.id ?? "";
  const known = view.listeners.length;
  const fields = filterFields(report, view);
  const added = view.listeners.splice(known);
  // Those of the fields before are gone with them.
  view.listeners = view.listeners.filter((listener) => !filterListeners.has(listener));
  filterListeners.clear();
  for (const listener of added) filterListeners.add(listener);
  view.listeners.unshift(...added);
  byId("filters").replaceChildren(...fields);
  if (focused) document.getElementById(focused)?.focus();
}
/** @type {Set<(now: State, before: State) => void>} */
const filterListeners = new Set();

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @type {Index} */
const EMPTY_INDEX = {
  schema: SCHEMA,
  harness: "",
  sides: [],
  files: [],
  servers: [],
  engines: [],
  origins: [],
  statuses: [],
  outcomes: [],
  reasons: [],
  calls: [],
  scenarios: [],
  cells: {
    scenario: [],
    server: [],
    engine: [],
    origin: [],
    status: [],
    outcome: [],
    reason: [],
    cause: [],
    change: [],
    before_status: [],
    before_outcome: [],
    before_reason: [],
  },
  chunk: 1,
  causes: [],
  comparison: null,
  advice: [],
  skips: [],
  known: [],
  notes: [],
  unshown: [[], []],
};

new LivePage().begin();
