// @ts-check
/// <reference lib="dom" />
/// <reference path="text.js" />
"use strict";

/**
 * The report: read from the page's own data blocks, which are JSON, compressed, in base64.
 *
 * @typedef {{mistake: string, wrong: string, where: string, place: string, lines: string[], link: string,
 *   link_is: string, keep?: string}} Advice
 * @typedef {{name: string, label: string, build?: string, driver?: string, version?: string}} Engine
 * @typedef {{name: string, is_baseline?: boolean, harness?: string, os?: string, argv?: string[], engines: Engine[],
 *   servers?: {name: string, versions: Record<string, string>}[], missing: string[]}} Side
 * @typedef {{status: string, advice: number, cells: number[], shown: number, calls: string[], mismatches: string[][],
 *   note: string}} Cause
 * @typedef {{class: number, headline: string, server: string, engines: string[], origins: string[], fails: boolean,
 *   differences: string[][], cells: number[], scenarios: number, accept: string, also: string[],
 *   advice: number}} ChangeGroup
 * @typedef {{verdict: string, fails: boolean, counts: string, classes: string[][], groups: ChangeGroup[],
 *   open: {kind: string, meaning: string, names: string[][]}[], versions: string[], troubles: string[][],
 *   accept: string}} Comparison
 * @typedef {[file: number, id: string, title: string, spec: string, line: number, calls: number[]]} Scenario
 * @typedef {"scenario"|"server"|"engine"|"origin"|"status"|"outcome"|"reason"|"cause"|"change"|"before_status"
 *   |"before_outcome"|"before_reason"} Column
 * @typedef {{schema: number, harness: string, sides: Side[], files: string[], servers: string[], engines: string[],
 *   origins: string[], statuses: string[], outcomes: string[], reasons: string[], calls: string[], scenarios: Scenario[],
 *   cells: Record<Column, number[]>, chunk: number, causes: Cause[], comparison: Comparison|null, advice: Advice[],
 *   skips: [string, number][], known: [string, number][], notes: string[], unshown: [string[], string[]]}} Index
 *
 * @typedef {[text: string, bytes: number, note?: string]} MessageBody `note`: where the rest of it is
 * @typedef {{kind: string, role: string, step: number, method: string, url: string, request: [string, string][],
 *   status: number|null, response: [string, string][], sent?: MessageBody, body?: MessageBody,
 *   decided?: [name: string, inRequest: number, isThere: number][], trouble?: string}} Exchange
 * @typedef {{outcome: string, saw: string, reads: string[], unended?: boolean, reason: string, detail: string,
 *   words: string}} Step
 * @typedef {{cell?: string, accepted?: boolean, steps: Step[], exchanges: Exchange[], rerun: string, advice?: number,
 *   mismatches: {field: string, expected: string, found: string, spec: string}[], note?: string, known?: string,
 *   isolated?: string, output?: string[], held_back?: {step: number, name: string, why: string}[]}} Detail
 * @typedef {{after: Detail|null, before: Detail|null}} Details
 *
 * @typedef {{index: number, scenario: number, server: number, cells: number[], text: string, differs: boolean}} Row
 *   a scenario on a server; `cells` by engine, -1 where it has none; `text`: what a search looks at, of all of them
 */

const SCHEMA = 1;

/** JSON out of a data block. @param {string} packed @returns {Promise<any>} */
async function unpack(packed) {
  const letters = atob(packed);
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

/** What the page shows; more cells may be added to its index later, see `rowsOf`. */
class RunReport {
  /** @param {Index} index @param {string[]} packed details, a block each */
  constructor(index, packed) {
    this.index = index;
    this.packed = packed;
    /** @type {Map<number, Promise<Details[]>>} */
    this.unpacked = new Map();
    this.rows = rowsOf(index);
    /** @type {Map<number, Row>} */
    this.rowOfCell = rowByCell(this.rows);
    /** @type {Map<number, string>} what cells came to before the last round of a live page */
    this.was = new Map();
    /** @type {null|((cell: number) => Node)} what a live page has to say of an opened cell */
    this.liveActions = null;
  }

  /** Has something else from now on. @param {Index} index @param {string[]} packed */
  take(index, packed) {
    this.index = index;
    this.packed = packed;
    this.unpacked = new Map();
    this.rows = rowsOf(index);
    this.rowOfCell = rowByCell(this.rows);
  }

  /** How many cells there are. */
  get size() {
    return this.index.cells.status.length;
  }

  /** A text of a cell, by the name of its column. @param {Column} column @param {number} cell */
  text(column, cell) {
    const tables = {
      server: "servers",
      engine: "engines",
      origin: "origins",
      status: "statuses",
      outcome: "outcomes",
      reason: "reasons",
    };
    const name = /** @type {keyof typeof tables} */ (column.replace("before_", ""));
    const table = /** @type {"servers"} */ (tables[name]);
    return this.index[table][this.index.cells[column][cell]] ?? "";
  }

  /** @param {number} cell */
  scenario(cell) {
    const [file, id, title, spec, line] = this.index.scenarios[this.index.cells.scenario[cell]];
    return { file: this.index.files[file], id, title, spec, line };
  }

  /** What `--cell` calls it, and a view in its address. @param {number} cell */
  name(cell) {
    const { file, id } = this.scenario(cell);
    return `${file}::${id}[${this.text("server", cell)}-${this.text("engine", cell)}]`;
  }

  /** @param {string} name @returns {number} -1: there is none */
  cellNamed(name) {
    for (let cell = 0; cell < this.size; cell += 1) if (this.name(cell) === name) return cell;
    return -1;
  }

  /** How people call an engine: its label in the last run that has it. @param {string} name */
  label(name) {
    const engines = this.index.sides.flatMap((side) => side.engines);
    return engines.filter((engine) => engine.name === name).at(-1)?.label ?? name;
  }

  /** All that is known of a cell. @param {number} cell @returns {Promise<Details>} */
  async details(cell) {
    const { chunk } = this.index;
    const number = Math.floor(cell / chunk);
    let details = this.unpacked.get(number);
    if (!details) {
      details = unpack(this.packed[number]).then(detailsOf);
      this.unpacked.set(number, details);
    }
    return (await details)[cell % chunk];
  }
}

/** @param {{texts: string[], lists: number[][], cells: any[]}} chunk @returns {Details[]} */
function detailsOf({ texts, lists, cells }) {
  /** @type {[string, string][][]} */
  const headers = lists.map((list) =>
    list.flatMap((name, at) => (at % 2 ? [] : [/** @type {[string, string]} */ ([texts[name], texts[list[at + 1]]])])),
  );
  for (const cell of cells) {
    for (const exchange of [...(cell.after?.exchanges ?? []), ...(cell.before?.exchanges ?? [])]) {
      exchange.request = headers[exchange.request];
      exchange.response = headers[exchange.response];
    }
  }
  return cells;
}

/** @param {Row[]} rows @returns {Map<number, Row>} */
function rowByCell(rows) {
  const found = new Map();
  for (const row of rows) for (const cell of row.cells) if (cell >= 0) found.set(cell, row);
  return found;
}

/** Scenarios on servers, as they stand in the files. @param {Index} index @returns {Row[]} */
function rowsOf(index) {
  const { cells, engines, scenarios, files, servers } = index;
  /** @type {Map<number, Row>} */
  const byPlace = new Map();
  for (let cell = 0; cell < cells.status.length; cell += 1) {
    const place = cells.scenario[cell] * servers.length + cells.server[cell];
    let row = byPlace.get(place);
    if (!row) {
      const blank = { index: 0, text: "", differs: false, cells: engines.map(() => -1) };
      row = { ...blank, scenario: cells.scenario[cell], server: cells.server[cell] };
      byPlace.set(place, row);
    }
    row.cells[cells.engine[cell]] = cell;
  }
  const rows = [...byPlace.values()];
  const place = scenarios.map(([file, id, , , line]) => ({ file: files[file], id, line }));
  rows.sort((one, other) => {
    const [a, b] = [place[one.scenario], place[other.scenario]];
    if (a.file !== b.file) return a.file < b.file ? -1 : 1;
    if (a.line !== b.line) return a.line - b.line;
    if (a.id !== b.id) return a.id < b.id ? -1 : 1; // of a matrix: cells end in any order
    return one.server - other.server;
  });
  rows.forEach((row, number) => {
    row.index = number;
    row.text = textOf(index, row);
    row.differs = differs(index, row);
  });
  return rows;
}

/** What a search looks at in all cells of a row. @param {Index} index @param {Row} row */
function textOf({ files, scenarios, servers, calls }, row) {
  const [file, id, title, , , called] = scenarios[row.scenario];
  const texts = [files[file], id, title, servers[row.server], ...called.map((call) => calls[call])];
  return texts.join("\n").toLowerCase();
}

/**
 * For each word of a search: whether it is in a text of a cell, or of its row.
 * @param {Index} index @param {string[]} words in lower case @returns {((row: Row, cell: number) => boolean)[]}
 */
function wordFilters({ cells, engines, origins, outcomes, reasons }, words) {
  /** @type {[number[], string[]][]} */
  const columns = [
    [cells.engine, engines],
    [cells.origin, origins],
    [cells.outcome, outcomes],
    [cells.reason, reasons],
  ];
  return words.map((word) => {
    const found = columns.map(([, texts]) => texts.map((text) => text.toLowerCase().includes(word)));
    return (row, cell) => row.text.includes(word) || columns.some(([column], at) => found[at][column[cell]]);
  });
}

/** Whether engines came to something else, or with another verdict. @param {Index} index @param {Row} row */
function differs({ cells, statuses }, row) {
  const ran = row.cells.filter((cell) => cell >= 0 && !["skipped", "gone"].includes(statuses[cells.status[cell]]));
  const facts = ran.map((cell) => `${cells.outcome[cell]} ${cells.status[cell]}`);
  return new Set(facts).size > 1;
}

/** Reads the data blocks of this page. @returns {Promise<RunReport>} */
async function readReport() {
  const index = /** @type {Index} */ (await unpack(byId("index").textContent ?? ""));
  if (index.schema !== SCHEMA) throw new Error(`its data is of schema ${index.schema}, and this page reads ${SCHEMA}`);
  const blocks = [...document.querySelectorAll("script.details")];
  return new RunReport(
    index,
    blocks.map((block) => block.textContent ?? ""),
  );
}
