// Players of rooms that tick, with the client library of either server: how long after a player's command another program
// sees what it has changed. `beside_colyseus.py` runs it; by hand:
//
//     node benchmarks/steering.mjs --by roomcast --port 8765 [--rooms 5] [--seconds 5] [--packages build/peers]
//
// Prints one JSON object. `seen`: ms until the next player of the room saw the new direction; `moved`: until it saw the
// player at a place to which that direction led; `updates`: a second at each player; `sent`, and `unseen` of them.

import { createRequire } from "node:module";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { join } from "../src/roomcast/js/roomcast.js";

const SIZE = 1000; // of the field, as in ruled_steps_game.py
const EVERY = 200; // ms between two commands of a player, on average: no two of them in one tick
const WARM_UP = 1000; // ms
const DIRECTIONS = 37; // so many different ones in turn

const { values: options } = parseArgs({
  options: {
    by: { type: "string" },
    port: { type: "string" },
    rooms: { type: "string", default: "5" },
    players: { type: "string", default: "4" },
    seconds: { type: "string", default: "5" },
    packages: { type: "string", default: "build/peers" },
  },
});
const packages = createRequire(resolve(options.packages, "package.json"));

/** A player: `me` is its id, `move` sends; `watch(id, saw)` calls `saw(x, dx)` at each update of that player. */
const LIBRARIES = {
  async roomcast(name) {
    const where = `127.0.0.1:${options.port}/steps-${name}`;
    const room = await join(where, { name: "player", WebSocket: globalThis.WebSocket ?? packages("ws").WebSocket });
    return {
      me: room.me.id,
      move: (dx) => room.send("move", dx, 1),
      watch: (id, saw) =>
        room.on("set", (player) => {
          if (player.id === id) saw(player.state.get("x"), player.state.get("dx"));
        }),
    };
  },

  async colyseus(name) {
    const { Client } = packages("@colyseus/sdk");
    const room = await new Client(`ws://127.0.0.1:${options.port}`).joinOrCreate("bench", { room: name });
    await new Promise((resolved) => room.onStateChange.once(resolved));
    return {
      me: room.sessionId,
      move: (dx) => room.send("move", { dx, dy: 1 }),
      watch: (id, saw) =>
        room.onStateChange((state) => {
          const player = state.players.get(id);
          if (player) saw(player.x, player.dx);
        }),
    };
  },
};

const seen = [];
const moved = [];
let updates = 0;
let sent = 0;
let counting = false;

/** What one player does, and another one sees of it. */
class Steering {
  constructor(player, other) {
    this.player = player;
    this.number = 0;
    this.waiting = new Map(); // direction → when it was sent
    this.leading = 0; // when the direction was sent that was seen and has moved nobody yet; 0: there is none
    this.x = this.dx = 0;
    other.watch(player.me, (x, dx) => this.saw(x, dx));
  }

  steer() {
    const dx = (this.number++ % DIRECTIONS) + 1;
    this.waiting.set(dx, performance.now());
    sent += counting;
    this.player.move(dx);
    this.timer = setTimeout(() => this.steer(), EVERY * (0.75 + Math.random() / 2));
  }

  saw(x, dx) {
    const now = performance.now();
    updates += counting;
    if (dx !== this.dx && this.waiting.has(dx)) {
      this.leading = this.waiting.get(dx);
      this.waiting.delete(dx);
      if (counting) seen.push(now - this.leading);
    }
    if (this.leading && x !== this.x && (x - this.x + SIZE) % SIZE === dx) {
      if (counting) moved.push(now - this.leading);
      this.leading = 0;
    }
    [this.x, this.dx] = [x, dx];
  }
}

const all = [];
for (let room = 0; room < Number(options.rooms); room++) {
  const players = [];
  for (let place = 0; place < Number(options.players); place++) {
    players.push(await LIBRARIES[options.by](`seen${room}`));
  }
  players.forEach((player, place) => all.push(new Steering(player, players[(place + 1) % players.length])));
}
const pause = (ms) => new Promise((resolved) => setTimeout(resolved, ms));
all.forEach((one) => setTimeout(() => one.steer(), Math.random() * EVERY));
await pause(WARM_UP);
counting = true;
const began = performance.now();
await pause(Number(options.seconds) * 1000);
const seconds = (performance.now() - began) / 1000;
counting = false;
all.forEach((one) => clearTimeout(one.timer));
await pause(500); // what was sent at last is not counted as unseen
const unseen = all.reduce((count, one) => count + one.waiting.size, 0);
const rounded = (list) => list.map((ms) => Math.round(ms * 10) / 10).sort((a, b) => a - b);
console.log(JSON.stringify({ seen: rounded(seen), moved: rounded(moved), updates: updates / seconds / all.length, sent, unseen }));
process.exit(0);
