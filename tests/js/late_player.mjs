// A late player on roomcast.js, for tests: runs what was before it came, and prints the dots when it has come in itself.
//
//     node late_player.mjs WHERE          … or, with "now" after that, only what comes from now on

import WebSocket from "ws";

import { join } from "../../src/roomcast/js/roomcast.js";

const [where, from] = process.argv.slice(2);
const room = await join(where, { name: "page", replay: from !== "now", WebSocket });
const dots = {};
room.on("join", (player) => {
  dots[player.id] = [0, 0];
  if (player === room.me) {
    console.log(JSON.stringify(dots));
    room.leave();
  }
});
room.on("leave", (player) => delete dots[player.id]);
room.on("move", (player, dx, dy) => {
  dots[player.id][0] += dx;
  dots[player.id][1] += dy;
});
