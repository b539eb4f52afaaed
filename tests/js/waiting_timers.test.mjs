// Timers that a program finds again, by their ids: also those that were set before it came.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { BadArgument, Timer } from "../../src/roomcast/js/roomcast.js";
import { Timers } from "../../src/roomcast/js/timers.js";
import { endAll, enter } from "./room.mjs";
import { settle } from "./tap.mjs";

afterEach(endAll);

const AT = 1_700_000_000_000;
const command = (s, at, c, ...a) => ({ t: "do", s, by: "Alan", at: AT + at, c, a });
const tick = (at) => ({ t: "tick", at: AT + at });

/** A room in which timers are set and cancelled by commands, the latter by id; and what has run. */
async function withTimers() {
  const { room, tap } = await enter();
  const ran = [];
  room.timer("run", (name) => ran.push(name));
  room.timer("two", () => {
    room.after(1, "run", "a");
    room.after(1, "run", "b");
  });
  room.on("after", (_, seconds, name, ...args) => room.after(seconds, name, ...args));
  room.on("every", (_, seconds, name, ...args) => room.every(seconds, name, ...args));
  room.on("cancel", (_, id) => room.timers.get(id)?.cancel());
  return { room, tap, ran };
}

test("an id is made of the entry, and counts on through the timers that run after it", async () => {
  const { room, tap } = await withTimers();
  room.on("three", () => ["run", "run", "two"].forEach((name, index) => room.after(3 - index, name)));
  tap.say(command(6, 0, "three"));
  assert.deepEqual([...room.timers.keys()], [600_000, 600_001, 600_002]);
  tap.say(tick(1000), command(7, 1000, "after", 9, "run"));
  assert.deepEqual([...room.timers.keys()], [600_000, 600_001, 600_003, 600_004, 700_000]);
});

test("a timer says what it is", async () => {
  const { room, tap } = await withTimers();
  const list = [1, 2];
  let set;
  room.on("start", (player) => (set = room.every(0.5, "run", player, list)));
  tap.say(command(6, 0, "start"));
  const [[id, timer]] = room.timers;
  assert.ok(timer === set && timer === room.timers.get(id) && timer instanceof Timer);
  assert.deepEqual([id, timer.id, timer.function, timer.due, timer.every], [600_000, 600_000, "run", (AT + 500) / 1000, 0.5]);
  assert.deepEqual(timer.args, [room.players.get("Alan"), [1, 2]]);
  timer.args[1].push(3);
  list.push(4);
  assert.deepEqual(timer.args[1], [1, 2]);
  tap.say(tick(700));
  assert.equal(timer.due, (AT + 1000) / 1000);
});

test("who finds one again can cancel it, in functions that run everywhere alone", async () => {
  const { room, tap, ran } = await withTimers();
  tap.say(command(6, 0, "every", 1, "run", "step"), command(7, 0, "after", 5, "run", "bomb"), tick(2000));
  const timer = room.timers.get(600_000);
  assert.throws(() => timer.cancel(), (error) => error instanceof BadArgument && error.topic === "timers");
  tap.say(command(8, 2500, "cancel", 600_000), tick(9000));
  assert.deepEqual([ran, room.timers.size], [["step", "step", "bomb"], 0]);
  assert.deepEqual([timer.due, timer.every, timer.function], [Infinity, 1, "run"]);
});

test("one that runs for the last time does not wait any more, one that is repeated does", async () => {
  const { room, tap } = await withTimers();
  const there = [];
  room.timer("look", (id) => there.push([id, room.timers.has(id), room.timers.get(id)?.due]));
  tap.say(command(6, 0, "after", 1, "look", 600_000), command(7, 0, "every", 1, "look", 700_000), tick(1000));
  assert.deepEqual(there, [[600_000, false, undefined], [700_000, true, (AT + 2000) / 1000]]);
});

test("it is a map that can only be read", async () => {
  const { room, tap } = await withTimers();
  assert.deepEqual([room.timers.size, [...room.timers], room.timers.get(1), room.timers.has(1)], [0, [], undefined, false]);
  tap.say(command(6, 0, "after", 1, "run"), command(7, 0, "after", 2, "run"));
  const [one, other] = room.timers.values();
  assert.deepEqual([...room.timers.entries()], [...room.timers]);
  assert.deepEqual(new Map(room.timers), new Map([[600_000, one], [700_000, other]]));
  const seen = [];
  room.timers.forEach((timer, id) => seen.push([id, timer]));
  assert.deepEqual(seen, [[600_000, one], [700_000, other]]);
  for (const change of ["set", "delete", "clear"]) {
    assert.equal(room.timers[change], undefined);
  }
});

test("those of a world are there when it is loaded, and ids count on from it", async () => {
  const { room, tap, ran } = await withTimers();
  const loaded = [];
  room.world({ save: () => 0, load: () => loaded.push(...[...room.timers.values()].map(({ id, args, due }) => [id, args, due - AT / 1000])) });
  await settle();
  const set = `[["run",[{"value":"old"}],${AT + 1000},0,0,123],["run",[{"value":"gone"}],${AT + 9000},0,0,6000001]]`;
  const world = `{"timers":{"made":4,"ran":{},"rested":0,"set":${set}},"world":0}`;
  tap.say({ t: "begin", s: 60, snapshot: { players: [{ id: "Alan", name: "Alan" }], at: AT }, upto: 60, world });
  assert.deepEqual(loaded, [[123, ["old"], 1], [6_000_001, ["gone"], 9]]);
  tap.say(tick(1000), command(61, 1000, "cancel", 6_000_001), tick(10_000));
  assert.deepEqual([ran, room.timers.size], [["old"], 0]);
});

test("a timer that a program holds is the same one in a world that it loads", async () => {
  const { room, tap, ran } = await withTimers();
  let held;
  room.on("hold", () => (held = room.every(1, "run", "held")));
  room.on("end", () => held.cancel());
  room.world({ save: () => 0, load: () => {} });
  await settle();
  tap.say({ t: "begin", s: 0, snapshot: {}, upto: 0 }, { t: "join", s: 1, by: "Alan", name: "Alan", at: AT }, command(2, 0, "hold"));
  const set = `[["run",[{"value":"held"}],${AT + 1000},1000,3,200000]]`;
  const snapshot = { players: [{ id: "Alan", name: "Alan" }], at: AT + 3500 };
  tap.say({ t: "skipped", from: 3, to: 9, snapshot, upto: 9, world: `{"timers":{"made":0,"ran":{},"rested":0,"set":${set}},"world":0}` });
  assert.equal(held.due, (AT + 4000) / 1000);
  tap.say(command(10, 4500, "end"), tick(9000));
  assert.deepEqual([ran, room.timers.size, held.due], [["held"], 0, Infinity]);
});

test("ids are not given twice after a world that was saved, nor where one still waits from before a loss", () => {
  const timers = new Timers();
  timers.restore({ records: [{ id: 700_001, name: "step", args: [], start: AT, interval: 0, runs: 0 }], rested: 0, ran: [], made: 1 }, 7);
  assert.deepEqual([1, 2].map(() => timers.set("step", [], 7, AT, 5).id), [700_002, 700_003]);
  assert.equal(timers.saved(7).made, 4);
  assert.equal(timers.saved(8).made, 0);
});
