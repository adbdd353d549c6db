// @ts-check
/// <reference lib="dom" />
"use strict";

/**
 * Elements and texts. Nothing here or anywhere in this page makes markup of data: what servers and
 * users wrote becomes text nodes, and what would be invisible or turn text around is written out.
 *
 * @typedef {Node|string|null|undefined|false} Child
 * @typedef {{class?: string, title?: string, on?: Record<string, (event: any) => void>,
 *   [attribute: string]: any}} Properties
 */

const LONG = 400; // characters of a value that are shown at first
const ESCAPES = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
// Control and format characters (bidi controls are among these), spaces but " ", lone surrogates.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;
// Where the links of scenarios and of advice lead; an address elsewhere is shown as text.
const LINKED_HOSTS = new Set([
  "github.com",
  "developer.mozilla.org",
  "httpwg.org",
  "w3c.github.io",
  "wicg.github.io",
  "privacycg.github.io",
  "www.w3.org",
  "www.rfc-editor.org",
  "datatracker.ietf.org",
  "bugzilla.mozilla.org",
  "bugs.webkit.org",
  "issues.chromium.org",
  "portswigger.net",
  "stephendemjanenko.com",
]);
const LINKED_DOMAINS = [".spec.whatwg.org", ".readthedocs.io"];

/**
 * The text with every character that has no shape of its own written out, as Python does it.
 * @param {string} text
 */
function visible(text) {
  return text.replace(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const known = ESCAPES[/** @type {"\n"} */ (character)];
    if (known) return known;
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
    if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
    return `\\U${code.toString(16).padStart(8, "0")}`;
  });
}

/**
 * An element; strings among its children are made visible, whatever they hold.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {Properties} properties @param {Child[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, visible(`${value}`));
  }
  for (const child of children) {
    if (child) element.append(typeof child === "string" ? visible(child) : child);
  }
  return element;
}

/** Words for those who listen to the page and do not see it. @param {string} text */
const unseen = (text) => el("span", { class: "unseen" }, text);

/** @param {string} id @returns {HTMLElement} */
function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/** `1 cell`, `12,345 cells`. @param {number} number @param {string} noun */
function counted(number, noun) {
  const many = noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  return `${number.toLocaleString("en")} ${number === 1 ? noun : many}`;
}

/** @param {readonly string[]} names @param {number} most */
function some(names, most) {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(", ")} and ${more} more` : names.join(", ");
}

/** @param {string} text @param {number} most of its characters */
const clipped = (text, most = 160) => (text.length > most ? `${text.slice(0, most)} …` : text);

/**
 * A value that may be long: its start, and a button for the rest.
 * @param {string} text @param {string} [name] class of the element
 */
function value(text, name = "") {
  const element = el("bdi", { class: name }, text.slice(0, LONG));
  if (text.length <= LONG) return element;
  const button = el(
    "button",
    { type: "button", class: "quiet" },
    `show all ${text.length.toLocaleString("en")} characters`,
  );
  button.addEventListener("click", () => {
    element.textContent = visible(text);
    element.tabIndex = -1;
    element.focus();
  });
  element.append(" … ", button);
  return element;
}

/** What an engine said, line by line. @param {string} text */
function spoken(text) {
  return el("blockquote", {}, ...text.split("\n").map((line) => el("p", {}, value(line))));
}

/**
 * A link to a place that links of ours lead to, else the address as text.
 * @param {string} address @param {string} [words] @returns {HTMLElement}
 */
function link(address, words = address) {
  const url = parsed(address);
  const isOurs =
    url?.protocol === "https:" &&
    (LINKED_HOSTS.has(url.hostname) || LINKED_DOMAINS.some((domain) => url.hostname.endsWith(domain)));
  if (!url || !isOurs) return el("bdi", {}, clipped(address));
  return el("a", { href: url.href, rel: "noreferrer noopener", target: "_blank" }, words);
}

/** @param {string} address */
function parsed(address) {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}

/**
 * Code or a command, with a button that copies it as it is shown.
 * @param {readonly string[]} lines @param {string} what is copied, for its button
 */
function copied(lines, what) {
  const text = lines.map(visible).join("\n");
  const code = el("code");
  code.textContent = text;
  const said = el("span", { class: "said", role: "status" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = "copied";
    } catch {
      getSelection()?.selectAllChildren(code);
      said.textContent = "selected: press Ctrl+C";
    }
    setTimeout(() => (said.textContent = ""), 4000);
  };
  const button = el(
    "button",
    { type: "button", class: "copy", "aria-label": `Copy ${what}`, on: { click: copy } },
    "Copy",
  );
  return el(
    "div",
    { class: "code" },
    el("pre", { tabindex: "0", "aria-label": what }, code),
    el("p", {}, button, said),
  );
}
