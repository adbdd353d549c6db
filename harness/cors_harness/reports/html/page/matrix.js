// @ts-check
/// <reference lib="dom" />
/// <reference path="filters.js" />
"use strict";

/**
 * The matrix: scenarios by chapter, their servers, and a mark for each engine.
 *
 * Lines become elements in blocks of some hundred marks, when they come near the screen, and go
 * again when they are far: fifty thousand cells are about a thousand marks at any time.
 *
 * @typedef {{scenario: number, rows: {row: Row, cells: number[]}[]}} ScenarioLine
 * @typedef {{name: string, lines: ScenarioLine[], servers: number[]}} Chapter
 * @typedef {{element: HTMLElement, lines: ScenarioLine[], chapter: Chapter, height: number, isFilled: boolean}} Block
 */

const MOST_LINES = 30; // scenarios of a block
const MOST_MARKS = 360; // of a block, unless one scenario has more
const LINE_HEIGHT = 46; // pixels, until a block has shown its own
const TILE_HEIGHT = 28;
const TILE_WIDTH = 268; // at least
const TILES_SHARE = 0.66; // of the width of a line
const NEAR = "1200px";
const SCENARIO_WIDTH = 300; // at least
const WIDEST_SCENARIO = 720;
const MARK_WIDTH = 30;
const SERVER_MARGIN = 26; // for the sign that engines differ
const FEW_CHAPTERS = 3;

class Matrix {
  /** @param {RunReport} report @param {View} view @param {HTMLElement} place */
  constructor(report, view, place) {
    this.report = report;
    this.view = view;
    this.place = place;
    /** @type {Map<Element, Block>} */
    this.blocks = new Map();
    this.observer = new IntersectionObserver((entries) => entries.forEach((entry) => this.near(entry)), {
      rootMargin: NEAR,
    });
    /** @type {{row: Row, cells: number[]}[]} */
    this.shown = [];
    place.addEventListener("click", (event) => this.open(event));
    place.addEventListener("keydown", (event) => this.move(event));
    place.addEventListener("focusin", (event) => this.rove(event));
    view.listeners.push((now, before) => this.follow(now, before));
    this.width = 0;
    new ResizeObserver(() => {
      const width = place.clientWidth;
      if (Math.abs(width - this.width) > 40 && this.width) this.render();
      this.width = width;
    }).observe(place);
  }

  /** @param {State} now @param {State} before */
  follow(now, before) {
    const names = [...FILTERS, ...TOGGLES];
    if (names.some((name) => now[name] !== before[name])) this.render();
  }

  /** Shows what the view asks for. */
  render() {
    const { report, view } = this;
    this.shown = shownRows(report, view.state);
    this.observer.disconnect();
    this.blocks.clear();
    const chapters = chaptersOf(report, this.shown);
    this.place.replaceChildren(...chapters.map((chapter) => this.chapter(chapter, chapters.length)));
    const cells = this.shown.reduce((sum, { cells }) => sum + cells.length, 0);
    const scenarios = chapters.reduce((sum, { lines }) => sum + lines.length, 0);
    const of = cells < report.size ? ` of ${report.size.toLocaleString("en")}` : "";
    byId("count").textContent = cells
      ? `${cells.toLocaleString("en")}${of} cells of ${counted(scenarios, "scenario")}`
      : "No cell fits. Take a filter back, or show everything.";
  }

  /** @param {Chapter} chapter @param {number} count of chapters */
  chapter(chapter, count) {
    const body = el("div", { class: "lines" });
    const details = el("details", { class: "chapter" }, chapterHead(this.report, chapter), body);
    const isOpen = () => this.isOpen(chapter, count);
    details.open = isOpen();
    const fill = () => details.open && !body.childElementCount && this.fillChapter(chapter, body);
    details.addEventListener("toggle", () => {
      fill();
      if (details.open !== isOpen()) this.toggled(chapter.name);
    });
    fill();
    return details;
  }

  /** Whether it is, unless somebody has toggled it. @param {Chapter} chapter @param {number} count */
  isOpen(chapter, count) {
    const { cells } = this.report.index;
    const { state } = this.view;
    const wants = chapter.lines.some(({ rows }) =>
      rows.some((row) => row.cells.some((cell) => cells.cause[cell] >= 0 || changeOf(this.report, cell) === "widened")),
    );
    const usual = count <= FEW_CHAPTERS || isFiltered(state) || wants;
    return usual !== state.toggled.split("|").includes(chapter.name);
  }

  /** @param {string} name */
  toggled(name) {
    const names = new Set(this.view.state.toggled.split("|").filter(Boolean));
    if (!names.delete(name)) names.add(name);
    this.view.show({ toggled: [...names].join("|") });
  }

  /** @param {Chapter} chapter @param {HTMLElement} body */
  fillChapter(chapter, body) {
    const marks = chapter.servers.length * this.report.index.engines.length;
    const size = Math.max(1, Math.min(MOST_LINES, Math.floor(MOST_MARKS / marks)));
    const lineHeight = heightOfLine(this.report, chapter, this.place.clientWidth || innerWidth);
    for (let at = 0; at < chapter.lines.length; at += size) {
      const lines = chapter.lines.slice(at, at + size);
      const element = el("div", { class: "lines-block" });
      const block = { element, lines, chapter, height: lines.length * lineHeight, isFilled: false };
      element.style.minHeight = `${block.height}px`;
      this.blocks.set(element, block);
      body.append(element);
      this.observer.observe(element);
    }
  }

  /** @param {IntersectionObserverEntry} entry */
  near(entry) {
    const block = this.blocks.get(entry.target);
    if (!block) return;
    if (entry.isIntersecting) this.fill(block);
    else if (block.isFilled && entry.boundingClientRect.height && !this.holds(block)) {
      block.height = entry.boundingClientRect.height;
      block.isFilled = false;
      block.element.style.minHeight = `${block.height}px`;
      block.element.replaceChildren();
    }
  }

  /** Whether a block has what the keyboard needs. @param {Block} block */
  holds(block) {
    return (
      block.element.contains(document.activeElement) || block.element.querySelector('.mark[tabindex="0"]') !== null
    );
  }

  /** @param {Block} block */
  fill(block) {
    if (block.isFilled) return;
    block.isFilled = true;
    block.element.replaceChildren(table(this.report, block, this.place.clientWidth || innerWidth));
    block.element.style.minHeight = "";
    const lines = block.element.parentElement;
    const first = lines?.querySelector('.mark[tabindex="0"]') ? null : block.element.querySelector(".mark");
    if (first instanceof HTMLElement) first.tabIndex = 0;
  }

  /** @param {Event} event */
  open(event) {
    const button = event.target instanceof Element ? event.target.closest(".mark") : null;
    if (button instanceof HTMLElement && button.dataset.cell)
      this.view.show({ cell: this.report.name(Number(button.dataset.cell)) }, true);
  }

  /** One mark of a chapter is in the order of Tab; the arrows lead to the others. @param {FocusEvent} event */
  rove(event) {
    if (!(event.target instanceof HTMLElement) || !event.target.matches(".mark")) return;
    event.target
      .closest(".lines")
      ?.querySelectorAll('.mark[tabindex="0"]')
      .forEach((other) => other.setAttribute("tabindex", "-1"));
    event.target.tabIndex = 0;
  }

  /** @param {KeyboardEvent} event */
  move(event) {
    const steps = {
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      Home: [0, -Infinity],
      End: [0, Infinity],
    };
    const step = steps[/** @type {"End"} */ (event.key)];
    if (
      !step ||
      !(event.target instanceof HTMLElement) ||
      !event.target.matches(".mark") ||
      event.ctrlKey ||
      event.altKey ||
      event.metaKey
    )
      return;
    event.preventDefault();
    const from = event.target;
    const line = from.closest("tr");
    const block = [...this.blocks.values()].find(({ element }) => element.contains(from));
    if (!line || !block) return;
    const [down, right] = step;
    if (right) {
      const marks = marksIn(line);
      const at = Math.min(Math.max(marks.indexOf(from) + right, 0), marks.length - 1);
      marks[at].focus();
    } else this.lineBeside(block, line, down, from)?.focus();
  }

  /**
   * The mark above or below: of the same server and engine, where that line has it.
   * @param {Block} block @param {Element} line @param {number} down @param {HTMLElement} from @returns {HTMLElement|undefined}
   */
  lineBeside(block, line, down, from) {
    let next = down > 0 ? line.nextElementSibling : line.previousElementSibling;
    if (!next) {
      const element = down > 0 ? block.element.nextElementSibling : block.element.previousElementSibling;
      const other = element && this.blocks.get(element);
      if (!other) return undefined;
      this.fill(other);
      const lines = other.element.querySelectorAll("tbody tr");
      next = lines[down > 0 ? 0 : lines.length - 1];
    }
    const { index } = this.report;
    const cell = Number(from.dataset.cell);
    const marks = marksIn(next);
    /** @param {HTMLElement} mark @param {"server"|"engine"} column */
    const alike = (mark, column) => index.cells[column][Number(mark.dataset.cell)] === index.cells[column][cell];
    return (
      marks.find((mark) => alike(mark, "server") && alike(mark, "engine")) ??
      marks[Math.min(marksIn(line).indexOf(from), marks.length - 1)]
    );
  }

  /** Puts the focus on a cell's mark, wherever it is. @param {number} cell @returns {boolean} whether there is one */
  focus(cell) {
    for (const block of this.blocks.values()) {
      if (block.lines.some(({ rows }) => rows.some((row) => row.cells.includes(cell)))) {
        this.fill(block);
        const mark = block.element.querySelector(`[data-cell="${cell}"]`);
        if (mark instanceof HTMLElement) mark.focus();
        return mark !== null;
      }
    }
    return false;
  }
}

/** @param {Element} line @returns {HTMLElement[]} */
const marksIn = (line) => [...line.querySelectorAll(".mark")].filter((mark) => mark instanceof HTMLElement);

/** @param {RunReport} report @param {{row: Row, cells: number[]}[]} shown @returns {Chapter[]} */
function chaptersOf({ index }, shown) {
  /** @type {Chapter[]} */
  const chapters = [];
  let last = -1;
  for (const each of shown) {
    const { scenario, server } = each.row;
    const file = index.scenarios[scenario][0];
    if (file !== last) chapters.push({ name: index.files[file], lines: [], servers: [] });
    last = file;
    const chapter = chapters[chapters.length - 1];
    const line = chapter.lines[chapter.lines.length - 1];
    if (line?.scenario === scenario) line.rows.push(each);
    else chapter.lines.push({ scenario, rows: [each] });
    if (!chapter.servers.includes(server)) chapter.servers.push(server);
  }
  return chapters;
}

/** @param {RunReport} report @param {Chapter} chapter */
function chapterHead(report, chapter) {
  const { cells, statuses } = report.index;
  const counts = { unexpected: 0, error: 0, widened: 0, "known-difference": 0 };
  let differ = 0;
  for (const { rows } of chapter.lines) {
    for (const { row, cells: shown } of rows) {
      if (row.differs) differ += 1;
      for (const cell of shown) {
        const status = statuses[cells.status[cell]];
        if (status in counts) counts[/** @type {"error"} */ (status)] += 1;
        if (changeOf(report, cell) === "widened") counts.widened += 1;
      }
    }
  }
  const told = Object.entries(counts)
    .filter(([, number]) => number)
    .map(([name, number]) =>
      el(
        "span",
        { class: `told t-${name}` },
        `${STATUS_SIGNS[name] ?? CHANGE_SIGNS[name]} ${number} ${statusOf(number, name)}`,
      ),
    );
  const servers =
    chapter.servers.length === 1
      ? ` on ${report.index.servers[chapter.servers[0]]}`
      : `, ${counted(chapter.servers.length, "server")}`;
  return el(
    "summary",
    {},
    el("b", {}, el("bdi", {}, clipped(chapter.name))),
    el("span", { class: "aside" }, ` ${counted(chapter.lines.length, "scenario")}${servers}`),
    ...told,
    differ > 0 && el("span", { class: "told" }, `≠ engines differ in ${differ}`),
  );
}

/** @param {RunReport} report */
const serverWidth = (report) => report.index.engines.length * MARK_WIDTH + SERVER_MARGIN;

/** Whether each server has room for a column. @param {RunReport} report @param {Chapter} chapter @param {number} width */
const hasRoom = (report, { servers }, width) => servers.length * serverWidth(report) + SCENARIO_WIDTH <= width;

/** About the height of a scenario in pixels. @param {RunReport} report @param {Chapter} chapter @param {number} width */
function heightOfLine(report, chapter, width) {
  if (hasRoom(report, chapter, width)) return LINE_HEIGHT;
  const beside = Math.max(1, Math.floor((width * TILES_SHARE) / TILE_WIDTH));
  return Math.max(LINE_HEIGHT, Math.ceil(chapter.servers.length / beside) * TILE_HEIGHT);
}

/** A block as a table: a column for each server where there is room, else servers by name. @param {RunReport} report @param {Block} block @param {number} width */
function table(report, { chapter, lines }, width) {
  const { servers, scenarios } = report.index;
  const hasColumns = hasRoom(report, chapter, width);
  const columns = hasColumns ? [...chapter.servers].sort((a, b) => a - b) : [];
  const heads = hasColumns
    ? columns.map((server) => serverHead(report, servers[server]))
    : [el("th", { scope: "col" }, "on")];
  const body = lines.map(({ scenario, rows }) => {
    const [, id, title] = scenarios[scenario];
    const name = el(
      "th",
      { scope: "row" },
      el("bdi", { class: "title" }, clipped(title || id)),
      title && el("bdi", { class: "id" }, clipped(id)),
    );
    const cells = hasColumns
      ? columns.map((server) => serverCell(report, rows.find(({ row }) => row.server === server)))
      : [el("td", {}, el("ul", { class: "tiles" }, ...byName(report, rows).map((each) => tile(report, each))))];
    return el("tr", {}, name, ...cells);
  });
  const table = el(
    "table",
    { class: hasColumns ? "matrix columns-table" : "matrix" },
    el("caption", { class: "unseen" }, `${clipped(chapter.name)}: what came of each scenario, by server and engine`),
    // Only the first block shows its head: so widths stand here.
    el("colgroup", {}, el("col"), ...heads.map(() => el("col", hasColumns ? { width: serverWidth(report) } : {}))),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "scenario"), ...heads)),
    el("tbody", {}, ...body),
  );
  if (hasColumns) table.style.maxWidth = `${columns.length * serverWidth(report) + WIDEST_SCENARIO}px`;
  return table;
}

/** @param {RunReport} report @param {string} name */
function serverHead(report, name) {
  const engines = report.index.engines.map((engine) => el("span", { title: report.label(engine) }, shortName(engine)));
  return el(
    "th",
    { scope: "col", class: "server" },
    el("bdi", {}, clipped(name, 60)),
    el("span", { class: "engines", "aria-hidden": "true" }, ...engines),
  );
}

/** @param {RunReport} report @param {{row: Row, cells: number[]}|undefined} shown */
function serverCell(report, shown) {
  if (!shown) return el("td", {});
  return el("td", { class: shown.row.differs ? "differs" : "" }, ...marksOf(report, shown));
}

/** @param {RunReport} report @param {{row: Row, cells: number[]}} shown */
function tile(report, shown) {
  const name = report.index.servers[shown.row.server];
  return el(
    "li",
    { class: shown.row.differs ? "differs" : "" },
    el("bdi", { class: "server" }, clipped(name, 60)),
    ...marksOf(report, shown),
  );
}

/** @param {RunReport} report @param {{row: Row, cells: number[]}[]} rows */
function byName({ index }, rows) {
  return [...rows].sort((one, other) => index.servers[one.row.server].localeCompare(index.servers[other.row.server]));
}

/** Marks in the places of their engines. @param {RunReport} report @param {{row: Row, cells: number[]}} shown */
function marksOf(report, { row, cells }) {
  const marks = row.cells.map((cell) =>
    cells.includes(cell) ? markButton(report, cell) : el("span", { class: "no-mark" }),
  );
  return [
    el("span", { class: "marks" }, ...marks),
    row.differs && el("span", { class: "differ-sign", title: "engines differ" }, "≠", unseen("engines differ")),
  ];
}
