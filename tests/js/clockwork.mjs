// A program on roomcast.js with a state of its own, for tests: Clockwork of tests/integration/test_late_players.py, word for word.
//
//     node clockwork.mjs WHERE NAME
//
// Typed: `do COMMAND ARGS` (a JSON array), `timers`, `lie` (save a false world from now on), `leave`. Printed: `in ID`, `loaded` for
// each world, `marked STATE` for each command `mark`, `exploded COUNT`, `ticked COUNT`, `timers LIST`, `event NAME …`.

import { createInterface } from "node:readline";

import WebSocket from "ws";

import { join } from "../../src/roomcast/js/roomcast.js";

const [where, name] = process.argv.slice(2);
const room = await join(where, { name, WebSocket });
let rolled = {};
let ticks = [];
let exploded = [];

room.timer("tick", () => {
  ticks.push(room.time);
  rolled.dice = room.random.randint(1, 10 ** 9);
  console.log(`ticked ${ticks.length}`);
});
room.timer("explode", (player, sound, what) => {
  exploded.push([player.id, sound, what]);
  console.log(`exploded ${exploded.length}`);
});
room.on("join", (player) => (rolled[player.id] = 0));
room.on("roll", (player, by) => (rolled[player.id] += by));
room.on("start", () => room.every(0.05, "tick"));
room.on("light", (player, seconds) => room.after(seconds, "explode", player, "boom", [1, 2]));
room.on("cancel", (player, id) => room.timers.get(id)?.cancel());
room.on("mark", () => console.log(`marked ${JSON.stringify({ rolled, ticks, exploded })}`));
room.on("desync", (seq, players) => console.log(`event desync ${players.map((one) => one.id)}`));
room.on("resumed", (missed) => console.log(`event resumed ${missed}`));
room.on("error", (error) => console.log(`event error ${error.code} ${error.sentence}`));
const load = (saved) => {
  ({ rolled, ticks, exploded } = structuredClone(saved));
  console.log("loaded");
};
room.world({ save: () => ({ rolled, ticks, exploded }), load });
console.log(`in ${room.me.id}`);

for await (const line of createInterface({ input: process.stdin })) {
  const [, what, command, args] = /^(\w+)(?: (\w+))?(?: (.*))?$/.exec(line);
  if (what === "do") {
    room.send(command, ...JSON.parse(args ?? "[]"));
  } else if (what === "timers") {
    const those = Array.from(room.timers.values(), (one) => [one.id, one.function, one.args.map((arg) => arg.id ?? arg), one.every]);
    console.log(`timers ${JSON.stringify(those)}`);
  } else if (what === "lie") {
    room.world({ save: () => ({ rolled: { [name]: 10 ** 6 }, ticks, exploded }), load });
  } else {
    await room.leave();
    process.exit(0);
  }
}
