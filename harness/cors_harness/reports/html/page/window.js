// @ts-check
/// <reference lib="dom" />
"use strict";

/**
 * The window of a browser that takes part in `cors-harness serve`. It asks for orders, goes to the
 * pages of a run, which send it back here, and asks again. Its id stands behind `#`, so that it is
 * the same window when it comes back, or is loaded anew.
 *
 * @typedef {{open?: string, entry?: string, over?: string}} Order
 *   `open`: the page to go to; `entry`: what is asked before, so that this machine is let in there;
 *   `over`: why the window is wanted no more
 */

const AGAIN_MS = 1000;

/** @param {string} text */
function say(text) {
  const said = document.getElementById("said");
  if (said && said.textContent !== text) said.textContent = text;
}

/** @param {string} part @param {object} data */
const post = (part, data) =>
  fetch(part, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data) });

/** The id of this window; null: it is not taken in. @returns {Promise<string|null>} */
async function joined() {
  const known = location.hash.slice(1);
  if (known) return known;
  const response = await post("join", {});
  if (!response.ok) {
    say(`It cannot take part: ${await response.text()}`);
    return null;
  }
  const { id, label, column } = await response.json();
  history.replaceState(null, "", `#${id}`);
  say(`${label} is the column ${column}. Waiting for cells …`);
  return id;
}

/** Does what it is told; whether it asks again. @param {Order} order */
async function follow({ open, entry, over }) {
  if (over) {
    say(`It takes part no more: ${over}. You can close this window.`);
    window.close();
    return false;
  }
  if (entry) await fetch(entry, { mode: "no-cors" });
  if (open) location.replace(open);
  return !open;
}

/** @param {string} id */
async function ask(id) {
  for (let goesOn = true; goesOn; ) {
    try {
      say("Waiting for cells …");
      const response = await post("order", { id });
      if (!response.ok) throw new Error(await response.text());
      goesOn = await follow(await response.json());
    } catch {
      say("No connection to cors-harness serve. Trying again …");
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

async function takePart() {
  const id = await joined();
  if (id) await ask(id);
}

// A browser may show this page as it left it, when its user goes back to it.
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
takePart().catch(() => say("No connection to cors-harness serve. Load this page anew once it runs."));
