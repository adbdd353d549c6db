// @ts-check
"use strict";

/** A bare fetch loop: the most that a page in this browser can do, to compare the harness with. */

/** @param {string} path */
const post = (path) => fetch(`${path}${location.search}&token=${location.hash.slice(1)}`, { method: "POST", body: '{"agent": ""}' });

async function main() {
  const { calls, concurrency } = await (await post("hello")).json();
  let next = 0;
  const work = async () => {
    while (next < calls.length) {
      const { url, init } = calls[next++];
      await fetch(url, init).then((response) => response.text()).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  await post("over");
}

void main();
