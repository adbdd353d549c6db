// @ts-check
/// <reference lib="dom" />
/// <reference path="marks.js" />
"use strict";

/** The sequence diagram of a cell: page, browser and server, and what went between them, in order. */

const DECIDED = "decided";

const decidedTag = () => el("span", { class: "tag" }, DECIDED);

/** Whether a field of an exchange decided. @param {Exchange} exchange @param {string} name empty: the status @param {boolean} inRequest */
function decides(exchange, name, inRequest) {
  return (exchange.decided ?? []).some(
    ([decided, where]) => decided.toLowerCase() === name.toLowerCase() && Boolean(where) === inRequest,
  );
}

/** The headers that decided, those that are not there among them. @param {Exchange} exchange @param {boolean} inRequest @returns {HTMLElement[]} */
function decidedOf(exchange, inRequest) {
  const headers = inRequest ? exchange.request : exchange.response;
  const named = headers
    .filter(([name]) => decides(exchange, name, inRequest))
    .map(([name, text]) => header(name, text, true));
  const absent = (exchange.decided ?? []).filter(
    ([name, where, isThere]) => name && Boolean(where) === inRequest && !isThere,
  );
  return [...named, ...absent.map(([name]) => absentHeader(name))];
}

/** @param {string} name @param {string} text @param {boolean} isDecided */
function header(name, text, isDecided) {
  const shown = text === "" ? el("i", {}, "(empty)") : value(text, "field-value");
  return el(
    "li",
    { class: isDecided ? "decided" : "" },
    el("bdi", { class: "field" }, clipped(name, 120)),
    ": ",
    shown,
    isDecided && " ",
    isDecided && decidedTag(),
  );
}

/** @param {string} name */
const absentHeader = (name) =>
  el(
    "li",
    { class: "decided absent" },
    el("bdi", { class: "field" }, name),
    " ",
    el("i", {}, "is not there"),
    " ",
    decidedTag(),
  );

/**
 * The header list of a message: what CORS looks at, and the rest to unfold.
 * @param {RunReport} report @param {Exchange} exchange @param {boolean} inRequest
 */
function headerList(report, exchange, inRequest) {
  const unshown = new Set(report.index.unshown[inRequest ? 0 : 1]);
  const headers = inRequest ? exchange.request : exchange.response;
  /** @type {HTMLElement[]} */
  const shown = [];
  /** @type {HTMLElement[]} */
  const rest = [];
  for (const [name, text] of headers) {
    const isDecided = decides(exchange, name, inRequest);
    (isDecided || !unshown.has(name.toLowerCase()) ? shown : rest).push(header(name, text, isDecided));
  }
  const absent = (exchange.decided ?? []).filter(
    ([name, where, isThere]) => name && Boolean(where) === inRequest && !isThere,
  );
  return [
    el("ul", { class: "headers" }, ...shown, ...absent.map(([name]) => absentHeader(name))),
    rest.length > 0 &&
      el(
        "details",
        { class: "rest" },
        el("summary", {}, `${rest.length} more that CORS does not look at`),
        el("ul", { class: "headers" }, ...rest),
      ),
  ];
}

/** @param {MessageBody|undefined} body */
function bodyOf(body) {
  if (!body) return null;
  const [text, size, note] = body;
  return el(
    "details",
    { class: "rest" },
    el("summary", {}, `body, ${counted(size, "byte")}`),
    el("pre", { tabindex: "0", "aria-label": "body" }, value(text)),
    note && el("p", { class: "aside" }, note),
  );
}

/** @typedef {"page"|"browser"|"server"} Lifeline */

/**
 * A message between two lifelines.
 * @param {Lifeline} from @param {Lifeline} to @param {Child[]} title @param {Child[]} children
 */
function message(from, to, title, ...children) {
  const names = el("span", { class: "between" }, `${from} → ${to}: `);
  const box = el("div", { class: "message-text" }, ...children);
  return el(
    "li",
    { class: `message ${from}-${to}` },
    el("p", { class: "arrow" }, names, ...title),
    children.some(Boolean) && box,
  );
}

/** @param {RunReport} report @param {Exchange} exchange */
function exchangeMessages(report, exchange) {
  const kind = el("span", { class: "kind" }, exchange.kind);
  const role = exchange.role === "server" ? "" : ` (at ${exchange.role})`;
  const asked = message(
    "browser",
    "server",
    [kind, " ", el("b", {}, exchange.method), " ", value(exchange.url, "url"), role],
    ...headerList(report, exchange, true),
    bodyOf(exchange.sent),
  );
  const isDecided = decides(exchange, "", false);
  const status =
    exchange.status === null
      ? [el("b", {}, "no response"), `, ${exchange.trouble ?? "none came"}`]
      : [
          el("b", { class: isDecided ? "decided" : "" }, `${exchange.status}`),
          exchange.trouble ? ` ${exchange.trouble}` : "",
        ];
  const answered = message(
    "server",
    "browser",
    [...status, isDecided && " ", isDecided && decidedTag()],
    ...(exchange.status === null ? [] : headerList(report, exchange, false)),
    bodyOf(exchange.body),
  );
  if (exchange.status === null) answered.classList.add("no-response");
  return [asked, answered];
}

/** @param {RunReport} report @param {Detail} detail @param {number} number of the step @param {string} engine */
function stepMessages(report, detail, number, engine) {
  const step = detail.steps[number];
  const exchanges = detail.exchanges.filter((exchange) => exchange.step === number);
  const many = detail.steps.length > 1 ? ` (step ${number + 1} of ${detail.steps.length})` : "";
  const wanted = exchanges.filter((exchange) => exchange.kind === "request").at(-1);
  const asked = wanted ?? exchanges.at(-1);
  const what = wanted ? wanted.method : preflighted(asked);
  const call = message("page", "browser", [el("code", {}, "fetch()"), what ? ` ${what}` : "", many]);
  const nothing = exchanges.length
    ? []
    : [el("li", { class: "message nothing" }, el("p", {}, "nothing reached a server"))];
  return [
    call,
    ...nothing,
    ...exchanges.flatMap((exchange) => exchangeMessages(report, exchange)),
    step ? resultMessage(step, engine) : null,
  ];
}

/** The method that a preflight asks for. @param {Exchange|undefined} exchange */
function preflighted(exchange) {
  return exchange?.request.find(([name]) => name.toLowerCase() === "access-control-request-method")?.[1] ?? "";
}

/** @param {Step} step @param {string} engine how people call it */
function resultMessage(step, engine) {
  const outcome = el("b", { class: `o-${step.outcome}` }, `${SIGNS[step.outcome] ?? ""} ${step.outcome}`);
  const why = step.reason ? [" (", step.reason, step.detail && ": ", step.detail && value(step.detail), ")"] : [];
  return message(
    "browser",
    "page",
    [outcome, ...why],
    step.saw && el("p", {}, el("span", { class: "label" }, "the page saw "), value(step.saw)),
    step.reads.length > 0 && el("p", {}, el("span", { class: "label" }, "it can read "), value(step.reads.join(", "))),
    step.unended && el("p", {}, "The body had no end when reading it was given up."),
    step.words && el("figure", { class: "quote" }, spoken(step.words), el("figcaption", {}, `in ${engine}'s console`)),
  );
}

/**
 * The diagram. @param {RunReport} report @param {Detail} detail @param {string} engine how people call it
 * @param {string} title
 */
function diagram(report, detail, engine, title) {
  const steps = Math.max(detail.steps.length, 1, ...detail.exchanges.map((exchange) => exchange.step + 1));
  const messages = Array.from({ length: steps }, (_, number) => stepMessages(report, detail, number, engine)).flat();
  const origin =
    detail.exchanges.find((exchange) => exchange.role === "server")?.url.match(/^https?:\/\/[^/?#]+/)?.[0] ?? "";
  return el(
    "section",
    { class: "diagram", "aria-label": title },
    el("h3", {}, title),
    detail.accepted && el("p", { class: "aside" }, "As the baseline has it: only what browsers decide by."),
    el(
      "div",
      { class: "lifelines", "aria-hidden": "true" },
      el("span", {}, "page"),
      el("span", {}, "browser"),
      el("span", {}, "server ", origin && el("bdi", {}, clipped(origin, 60))),
    ),
    el("ol", { class: "messages" }, ...messages),
  );
}
