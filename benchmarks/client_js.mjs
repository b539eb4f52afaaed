// Commands a second that roomcast.js receives: frames are parsed, checked, folded and run through an `everywhere`
// function, on one core and without a network. `make client`, or: node benchmarks/client_js.mjs [commands]

import { parseArgs } from "node:util";

import { join } from "../src/roomcast/js/roomcast.js";

const COMMANDS = Number(parseArgs({ allowPositionals: true }).positionals[0] ?? 2_000_000);
const ROUNDS = 5;
const PLAYERS = 20;
const PER_FRAME = 80; // 20 players, 1,000 commands a second each, at a pace of 4 ms

/** A WebSocket without a network: the benchmark speaks for the server. */
class OfflineSocket {
  bufferedAmount = 0;
  readyState = 1;
  static last;

  constructor() {
    OfflineSocket.last = this;
    queueMicrotask(() => this.onopen?.({}));
  }

  send(frame) {
    if (frame.includes('"hello"')) {
      const players = Array.from({ length: PLAYERS }, (_, one) => ({ id: `player${one}`, name: `player${one}` }));
      const limits = { message_size: 65536, rate: 60, burst: 120, silent_for: 25 };
      const welcome = { t: "welcome", me: "player0", session: "s", s: 1, time: 0, limits, snapshot: { players } };
      queueMicrotask(() => this.say(JSON.stringify(welcome)));
    }
  }

  say(data) {
    this.onmessage?.({ data });
  }

  close() {}
}

function frames(from) {
  const found = [];
  for (let s = from; s < from + COMMANDS; s += PER_FRAME) {
    const lines = Array.from({ length: PER_FRAME }, (_, i) => {
      const by = `player${1 + ((s + i) % (PLAYERS - 1))}`;
      return `{"t":"do","s":${s + i},"by":"${by}","at":1700000000123,"c":"move","a":[${i % 7},${-i % 5}],"n":${s}}`;
    });
    found.push(lines.join("\n"));
  }
  return found;
}

const room = await join("bench:1/dots", { WebSocket: OfflineSocket });
const places = new Map();
room.on("join", (player) => places.set(player, { x: 0, y: 0 }));
let count = 0;
room.everywhere(function move(player, dx, dy) {
  const place = places.get(player);
  place.x += dx;
  place.y += dy;
  count += 1;
});
await new Promise((resolve) => setTimeout(resolve, 10));

let best = 0;
for (let round = 1; round <= ROUNDS; round += 1) {
  const all = frames(room.seq + 1);
  count = 0;
  const began = performance.now();
  for (const frame of all) {
    OfflineSocket.last.say(frame);
  }
  const rate = (count / (performance.now() - began)) * 1000;
  best = Math.max(best, rate);
  console.log(`round ${round}: ${count} commands run, ${Math.round(rate).toLocaleString("en")} a second`);
}
console.log(`best: ${Math.round(best).toLocaleString("en")} commands a second (node ${process.version})`);
await room.leave();
