// Names of commands, functions and events: given, changed by a bundler, misspelt, taken twice, taken away.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { BadArgument } from "../../src/roomcast/js/roomcast.js";
import { eventMeant, nearest } from "../../src/roomcast/js/nearest.js";
import { EVENTS } from "../../src/roomcast/js/names.js";
import { endAll, enter } from "./room.mjs";
import { settle } from "./tap.mjs";

const usual = console.warn;
let warned = [];
beforeEach(() => {
  warned = [];
  console.warn = (words) => warned.push(words);
});
afterEach(() => {
  console.warn = usual;
  endAll();
});

test("a command has the name that was given, in both orders of the arguments", async () => {
  const { room, tap } = await enter();
  room.everywhere("move", (player, dx) => dx)(1);
  room.everywhere((player, dx) => dx, "jump")(2);
  room.everywhere(function wave() {})();
  await settle();
  assert.deepEqual(tap.written.slice(1).map(({ c }) => c), ["move", "jump", "wave"]);
  assert.deepEqual(warned, []);
});

test("a function whose name is gone is refused, with what to write", async () => {
  const { room } = await enter();
  for (const wrong of [() => 1, (function move() {}).bind(null), undefined, null, {}, 5]) {
    assert.throws(() => room.everywhere(wrong), (error) => error instanceof BadArgument && /everywhere\("move"|needs a function|must be text/.test(error.sentence));
  }
  assert.throws(() => room.everywhere("move"), /'move' needs a function to call, not undefined/);
  assert.throws(() => room.everywhere("move", "jump"), BadArgument);
});

test("a name that looks as if a bundler had changed it is told, once", async () => {
  const { room } = await enter();
  const [renamed, small] = [function move2(player, dx) { return dx; }, new Function("return function t(e,n){return n}")()];
  for (const run of [renamed, small, renamed, small]) {
    room.everywhere(run);
  }
  assert.equal(warned.length, 2);
  assert.match(warned[0], /'move2', and that looks as if a bundler had changed it: say the name, everywhere\("move"/);
  assert.match(warned[1], /'t'/);
  room.everywhere("step2", renamed);
  room.everywhere("t2", small);
  room.everywhere(function go(player) { return player; });
  assert.equal(warned.length, 2, "names that were given, and short ones in scripts that nobody made small");
});

test("two functions of one name are told, and one can be taken away", async () => {
  const { room, tap } = await enter();
  const seen = [];
  const first = () => seen.push("first");
  room.everywhere("move", first);
  room.everywhere("move", () => seen.push("second"));
  assert.equal(warned.length, 1);
  assert.match(warned[0], /two functions are called 'move', and each call runs both/);
  tap.say({ t: "do", s: 6, by: "Alan", at: 0, c: "move" });
  room.off("move", first);
  tap.say({ t: "do", s: 7, by: "Alan", at: 0, c: "move" });
  const told = () => seen.push("left");
  room.on("leave", told).off("leave", told).off("leave", told);
  tap.say({ t: "leave", s: 8, by: "Alan", at: 0 });
  await settle();
  assert.deepEqual(seen, ["first", "second", "second"]);
  room.on("wave", first).on("wave", () => 1);
  assert.equal(warned.length, 1, "several may wait for one command");
});

test("a command that nobody registered is told once, with the name that was meant", async () => {
  const { room, tap } = await enter();
  await settle();
  tap.say({ t: "do", s: 6, by: "Alan", at: 0, c: "early" });
  assert.deepEqual(warned, [], "a program that runs no commands need not hear of them");
  room.on("move", () => 1);
  for (const [place, c] of ["mvoe", "mvoe", "sing", ...Array.from({ length: 40 }, (_, i) => `other${i}`)].entries()) {
    tap.say({ t: "do", s: 7 + place, by: "Alan", at: 0, c });
  }
  assert.equal(warned[0], "roomcast: 'mvoe' has come from Alan, and no function is registered for it here; there is one for 'move' (help: roomcast help unknown-command)");
  assert.equal(warned[1], "roomcast: 'sing' has come from Alan, and no function is registered for it here (help: roomcast help unknown-command)");
  assert.equal(warned.length, 20);
});

test("an event that is misspelt is told, and a command that only sounds like one is not", async () => {
  const { room } = await enter();
  for (const name of ["jion", "Join", "onJoin", "on_leave", "joined", "errors", "eror", "bakc", "resumd", "awya"]) {
    room.on(name, () => 1);
    assert.match(warned.pop() ?? "", new RegExp(`on\\('${name}'\\) waits for a command.*it is called '(join|leave|error|back|resumed|away)'`));
  }
  for (const name of ["bet", "get", "post", "list", "pack", "sway", "close", "skip", "line", "progr", "message", "ready", "start"]) {
    room.on(name, () => 1);
  }
  assert.deepEqual(warned, []);
});

test("an event of other libraries is told, with those that a room has", async () => {
  const { room } = await enter();
  for (const name of ["click", "onKeyDown", "player_joined", "connect"]) {
    room.on(name, () => 1).on(name, () => 1);
    assert.match(warned.pop() ?? "", new RegExp(`on\\('${name}'\\) .* its events are ${[...EVENTS].join(", ")}; .*help event-name\\)$`));
  }
  assert.deepEqual(warned, []);
  room.everywhere("click", () => 1);
  room.on("resize", () => 1).on("resize", () => 1);
  assert.equal(warned.length, 1);
});

test("slips are one letter wrong, missing, too many, or two turned around", () => {
  for (const slip of ["mvoe", "mve", "moove", "mive", "Move", "movee", "ove"]) {
    assert.equal(nearest(slip, ["jump", "move"]), "move", slip);
  }
  for (const other of ["jumps2", "m", "", "remove", "mauve"]) {
    assert.equal(nearest(other, ["move"]), "", other);
  }
  assert.equal(eventMeant("join", EVENTS), "");
});
