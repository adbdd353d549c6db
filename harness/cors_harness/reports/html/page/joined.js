// @ts-check
/// <reference lib="dom" />
/// <reference path="text.js" />
"use strict";

/**
 * Browsers that somebody has open: the way to become one, those that have joined, and the address
 * of the live page for a phone.
 *
 * @typedef {{id: string, column: string, label: string, why: string}} JoinedState
 *   `why` it takes no part now; empty: it does
 */

const WINDOW = "noopener,popup,width=560,height=420"; // beside the page, where windows have sizes

class JoinedList {
  /** @param {(id: string) => void} leave ends the part of one */
  constructor(leave) {
    this.leave = leave;
    this.shown = "";
    this.list = el("ul", { class: "live-joined", "aria-label": "Browsers that somebody has open" });
    const open = { href: "window", target: "_blank", rel: "noopener", on: { click: openWindow } };
    this.way = el("a", { class: "live-here", ...open }, "Run it in this browser");
  }

  /** @param {JoinedState[]} joined */
  show(joined) {
    const text = JSON.stringify(joined);
    if (this.shown === text) return;
    this.shown = text;
    this.list.replaceChildren(...joined.map((each) => this.item(each)));
  }

  /** @param {JoinedState} joined */
  item({ id, column, label, why }) {
    const name = why ? "Remove" : "Stop";
    const attributes = { type: "button", "aria-label": `${name} ${column}`, on: { click: () => this.leave(id) } };
    const said = why ? `takes no part: ${why}` : "takes part, with its user's cookies, caches and extensions";
    const words = el("span", {}, el("b", {}, visible(label)), ` (${column}) ${visible(said)}`);
    return el("li", {}, words, el("button", attributes, name));
  }
}

/** Opens a small window that nothing of this page can reach; the link opens one anywhere else. @param {Event} event */
function openWindow(event) {
  event.preventDefault();
  window.open("window", "_blank", WINDOW);
}

/** Where the page is served to other machines it has its address as a QR code. @param {Element} bar */
function showQrCode(bar) {
  const code = document.getElementById("qr-code");
  if (!code) return null;
  code.setAttribute("role", "img");
  code.setAttribute("aria-label", "The address of this page, as a QR code");
  const address = el("code", {}, location.href.split("#")[0]);
  const note = el("p", {}, "Whoever has the address can run cells and sees all of this. Nothing is encrypted.");
  const shown = el("details", { class: "live-qr" }, el("summary", {}, "Open this page on a phone"), code, address, note);
  bar.append(shown);
  return shown;
}
