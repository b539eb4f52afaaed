// A player on roomcast.js, for tests: does what is typed, and prints what is run.
//
//     node player.mjs WHERE NAME [FILE]      FILE: who it is outlives the program there
//
// Typed: `do COMMAND ARGS`, `ask COMMAND ARGS`, `aim ARGS` (latest), `shout ARGS` (ttl) and `set PATCH` (JSON), `picture SIZE`,
// `check`, `unsent`, `leave`. Printed: `in ID`, `run SEQ PLAYER COMMAND ARGS` for each command, `event NAME …`, `answer RESULT SEQ
// STATE` or `refused CODE WHY`, `unsent UNACKNOWLEDGED OUTDATED`, and after `leave`, `digest COUNT SHA256` over all that was run.

import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

import WebSocket from "ws";

import { join } from "../../src/roomcast/js/roomcast.js";

const [where, name, file] = process.argv.slice(2);
const keep = file && {
  getItem: () => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return null;
    }
  },
  setItem: (key, value) => {
    writeFileSync(`${file}.new`, value);
    renameSync(`${file}.new`, file); // whole, whenever this program is killed
  },
  removeItem: () => rmSync(file, { force: true }),
};

const room = await join(where, { name, keep, WebSocket });
const all = createHash("sha256");
let count = 0;

function note(player, command, args) {
  const shown = args.map((value) =>
    value instanceof Uint8Array ? `${value.length}:${createHash("sha256").update(value).digest("hex")}` : value,
  );
  const line = `${room.seq} ${player.id} ${command} ${JSON.stringify(shown)}`;
  all.update(`${line}\n`);
  count += 1;
  console.log(`run ${line}`);
}

const move = room.everywhere(function move(player, ...args) {
  note(player, "move", args);
});
room.on("wave", (player, ...args) => note(player, "wave", args));
room.on("aim", (player, ...args) => note(player, "aim", args));
room.on("picture", (player, ...args) => note(player, "picture", args));
for (const event of ["join", "leave", "away", "back"]) {
  room.on(event, (player) => console.log(`event ${event} ${player.id} ${JSON.stringify(player.state)}`));
}
room.on("set", (player, patch) => console.log(`event set ${player.id} ${JSON.stringify(patch)}`));
room.on("progress", (player, { done, size, failed }) => console.log(`event progress ${player.id} ${done} ${size} ${failed}`));
room.on("error", (error) => console.log(`event error ${error.code} ${error.sentence}`));
room.on("desync", (seq, players) => console.log(`event desync ${seq} ${players.map((one) => one.id)}`));
for (const event of ["offline", "resumed", "lost", "closed", "skipped"]) {
  room.on(event, (...what) => console.log(`event ${event} ${what}`));
}
console.log(`in ${room.me.id} ${room.seq} ${JSON.stringify(room.state)}`);

const typed = {
  do: (command, args) => (command === "move" ? move(...args) : room.send(command, ...args)),
  ask: (command, args) => {
    const asked = Array.isArray(args) ? room.ask(command, ...args) : room.ask({ name: command, named: args });
    asked.then(
      (result) => console.log(`answer ${JSON.stringify(result)} ${room.seq} ${JSON.stringify(room.state)}`),
      (error) => console.log(`refused ${error.code} ${error.sentence}`),
    );
  },
  aim: (_, args) => room.send({ name: "aim", latest: true }, ...args),
  shout: (_, args) => room.send({ name: "wave", ttl: 0.001 }, ...args),
  unsent: () => console.log(`unsent ${room.unacknowledged} ${room.outdated}`),
  to: (player, args) => room.send({ name: "wave", to: player }, ...args),
  set: (_, patch) => room.me.state.set(patch),
  share: (_, patch) => room.state.merge(patch),
  picture: (size) => room.send("picture", "from node", Uint8Array.from({ length: Number(size) }, (_, i) => (i * 31) % 251)),
  check: () => room.check(() => ({ state: room.state.toJSON(), x: 1.0, half: 0.5 }), { every: 10 }),
  leave: async () => {
    await room.leave();
    console.log(`digest ${count} ${all.digest("hex")}`);
    process.exit(0);
  },
};
for await (const line of createInterface({ input: process.stdin })) {
  const [, what, first, rest] = /^(\w+)(?: ([^ {[]+))?(?: (.*))?$/.exec(line);
  await typed[what](first, rest && JSON.parse(rest));
}
