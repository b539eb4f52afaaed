// What each log makes of a room, as a hash; a log a line on the standard input.

import { readFileSync } from "node:fs";

import { digest } from "../../src/roomcast/js/digest.js";
import { EMPTY, apply } from "../../src/roomcast/js/fold.js";

for (const line of readFileSync(0, "utf8").split("\n")) {
  const { players, shared } = JSON.parse(line).reduce(apply, EMPTY);
  const shown = [...players.values()].map(({ id, name, here = true, state }) => [id, name, here, state.toJSON()]);
  console.log(digest([shown, shared.toJSON()]));
}
