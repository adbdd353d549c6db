// @ts-check
/// <reference lib="dom" />
/// <reference path="sequence.js" />
/// <reference path="causes.js" />
/// <reference path="matrix.js" />
"use strict";

/** An opened cell: the engines side by side, what is wrong and its fix, and the diagram. */

class CellView {
  /** @param {RunReport} report @param {View} view @param {Matrix} matrix */
  constructor(report, view, matrix) {
    this.report = report;
    this.view = view;
    this.matrix = matrix;
    this.dialog = /** @type {HTMLDialogElement} */ (byId("cell"));
    this.shade = byId("shade");
    /** @type {Element|null} */
    this.opener = null;
    view.listeners.push((now, before) => {
      if (now.cell !== before.cell || now.beside !== before.beside) this.follow(before.cell);
    });
    this.shade.addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.dialog.open) this.close();
    });
    if (view.state.cell) this.follow("");
  }

  close() {
    this.view.show({ cell: "", beside: false }, true);
  }

  /** Opens, changes or closes what the view asks for. @param {string} before the cell that was open */
  async follow(before) {
    const { cell: name, beside } = this.view.state;
    const cell = name ? this.report.cellNamed(name) : -1;
    const wasOpen = this.dialog.open;
    if (cell < 0) {
      this.hide(before);
      if (name)
        byId("count").textContent = visible(
          `No cell is called ${clipped(name)}: another run has it, or it has another name now.`,
        );
      return;
    }
    if (!wasOpen) this.opener = document.activeElement;
    const row = this.report.rowOfCell.get(cell);
    const cells = row ? row.cells.filter((each) => each >= 0) : [cell];
    const details = await Promise.all(cells.map((each) => this.report.details(each)));
    if (this.view.state.cell !== name) return; // another one was opened meanwhile
    this.dialog.replaceChildren(...this.content(cell, cells, details, beside).filter((child) => child instanceof Node));
    this.dialog.scrollTop = wasOpen && before && this.isSameRow(before, cell) ? this.dialog.scrollTop : 0;
    if (!wasOpen) this.dialog.show();
    byId("view").inert = true;
    this.shade.hidden = false;
    document.documentElement.classList.add("has-cell");
    this.settle(cell, before);
  }

  /** Where the focus is: on the title of what was opened, on the engine that was chosen. @param {number} cell @param {string} before */
  settle(cell, before) {
    const chosen = this.dialog.querySelector(".engines-choice [aria-pressed=true]");
    chosen?.scrollIntoView({ block: "nearest", inline: "nearest" });
    const isOther = !before || !this.isSameRow(before, cell);
    const target = isOther ? byId("cell-title") : chosen;
    if (target instanceof HTMLElement) target.focus({ preventScroll: !isOther });
  }

  /** @param {string} name @param {number} cell */
  isSameRow(name, cell) {
    const other = this.report.cellNamed(name);
    return other >= 0 && this.report.rowOfCell.get(other) === this.report.rowOfCell.get(cell);
  }

  /** @param {string} before the cell that was open */
  hide(before) {
    if (!this.dialog.open) return;
    this.dialog.close();
    this.dialog.replaceChildren();
    byId("view").inert = false;
    this.shade.hidden = true;
    document.documentElement.classList.remove("has-cell");
    const cell = this.report.cellNamed(before);
    const { opener } = this;
    if (opener instanceof HTMLElement && opener.isConnected && opener !== document.body) opener.focus();
    else if (cell < 0 || !this.matrix.focus(cell)) byId("cells").focus({ preventScroll: true });
  }

  /**
   * @param {number} cell @param {number[]} cells of its row @param {Details[]} details @param {boolean} beside
   * @returns {Child[]}
   */
  content(cell, cells, details, beside) {
    const { report } = this;
    const { file, id, title, spec, line } = report.scenario(cell);
    const at = cells.indexOf(cell);
    const { after, before } = details[at];
    const advice = after?.advice === undefined ? undefined : report.index.advice[after.advice];
    const origin = report.text("origin", cell);
    return [
      this.bar(cell),
      el(
        "header",
        {},
        el("h2", { id: "cell-title", tabindex: "-1" }, value(title || id)),
        el(
          "p",
          { class: "aside" },
          el("bdi", {}, clipped(id)),
          " on ",
          el("b", {}, el("bdi", {}, report.text("server", cell))),
          origin && " · from ",
          origin && el("bdi", {}, clipped(origin)),
          " · ",
          el("bdi", {}, line ? `${file}:${line}` : file),
        ),
        spec &&
          el(
            "p",
            { class: "aside" },
            "The standard's rule: ",
            link(spec, clipped(spec.replace(/^https:\/\//, ""), 120)),
          ),
      ),
      this.engines(cell, cells, details, beside),
      el(
        "div",
        { class: "cell-body" },
        this.diagrams(cells, details, beside ? cells : [cell]),
        el(
          "div",
          { class: "cell-more" },
          after && problems(after),
          advice && el("div", { class: "cell-fix" }, wrongAndFix(advice, "h3")),
          report.liveActions && report.liveActions(cell),
          after?.rerun &&
            el(
              "div",
              {},
              el("h3", {}, "Run this cell again"),
              copied([after.rerun], "the command that runs this cell again"),
            ),
          after && facts(after),
          !after && before && el("p", { class: "notice" }, "The later side does not have this cell."),
        ),
      ),
    ];
  }

  /** @param {number} cell */
  bar(cell) {
    const rows = this.matrix.shown;
    const at = rows.findIndex(({ row }) => row === this.report.rowOfCell.get(cell));
    const engine = this.report.index.cells.engine[cell];
    /** @param {number} by @param {string} text */
    const step = (by, text) => {
      const other = at < 0 ? undefined : rows[at + by];
      const next = other && (other.row.cells[engine] >= 0 ? other.row.cells[engine] : other.cells[0]);
      const open = () => next !== undefined && this.view.show({ cell: this.report.name(next) });
      return el("button", { type: "button", disabled: next === undefined, on: { click: open } }, text);
    };
    const place = at < 0 ? "" : `${(at + 1).toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
    const close = el(
      "button",
      { type: "button", class: "close", on: { click: () => this.close() } },
      "Close",
      el("kbd", { "aria-hidden": "true" }, "Esc"),
    );
    return el(
      "div",
      { class: "bar" },
      step(-1, "‹ Previous"),
      step(1, "Next ›"),
      el("span", { class: "aside" }, place),
      close,
    );
  }

  /** What each engine came to, side by side. @param {number} cell @param {number[]} cells @param {Details[]} details @param {boolean} beside */
  engines(cell, cells, details, beside) {
    const { report } = this;
    const heads = cells.map((each) => {
      const open = () => this.view.show({ cell: report.name(each), beside: false });
      const name = report.text("engine", each);
      return el(
        "th",
        { scope: "col" },
        el(
          "button",
          { type: "button", "aria-pressed": `${each === cell && !beside}`, on: { click: open } },
          report.label(name),
        ),
      );
    });
    const sides =
      report.index.sides.length > 1 ? /** @type {const} */ (["before", "after"]) : /** @type {const} */ (["after"]);
    const rows = sides.flatMap((side) => this.sideRows(side, cells, details, sides.length > 1));
    const all =
      cells.length > 1 &&
      el(
        "button",
        {
          type: "button",
          class: "quiet",
          "aria-pressed": `${beside}`,
          on: { click: () => this.view.show({ beside: !beside }) },
        },
        "All diagrams side by side",
      );
    return el(
      "div",
      {},
      el(
        "div",
        { class: "wide", tabindex: "0", role: "group", "aria-label": "Engines side by side" },
        el(
          "table",
          { class: "plain engines-choice" },
          el("caption", { class: "unseen" }, "Engines side by side; a name shows its diagram"),
          el("thead", {}, el("tr", {}, el("td", {}), ...heads)),
          el("tbody", {}, ...rows),
        ),
      ),
      all,
    );
  }

  /** @param {"before"|"after"} side @param {number[]} cells @param {Details[]} details @param {boolean} isOneOfTwo */
  sideRows(side, cells, details, isOneOfTwo) {
    const { report } = this;
    const title = isOneOfTwo ? (side === "before" ? "before" : "now") : "result";
    const texts = details.map((each) => each[side]);
    const result = cells.map((cell, at) => {
      if (side === "after" && texts[at]) return el("td", {}, mark(report, cell), " ", words(report, cell));
      const steps = texts[at]?.steps
        .map(({ outcome, reason }) => (reason ? `${outcome} (${reason})` : outcome))
        .join(", ");
      return el("td", {}, steps ?? "no such cell");
    });
    const wire = texts.map((detail) => el("td", {}, detail ? wireText(detail) : ""));
    const said = texts.map((detail) =>
      el("td", {}, ...(detail?.steps ?? []).filter((step) => step.words).map((step) => spoken(step.words))),
    );
    /** @param {string} name @param {Child[]} cells */
    const row = (name, cells) => el("tr", {}, el("th", { scope: "row" }, name), ...cells);
    const hasWords = texts.some((detail) => detail?.steps.some((step) => step.words));
    return [row(title, result), row("on the wire", wire), ...(hasWords ? [row("its own words", said)] : [])];
  }

  /** @param {number[]} cells @param {Details[]} details @param {number[]} chosen */
  diagrams(cells, details, chosen) {
    const { report } = this;
    const diagrams = chosen.flatMap((cell) => {
      const label = report.label(report.text("engine", cell));
      const { before, after } = details[cells.indexOf(cell)];
      const isTwo = report.index.sides.length > 1;
      return [
        before && diagram(report, before, label, `${label}, before`),
        after && diagram(report, after, label, isTwo ? `${label}, now` : label),
      ];
    });
    const shown = diagrams.filter(Boolean);
    return el("div", { class: shown.length > 1 ? "diagrams several" : "diagrams" }, ...shown);
  }
}

/** `preflight 400`. @param {Detail} detail */
function wireText({ exchanges }) {
  if (!exchanges.length) return "nothing reached a server";
  return exchanges
    .map(({ kind, method, status }) => `${kind === "preflight" ? "preflight" : method} ${status ?? "no response"}`)
    .join(", ");
}

/** @param {Detail} detail */
function problems({ mismatches }) {
  if (!mismatches.length) return null;
  const rows = mismatches.map(({ field, expected, found, spec }) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, el("bdi", {}, field)),
      el("td", {}, value(expected)),
      el("td", { class: "now" }, value(found)),
      el("td", {}, link(spec, "the rule")),
    ),
  );
  const head = ["", "expected", "found", "standard"].map((name) =>
    name ? el("th", { scope: "col" }, name) : el("td", {}),
  );
  return el(
    "div",
    {},
    el("h3", {}, "Not as expected"),
    el(
      "div",
      { class: "wide", tabindex: "0", role: "group", "aria-label": "Not as expected" },
      el("table", { class: "plain" }, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)),
    ),
  );
}

/** @param {Detail} detail */
function facts(detail) {
  const lines = [
    detail.note && `${detail.note}`,
    detail.isolated && `It ran by itself: ${detail.isolated}`,
    ...(detail.held_back ?? []).map(
      ({ step, name, why }) => `Step ${step + 1}: the cookie ${name} was held back: ${why}`,
    ),
  ].filter((line) => typeof line === "string");
  const output = detail.output ?? [];
  return el(
    "div",
    {},
    ...lines.map((line) => el("p", { class: "notice" }, value(line))),
    detail.known &&
      el(
        "p",
        { class: "notice" },
        "A known difference: ",
        /^https:/.test(detail.known) ? link(detail.known) : value(detail.known),
      ),
    output.length > 0 &&
      el("h3", {}, "What the app wrote, while calls of this cell, and perhaps of others, were under way"),
    output.length > 0 && copied(output, "output of the app"),
  );
}
