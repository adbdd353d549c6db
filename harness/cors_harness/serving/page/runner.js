// @ts-check
/// <reference lib="dom" />
"use strict";

/**
 * Runs cells in this page, in a worker, in a sandboxed frame or in a frame of another origin, and
 * reports what it saw. Facts only: nothing here knows what a cell should come to.
 *
 * @typedef {"window"|"worker"|"sandboxed-frame"} Place
 * @typedef {{url: string, init: RequestInit, delay_ms: number, within_ms: number|null, timeout_ms: number,
 *   place: Place, frame: string|null, storage_access: boolean, body_limit?: number,
 *   body_ms: number|null, events_ms: number|null}} Step
 *   body_ms: how long a body without a Content-Length is waited for, events_ms: one of server-sent
 *   events; null: as long as the call may take
 * @typedef {{token: string, steps: (Step|null)[]}} Cell null: told when what it needs is known
 * @typedef {{kind: "fulfilled"|"rejected"|"timed-out"|"late", [fact: string]: unknown}} Observation
 * @typedef {(step: Step) => Promise<Observation>} Run
 */

const BODY_LIMIT = 4096; // characters of a body that are reported
const LOW = 1.5; // cells in the queue for each that runs, below which more are asked for: no call waits for one
const PROMPT_MS = 2000; // how long a prompt may stay unanswered
const PLACE_MS = 30_000; // how long a frame or worker may take to load, beside the call itself
const TICK_MS = 500; // what a page can sleep through, a second or a minute, counts as two of these
const FLUSH_MS = 50; // how often finished cells are handed in
const OPAQUE_MS = 1000; // how long an opaque body, which nobody can read, may take to arrive
const DEADLINE = "the call's own deadline passed";
const ALIVE_MS = 1000; // how often the page says that it lives when it has nothing to hand in

/** Behind `#`: the token of the run, and for a window that nobody drives `&back=URL`. */
const [TOKEN, BACK_TEXT = ""] = (globalThis.location?.hash ?? "").slice(1).split("&back=");

/**
 * Where a window that nobody drives goes when its page is over: back to who has sent it here, on
 * this machine or on that of this page. Null: a driver closes the page.
 */
const BACK = backOf(decodeURIComponent(BACK_TEXT));

/** @param {string} given */
function backOf(given) {
  if (!given.startsWith("http:")) return null;
  const { href, hostname } = new URL(given);
  return [location.hostname, "127.0.0.1", "localhost"].includes(hostname) ? href : null;
}

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Calls `then` after so many milliseconds in which this page was awake: that a machine stood still
 * says nothing about the server that it waits for.
 * @param {number} ms @param {() => void} then @returns {() => void} takes it back
 */
function after(ms, then) {
  let left = ms;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    left -= Math.min(now - last, 2 * TICK_MS);
    last = now;
    if (left <= 0) over();
  }, Math.min(ms, TICK_MS));
  const cancel = () => clearInterval(timer);
  const over = () => (cancel(), then());
  return cancel;
}

/**
 * Reads a body to its end, or until `stop`: one of a stream may have no end.
 * @param {ReadableStream<Uint8Array>|null} stream @param {number} limit of characters
 * @param {Promise<undefined>} stop
 */
async function read(stream, limit, stop) {
  const reader = stream?.getReader();
  const decoder = new TextDecoder();
  let body = "";
  while (reader) {
    const piece = await Promise.race([reader.read(), stop]);
    if (!piece) return { body: body.slice(0, limit), body_ended: false };
    if (piece.done) break;
    if (body.length < limit) body += decoder.decode(piece.value, { stream: true });
  }
  return { body: (body + decoder.decode()).slice(0, limit), body_ended: true };
}

/** How long the body is waited for; null: as long as the call may take.
 * @param {Headers} headers @param {Step} step
 */
function bodyMs(headers, { body_ms, events_ms }) {
  if (/^\s*text\/event-stream\b/i.test(headers.get("content-type") ?? "")) return events_ms;
  return headers.has("content-length") ? null : body_ms; // what has announced its length will end
}

/** @param {Response} response @param {number} limit of characters of the body
 * @param {Promise<undefined>} stop when the body is waited for no longer
 */
async function fulfilled(response, limit, stop) {
  const facts = {
    kind: "fulfilled",
    response_type: response.type,
    status: response.status,
    status_text: response.statusText,
    url: response.url,
    redirected: response.redirected,
    headers: [...response.headers],
  };
  try {
    return { ...facts, ...(await read(response.body, limit, stop)), body_error: null };
  } catch (error) {
    return { ...facts, body: null, body_error: `${error.name}: ${error.message}` };
  }
}

/** @param {unknown} error */
function rejected(error) {
  const { name, message } = error instanceof Error ? error : { name: typeof error, message: `${error}` };
  return { kind: "rejected", error_name: name, error_message: message };
}

/** @param {number} most @param {number} passed @returns {Observation} */
function late(most, passed) {
  const detail = `this machine was too slow: ${Math.round(passed)} ms passed between two calls, ${most} may`;
  return { kind: "late", detail, duration_ms: passed };
}

/** @param {Step} step @returns {Promise<Observation>} */
async function observe(step) {
  const call = new AbortController();
  const started = performance.now();
  let over = () => call.abort();
  const timers = [after(step.timeout_ms, () => over())];
  let facts;
  try {
    const response = await fetch(step.url, { ...step.init, signal: call.signal });
    const stop = new Promise((resolve) => (over = () => resolve(undefined)));
    const ms = bodyMs(response.headers, step);
    if (ms !== null) timers.push(after(ms, over));
    facts = await fulfilled(response, step.body_limit ?? BODY_LIMIT, stop);
  } catch (error) {
    facts = rejected(error);
  }
  for (const cancel of timers) cancel();
  if (call.signal.aborted) facts = { kind: "timed-out", detail: DEADLINE, by_deadline: true };
  // A browser has six connections to a server, and what nobody reads would keep one of them.
  else if (facts.body_ended === false) call.abort();
  else if (facts.response_type?.startsWith("opaque")) after(OPAQUE_MS, () => call.abort());
  return /** @type {Observation} */ ({ ...facts, duration_ms: performance.now() - started });
}

/** Requests access to the frame's own cookies; a prompt that nobody answers counts as denied. */
async function storageAccess() {
  const access = document.requestStorageAccess?.().catch(() => undefined);
  await Promise.race([access, sleep(PROMPT_MS)]);
}

/** Serves steps that arrive as messages: the worker's and the frame's side.
 * @param {(message: object) => void} send
 */
function serveMessages(send) {
  /** @type {Promise<unknown>|undefined} */
  let access;
  addEventListener("message", async ({ data: { number, step } }) => {
    if (step.storage_access) await (access ??= storageAccess());
    send({ number, observation: await observe(step) });
  });
  send({ ready: true });
}

/**
 * Sends steps to a worker or a frame: the page's side.
 * @param {(message: object) => void} send
 * @param {(listener: (data: any) => void) => void} listen
 * @returns {Run}
 */
function runElsewhere(send, listen) {
  /** @type {Map<number, (seen: Observation) => void>} */
  const running = new Map();
  let count = 0;
  /** @type {() => void} */
  let open;
  const ready = new Promise((resolve) => (open = () => resolve(undefined)));
  listen((data) => (data.ready ? open() : running.get(data.number)?.(data.observation)));
  return (step) =>
    new Promise((resolve) => {
      const number = ++count;
      const duration_ms = step.timeout_ms + PLACE_MS;
      const silent = { kind: "timed-out", detail: "its frame or worker is silent", duration_ms };
      const cancel = after(duration_ms, () => resolve(/** @type {Observation} */ (silent)));
      running.set(number, (seen) => (cancel(), resolve(seen)));
      void ready.then(() => send({ number, step }));
    });
}

/** @returns {Run} */
function worker() {
  const thread = new Worker("runner.js");
  const listen = (listener) => thread.addEventListener("message", ({ data }) => listener(data));
  return runElsewhere((message) => thread.postMessage(message), listen);
}

/** @param {string} src @param {string|null} sandbox @returns {Run} */
function inFrame(src, sandbox) {
  const frame = document.createElement("iframe");
  if (sandbox !== null) frame.setAttribute("sandbox", sandbox);
  frame.src = src;
  document.body.append(frame);
  const listen = (listener) =>
    addEventListener("message", ({ data, source }) => source === frame.contentWindow && listener(data));
  return runElsewhere((message) => frame.contentWindow?.postMessage(message, "*"), listen);
}

/** @type {{[place: string]: () => Run}} */
const MAKERS = {
  window: () => observe,
  worker,
  "sandboxed-frame": () => inFrame("frame.html", "allow-scripts"),
};

/** @type {Map<string, Run>} */
const runs = new Map();

/** @type {Run} Runs the step in its place, which is made when the first step needs it. */
function runInPlace(step) {
  const key = step.frame ? `${step.frame} ${step.storage_access}` : step.place;
  if (!runs.has(key)) {
    runs.set(key, step.frame ? inFrame(`${step.frame}/harness/frame.html`, null) : MAKERS[step.place]());
  }
  return /** @type {Run} */ (runs.get(key))(step);
}

/** The page's side: takes cells from the page server, hands in what was seen. */
class Page {
  constructor() {
    this.session = new URLSearchParams(location.search).get("session");
    // No message names the token. Whole, as a path that begins with `//` would name a host.
    history.replaceState(null, "", location.href.split("#")[0]);
    /** @type {Cell[]} */ this.queue = [];
    /** @type {Cell[]} */ this.late = [];
    /** @type {string[]} */ this.started = [];
    /** @type {{token: string, observation: Observation}[]} */ this.finished = [];
    /** @type {Map<string, (next?: Step) => void>} */ this.waitingSteps = new Map();
    /** @type {Map<string, Promise<unknown>>} */ this.betweenSteps = new Map();
    this.concurrency = 1;
    this.over = false;
    this.count = 0;
    this.reported = performance.now();
    this.sentinels = 0;
    this.leaving = false;
    if (BACK) addEventListener("pagehide", () => this.tellLeaving());
  }

  /** Goes to another page: replaced, as the browser shall not keep this one for going back. @param {string} url */
  leaveFor(url) {
    this.leaving = true;
    location.replace(url);
  }

  /** Somebody closes the window, or goes somewhere else with it. */
  tellLeaving() {
    if (!this.leaving) navigator.sendBeacon(`left?session=${this.session}&token=${TOKEN}`, "{}");
  }

  /**
   * Writes a sentinel to the console behind all that the engine has written there about these
   * observations: when it arrives the harness has all of it. Null where no call was rejected.
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
    try {
      const response = await fetch(`${path}?session=${this.session}&token=${TOKEN}`, { method: "POST", body });
      if (response.ok || !BACK) return await response.json();
    } catch (error) {
      if (!BACK) throw error;
    }
    this.leaveFor(BACK); // this page is wanted no more
    return new Promise(() => undefined);
  }

  /** Asks for more cells, one request at a time. */
  fill() {
    this.filling ??= this.post("next").then(({ cells, over }) => {
      this.queue.push(...cells);
      this.over = over;
      this.filling = undefined;
    });
  }

  /** @returns {Promise<Cell|undefined>} the next cell; undefined when all are handed out */
  async take() {
    while (this.betweenSteps.size) await Promise.all(this.betweenSteps.values());
    if (this.queue.length < LOW * this.concurrency && !this.over) this.fill();
    while (!this.queue.length && !this.over) {
      this.fill();
      await this.filling;
    }
    return this.queue.shift();
  }

  /**
   * Reports a step that is not the last one, and waits until the harness knows all about it. That
   * comes in the responses of later reports: a browser has six connections to a server, and waiting
   * steps on all of them would keep everything else of this page from its server.
   *
   * Meanwhile no cell begins: what the browser remembers of this one, a preflight for example, it
   * forgets when it has made so many others. Only the engine's console may take too long for that.
   * @param {string} token @param {Observation} observation
   * @returns {Promise<Step|undefined>} the next step where it needed what an earlier one brought
   */
  async mark(token, observation) {
    const sentinel = this.sentinel([observation]);
    /** @type {Promise<Step|undefined>} */
    const settled = new Promise((resolve) => this.waitingSteps.set(token, resolve));
    if (sentinel === null) this.betweenSteps.set(token, settled);
    this.resume(await this.post("mark", { token, observation, sentinel }));
    return settled; // perhaps by another response, long before that to this post came
  }

  /** @param {{settled?: string[], calls?: {[token: string]: Step}}} reply the cells whose reported step is all known */
  resume({ settled = [], calls = {} }) {
    for (const token of settled) {
      this.waitingSteps.get(token)?.(calls[token]);
      this.waitingSteps.delete(token);
      this.betweenSteps.delete(token);
    }
  }

  /**
   * @param {Cell} cell
   * @returns {Promise<Observation|null>} what was seen of the last step; null where the harness ended the cell
   */
  async runSteps({ token, steps }) {
    let observation = null;
    let began = performance.now();
    for (const [index, known] of steps.entries()) {
      const told = index ? await this.mark(token, observation) : undefined;
      const step = known ?? told;
      if (!step) return null;
      if (step.delay_ms) await sleep(step.delay_ms);
      const passed = performance.now() - began;
      if (step.within_ms && passed > step.within_ms) return late(step.within_ms, passed);
      began = performance.now();
      observation = await runInPlace(step);
    }
    return observation;
  }

  /** Runs a cell; one that the machine was too slow for begins afresh when nothing else runs here.
   * @param {Cell} cell
   */
  async runCell(cell) {
    this.started.push(cell.token);
    const observation = await this.runSteps(cell); // `finished` may be another list by then
    if (!observation) return;
    if (observation.kind !== "late") return this.finished.push({ token: cell.token, observation });
    const { again } = await this.post("late", { token: cell.token });
    if (again) return this.late.push(again);
    return this.finished.push({ token: cell.token, observation: { ...observation, kind: "timed-out" } });
  }

  async work() {
    for (let cell = await this.take(); cell; cell = await this.take()) await this.runCell(cell);
  }

  async workAll() {
    await Promise.all(Array.from({ length: this.concurrency }, () => this.work()));
    for (let cell = this.late.shift(); cell; cell = this.late.shift()) await this.runCell(cell);
  }

  async report() {
    const { started, finished } = this;
    const idle = !started.length && !finished.length && !this.waitingSteps.size;
    if (idle && performance.now() - this.reported < ALIVE_MS) return;
    this.started = [];
    this.finished = [];
    this.reported = performance.now();
    const last = finished.map(({ observation }) => observation);
    this.resume(await this.post("report", { started, finished, sentinel: this.sentinel(last) }));
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
    const { next } = await this.post("over");
    if (next) this.leaveFor(BACK ? `${next}&back=${encodeURIComponent(BACK)}` : next);
    else if (BACK) this.leaveFor(BACK);
  }

  async run() {
    const greeting = { agent: navigator.userAgent, origin: location.origin };
    this.concurrency = (await this.post("hello", greeting)).concurrency;
    await this.reportUntil(this.workAll());
  }
}

if (typeof document === "undefined") serveMessages((message) => postMessage(message));
else if (window.parent !== window) serveMessages((message) => window.parent.postMessage(message, "*"));
else void new Page().run();
