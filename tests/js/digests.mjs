// The hash of each value, a line on the standard input each.

import { readFileSync } from "node:fs";

import { digest } from "../../src/roomcast/js/digest.js";

for (const line of readFileSync(0, "utf8").split("\n")) {
  console.log(digest(JSON.parse(line)));
}
