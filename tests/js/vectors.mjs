// The golden vectors, which the tests in Python read as well: tests/vectors/README.md says what they promise.

import { readFileSync } from "node:fs";

/** All that one file holds. */
export function load(name) {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8"));
}
