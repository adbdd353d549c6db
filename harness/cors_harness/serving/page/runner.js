// @ts-check
/// <reference lib="dom" />
"use strict";

/**
 * Runs cells in this page, in a worker or in a sandboxed frame, and tells what it saw.
 * Facts only: nothing here knows what a cell should come to.
 *
 * @typedef {{url: string, init: RequestInit, delay_ms: number, timeout_ms: number}} Step
 * @typedef {{token: string, place: "window"|"worker"|"sandboxed-frame", steps: Step[]}} Cell
 * @typedef {{kind: "fulfilled"|"rejected"|"timed-out", [fact: string]: unknown}} Observation
 * @typedef {(token: string, step: number, observation: Observation) => Promise<unknown>} Mark
 * @typedef {(cell: Cell, mark: Mark) => Promise<Observation[]>} Run
 */

const BODY_LIMIT = 4096; // characters of a body that are reported
const LOW = 48; // cells in the queue below which more are asked for, so that no call waits for one
const FLUSH_MS = 50; // how often finished cells are handed in
const ALIVE_MS = 1000; // how often the page says that it lives when it has nothing to hand in

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {Response} response */
async function fulfilled(response) {
  const facts = {
    kind: "fulfilled",
    response_type: response.type,
    status: response.status,
    url: response.url,
    redirected: response.redirected,
    headers: [...response.headers],
  };
  try {
    return { ...facts, body: (await response.text()).slice(0, BODY_LIMIT), body_error: null };
  } catch (error) {
    return { ...facts, body: null, body_error: `${error.name}: ${error.message}` };
  }
}

/** @param {unknown} error */
function rejected(error) {
  const { name, message } = error instanceof Error ? error : { name: typeof error, message: `${error}` };
  return { kind: "rejected", error_name: name, error_message: message };
}

/** @param {Step} step @returns {Promise<Observation>} */
async function observe(step) {
  const deadline = new AbortController();
  const started = performance.now();
  const timer = setTimeout(() => deadline.abort(), step.timeout_ms);
  let facts;
  try {
    facts = await fulfilled(await fetch(step.url, { ...step.init, signal: deadline.signal }));
  } catch (error) {
    facts = rejected(error);
  }
  clearTimeout(timer);
  if (deadline.signal.aborted) facts = { kind: "timed-out", detail: "the call's own deadline passed" };
  return /** @type {Observation} */ ({ ...facts, duration_ms: performance.now() - started });
}

/** @type {Run} */
async function runHere(cell, mark) {
  const seen = [];
  for (const [index, step] of cell.steps.entries()) {
    if (step.delay_ms) await sleep(step.delay_ms);
    seen.push(await observe(step));
    if (index + 1 < cell.steps.length) await mark(cell.token, index, seen[index]);
  }
  return seen;
}

/**
 * Serves cells that arrive as messages: the worker's and the frame's side.
 * @param {(message: object) => void} send
 */
function serveMessages(send) {
  /** @type {Map<string, () => void>} */
  const waiting = new Map();
  addEventListener("message", async ({ data }) => {
    if (data.marked) return waiting.get(data.marked)?.();
    const observations = await runHere(data.cell, (token, step, observation) => {
      send({ mark: { token, step, observation } });
      return new Promise((resolve) => waiting.set(token, () => resolve(undefined)));
    });
    send({ done: data.cell.token, observations });
  });
  send({ ready: true });
}

/**
 * Sends cells to a worker or a frame: the page's side.
 * @param {(message: object) => void} send
 * @param {(listener: (data: any) => void) => void} listen
 * @returns {Run}
 */
function runElsewhere(send, listen) {
  /** @type {Map<string, {resolve: (seen: Observation[]) => void, mark: Mark}>} */
  const running = new Map();
  /** @type {() => void} */
  let open;
  const ready = new Promise((resolve) => (open = () => resolve(undefined)));
  listen(async (data) => {
    if (data.ready) return open();
    if (data.done) return running.get(data.done)?.resolve(data.observations);
    const { token, step, observation } = data.mark;
    await running.get(token)?.mark(token, step, observation);
    send({ marked: token });
  });
  return async (cell, mark) => {
    await ready;
    return new Promise((resolve) => {
      running.set(cell.token, { resolve, mark });
      send({ cell });
    });
  };
}

/** @returns {Run} */
function worker() {
  const thread = new Worker("runner.js");
  const listen = (listener) => thread.addEventListener("message", ({ data }) => listener(data));
  return runElsewhere((message) => thread.postMessage(message), listen);
}

/** @returns {Run} */
function sandboxedFrame() {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.src = "frame.html";
  document.body.append(frame);
  const listen = (listener) =>
    addEventListener("message", ({ data, source }) => source === frame.contentWindow && listener(data));
  return runElsewhere((message) => frame.contentWindow?.postMessage(message, "*"), listen);
}

/** The page's side: takes cells from the page server, hands in what was seen. */
class Page {
  constructor() {
    this.session = new URLSearchParams(location.search).get("session");
    /** @type {Cell[]} */ this.queue = [];
    /** @type {string[]} */ this.started = [];
    /** @type {{token: string, observations: Observation[]}[]} */ this.finished = [];
    /** @type {{[place: string]: Run}} */ this.places = { window: runHere };
    /** @type {{[place: string]: () => Run}} */ this.makers = { worker, "sandboxed-frame": sandboxedFrame };
    this.over = false;
    this.count = 0;
    this.reported = performance.now();
    this.sentinels = 0;
    /** @type {Mark} */
    this.mark = (token, step, observation) =>
      this.post("mark", { token, step, observation, sentinel: this.sentinel([observation]) });
  }

  /**
   * Says something on the console behind all that the engine has said of these observations, so
   * that the harness knows when it has heard it all.
   * @param {Observation[]} observations
   */
  sentinel(observations) {
    if (!observations.some(({ kind }) => kind === "rejected")) return null;
    const sentinel = `${this.session}.${++this.sentinels}`;
    console.error(`cors-harness sentinel=${sentinel}`);
    return sentinel;
  }

  /** @param {string} path @param {object} [data] */
  async post(path, data = {}) {
    const body = JSON.stringify(data);
    const response = await fetch(`${path}?session=${this.session}`, { method: "POST", body });
    return response.json();
  }

  /** Asks for more cells, one request at a time. */
  fill() {
    this.filling ??= this.post("next").then(({ cells }) => {
      this.queue.push(...cells);
      this.over = !cells.length;
      this.filling = undefined;
    });
  }

  /** @returns {Promise<Cell|undefined>} the next cell; undefined when all are handed out */
  async take() {
    if (this.queue.length < LOW && !this.over) this.fill();
    while (!this.queue.length && !this.over) {
      this.fill();
      await this.filling;
    }
    return this.queue.shift();
  }

  async work() {
    for (let cell = await this.take(); cell; cell = await this.take()) {
      this.started.push(cell.token);
      const run = (this.places[cell.place] ??= this.makers[cell.place]());
      const observations = await run(cell, this.mark);
      this.finished.push({ token: cell.token, observations });
    }
  }

  async report() {
    const { started, finished } = this;
    if (!started.length && !finished.length && performance.now() - this.reported < ALIVE_MS) return;
    this.started = [];
    this.finished = [];
    this.reported = performance.now();
    const last = finished.map(({ observations }) => observations[observations.length - 1]);
    await this.post("report", { started, finished, sentinel: this.sentinel(last) });
    this.count += finished.length;
    const shown = document.getElementById("count");
    if (shown) shown.textContent = `${this.count} done`;
  }

  async reportUntil(/** @type {Promise<unknown>} */ allDone) {
    let working = true;
    void allDone.then(() => (working = false));
    while (working || this.finished.length) {
      await sleep(FLUSH_MS);
      await this.report();
    }
    await this.post("over");
  }

  async run() {
    const { concurrency } = await this.post("hello", { agent: navigator.userAgent });
    const workers = Array.from({ length: concurrency }, () => this.work());
    await this.reportUntil(Promise.all(workers));
  }
}

if (typeof document === "undefined") serveMessages((message) => postMessage(message));
else if (window.parent !== window) serveMessages((message) => window.parent.postMessage(message, "*"));
else void new Page().run();
