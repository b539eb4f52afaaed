// The world: what is saved for those who come later, and loaded; nothing is run before it has come.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { sha256 } from "../../src/roomcast/js/digest.js";
import { BadArgument } from "../../src/roomcast/js/errors.js";
import { Player } from "../../src/roomcast/js/players.js";
import { Timers } from "../../src/roomcast/js/timers.js";
import { World } from "../../src/roomcast/js/world.js";
import { endAll, enter, notes } from "./room.mjs";
import { Tap, settle, until } from "./tap.mjs";
import { load } from "./vectors.mjs";

afterEach(endAll);

const AT = 1_700_000_000_000;
const LIMITS = { message_size: 65536, rate: 60, burst: 120, silent_for: 25 };
const PLAYERS = [{ id: "Alan", name: "Alan" }, { id: "Ada", name: "Ada" }];
const WORLD = '{"world":{"dots":[1,2]}}';
const command = (s, at, c, ...a) => ({ t: "do", s, by: "Alan", at: AT + at, c, a });
const begun = (world, more = {}) => ({ t: "begin", s: world ? 60 : 0, snapshot: world ? { players: PLAYERS, at: AT } : {}, upto: 62, world, ...more });
const save = (s, at = 0, more = {}) => ({ t: "save", s, at: AT + at, most: 1000, whole: true, ...more });
const hashOf = (text) => sha256(new TextEncoder().encode(text));

for (const { name, state, timers, text } of load("worlds.json")) {
  test(`world: ${name}`, () => {
    const loaded = [];
    const world = new World({ save: () => state, load: (saved) => loaded.push(saved) });
    const player = (id) => new Player(id, () => ({ players: new Map() }), () => {});
    let found = null;
    world.restore(text, player, () => true, 0, (timers) => (found = timers));
    assert.deepEqual(loaded, [JSON.parse(text).world]);
    assert.equal(found === null, timers === undefined);
    assert.equal(world.text(found), text);
  });
}

for (const { name, text } of load("worlds_refused.json")) {
  test(`no world: ${name}`, () => {
    const loaded = [];
    const world = new World({ save: () => 0, load: (saved) => loaded.push(saved) });
    const player = (id) => new Player(id, () => ({ players: new Map() }), () => {});
    assert.throws(() => world.restore(text, player, () => true, AT, () => {}), /the world that the server has cannot be read/);
    assert.deepEqual(loaded, []);
  });
}

/** A room with a world, and what has been called in it. */
async function withWorld(options) {
  const { room, tap } = await enter(options);
  const seen = notes(room, "join", "leave", "say", "error", "skipped", "lost");
  const state = { dots: [] };
  const loads = [];
  room.timer("step", () => state.dots.push("step"));
  room.on("start", () => room.every(1, "step"));
  room.on("dot", (_, dot) => state.dots.push(dot));
  room.world({
    save: () => state,
    load: (saved) => {
      loads.push(saved);
      state.dots = [...saved.dots];
    },
  });
  await settle();
  return { room, tap, seen, state, loads };
}

const written = (tap, type) => tap.written.filter(({ t }) => t === type);

test("nothing is run and nobody is seen until the world has come, and what came before it counts for nothing", async () => {
  const { room, tap, seen, loads, state } = await withWorld();
  assert.equal(written(tap, "begin").length, 1);
  tap.say(command(6, 0, "say", "too early"));
  await settle();
  assert.deepEqual([seen, loads, room.players.size, room.seq], [[], [], 0, 0]);
  tap.say(begun(WORLD), command(61, 1, "say", "a"), { t: "join", s: 62, by: "Kay", name: "Kay", at: AT });
  assert.deepEqual(loads, [{ dots: [1, 2] }]);
  assert.deepEqual(seen, [["say", "Alan", "a"], ["join", "Kay"]]);
  assert.deepEqual([[...room.players].map(String), room.seq], [["Alan", "Ada", "Kay"], 62]);
  tap.say(command(63, 2, "dot", 3));
  assert.deepEqual(state.dots, [1, 2, 3]);
});

test("with batch pump, it waits as well", async () => {
  const { room, tap, loads, seen } = await withWorld({ batch: "pump" });
  tap.say(command(6, 0, "say", "too early"));
  assert.equal(room.pump(), 0);
  tap.say(begun(WORLD), command(61, 1, "say", "a"));
  assert.equal(room.pump(), 1);
  assert.deepEqual([loads.length, seen], [1, [["say", "Alan", "a"]]]);
});

test("a room that has none goes on with those who are here, or is run from its beginning", async () => {
  const one = await withWorld();
  one.tap.say({ t: "error", code: "no-world", message: "there is none" }, command(6, 0, "say", "a"));
  const [[what, error]] = one.seen.splice(2, 1);
  assert.deepEqual([what, error.code, error.topic], ["error", "no-world", "late"]);
  assert.deepEqual(one.seen, [["join", "Alan"], ["join", "Ada"], ["say", "Alan", "a"]]);
  assert.deepEqual([one.room.players.size, one.room.seq, one.loads], [2, 6, []]);
  const other = await withWorld();
  other.tap.say(begun(""), { t: "join", s: 1, by: "Ada", name: "Ada", at: AT }, command(2, 0, "dot", 1));
  assert.deepEqual([other.seen, other.loads, other.state.dots], [[["join", "Ada"]], [], [1]]);
});

test("what was refused meanwhile is told, and what others did is run by those who are here", async () => {
  const one = await withWorld();
  one.tap.say(command(6, 0, "dot", 1), { t: "error", code: "too-big", message: "it is too big", n: 1 }, begun(WORLD));
  assert.deepEqual([one.seen.map(([what, error]) => [what, error.code]), one.loads.length], [[["error", "too-big"]], 1]);
  const other = await withWorld();
  other.tap.say(command(6, 0, "say", "a"), { t: "error", code: "no-world", message: "there is none" });
  assert.deepEqual(other.seen.slice(0, 3), [["join", "Alan"], ["join", "Ada"], ["say", "Alan", "a"]]);
});

test("a rest in which no timer waited is not saved", () => {
  const [had, fresh] = [new Timers(), new Timers()];
  had.cancel(had.set("step", [], 1, AT, 5));
  had.rest(AT, AT + 7000);
  assert.deepEqual(had.saved(2), fresh.saved(2));
  for (const timers of [had, fresh]) {
    timers.set("step", [], 3, AT + 7000, 5);
  }
  assert.deepEqual(had.saved(3).records[0].start, fresh.saved(3).records[0].start);
});

test("whoever is asked answers with the state after that entry, in pieces, or with its hash", async () => {
  const { room, tap, state } = await withWorld();
  tap.say(begun(WORLD), command(61, 0, "start"), command(62, 0, "dot", "x".repeat(20_000)));
  tap.say(save(62, 2000, { most: 100_000 }));
  await settle();
  const text = `{"timers":{"made":0,"ran":{"step":2},"rested":0,"set":[["step",[],${AT + 1000},1000,2,6100000]]},"world":{"dots":[1,2,"${"x".repeat(20_000)}","step","step"]}}`;
  assert.deepEqual(state.dots.slice(-2), ["step", "step"], "all that is due by then has run");
  const pieces = written(tap, "world");
  assert.equal(pieces.map(({ x }) => x).join(""), text);
  assert.deepEqual(pieces.map(({ s, more = false }) => [s, more]), [[62, true], [62, false]]);
  assert.deepEqual(pieces.map(({ d }) => d), [hashOf(text), undefined]);
  tap.written.length = 0;
  tap.say(save(62, 2000, { most: 100_000, whole: false }));
  await settle();
  assert.deepEqual(written(tap, "world"), [{ t: "world", s: 62, d: hashOf(text), at: AT + 2000 }]);
  assert.equal(room.seq, 62);
});

test("pieces break at no half of a character", async () => {
  const { tap, state } = await withWorld();
  tap.say(begun(WORLD));
  for (const before of ["", "x"]) {
    state.dots = [before + "🎲".repeat(20_000)];
    tap.written.length = 0;
    tap.say(save(60, 0, { most: 100_000 }));
    await settle();
    const pieces = written(tap, "world");
    assert.ok(pieces.length > 2 && pieces.every(({ x }) => x.isWellFormed?.() ?? true));
    assert.equal(pieces.map(({ x }) => x).join(""), `{"world":{"dots":["${state.dots[0]}"]}}`);
  }
});

test("what cannot be kept is said once it is asked for, and the game goes on", async () => {
  const { tap, state, seen } = await withWorld();
  tap.say(begun(WORLD));
  const answers = async (dots, more) => {
    state.dots = dots;
    tap.written.length = 0;
    tap.say(save(60, 0, more));
    await settle();
    return written(tap, "world");
  };
  const declined = [{ t: "world", s: 60, at: AT }];
  assert.deepEqual(await answers([new Set()]), declined);
  assert.deepEqual(await answers([NaN]), declined);
  assert.deepEqual(await answers(["x".repeat(1000)]), declined);
  assert.deepEqual(await answers(["🎲".repeat(300)]), declined, "bytes are counted");
  assert.equal((await answers(["🎲".repeat(200)])).length, 1);
  const errors = seen.filter(([what]) => what === "error").map(([, error]) => error.sentence);
  assert.equal(errors.length, 4);
  assert.match(errors[0], /room\.world: the world: 'world'\.dots\[0\] is of the type Set.*; it is not kept for others/);
  assert.match(errors[2], /it has 1,\d+ bytes where the server takes 1,000 \(setting: world-size\)/);
  assert.match(errors[3], /it has 1,2\d+ bytes where/);
});

test("while pieces of a call with bytes are under way, it has none", async () => {
  const { tap } = await withWorld();
  tap.say(begun(WORLD), { t: "do", s: 61, by: "Alan", at: AT, c: "roomcast:parcel", a: { id: 1, c: "picture", a: [""], sizes: [[0, 5]] } });
  tap.say(save(61));
  await settle();
  assert.deepEqual(written(tap, "world"), [{ t: "world", s: 61, at: AT }]);
});

test("who is out of step with the others does not give its world until it begins anew", async () => {
  const { tap, seen } = await withWorld();
  tap.say(begun(WORLD), command(61, 0, "start"), { t: "tick", at: AT + 9000 }, command(62, 500, "say", "a"));
  tap.say(save(62));
  await settle();
  assert.deepEqual(seen.filter(([what]) => what === "lost").length, 1);
  assert.deepEqual(written(tap, "world").map(({ s, x }) => [s, x]), [[62, undefined]]);
  tap.written.length = 0;
  tap.say({ t: "skipped", from: 63, to: 70, snapshot: { players: PLAYERS }, world: WORLD }, save(70, 9000));
  await settle();
  assert.deepEqual(written(tap, "world").map(({ s, x }) => [s, x]), [[70, WORLD]]);
});

test("an answer about an entry that is not the last one run is none", async () => {
  const { tap } = await withWorld();
  tap.say(begun(WORLD), save(59));
  await settle();
  assert.deepEqual(written(tap, "world"), []);
});

test("one who skips goes on with the world; a room that begins anew gives the one before anything had happened", async () => {
  const { room, tap, state, loads, seen } = await withWorld();
  tap.say(begun(""), { t: "join", s: 1, by: "Ada", name: "Ada", at: AT }, command(2, 0, "dot", 1));
  tap.say({ t: "skipped", from: 3, to: 60, snapshot: { players: PLAYERS }, upto: 90, world: WORLD });
  assert.deepEqual([loads, state.dots, room.seq], [[{ dots: [1, 2] }], [1, 2], 60]);
  assert.deepEqual(seen, [["join", "Ada"], ["skipped", 3, 60]]);
  tap.say({ t: "welcome", me: "Ada", session: "s2", s: 0, time: AT, limits: LIMITS, snapshot: {}, upto: 1 });
  assert.deepEqual([loads.at(-1), state.dots, room.seq], [{ dots: [] }, [], 0]);
});

test("one who began with a world has the state from before anything had happened as well", async () => {
  const { tap, state, loads } = await withWorld();
  tap.say(begun(WORLD));
  tap.say({ t: "welcome", me: "Ada", session: "s2", s: 0, time: AT, limits: LIMITS, snapshot: {}, upto: 1 });
  assert.deepEqual([loads, state.dots], [[{ dots: [1, 2] }, { dots: [] }], []]);
});

test("timers of a world go on, in place of all there were, with players among their arguments", async () => {
  const { room, tap, state } = await withWorld();
  const found = [];
  room.timer("explode", (player, what) => found.push(player === room.players.get("Alan"), what));
  const set = `[["step",[],${AT + 1000},1000,3,100000],["explode",[{"player":"Alan"},{"value":[1]}],${AT + 3500},0,0,100001]]`;
  tap.say(begun(`{"timers":{"made":0,"ran":{"step":1},"rested":500,"set":${set}},"world":{"dots":[]}}`));
  tap.say(command(61, 4499, "say", "a"));
  assert.deepEqual([state.dots, found], [[], [true, [1]]]);
  tap.say(command(62, 4500, "say", "b"));
  assert.deepEqual(state.dots, ["step"]);
  tap.say({ t: "tick", at: AT + 5500 });
  assert.deepEqual([state.dots, found], [["step", "step"], [true, [1]]]);
});

test("the world comes right after join, with two functions", async () => {
  const { room, tap } = await enter();
  for (const given of [undefined, {}, { save: () => 1 }, () => 1, { save: 1, load: 2 }]) {
    assert.throws(() => room.world(given), (error) => error instanceof BadArgument && /takes two functions/.test(error.message));
  }
  tap.say(command(6, 0, "say", "a"));
  assert.throws(() => room.world({ save: () => 1, load: () => {} }), /right after join, in the same turn/);
  const other = await enter();
  other.room.on("join", () => {});
  await settle();
  assert.throws(() => other.room.world({ save: () => 1, load: () => {} }), (error) => error.topic === "late");
});

test("what cannot be loaded is said", async () => {
  for (const [world, says] of [
    ['{"timers":{"made":0,"ran":{},"rested":0,"set":[["explode",[],1700000000001,0,0,100000]]},"world":1}', /a timer of the world runs explode, and this program has no function/],
    ['{"timers":{"made":0,"ran":{},"rested":"x","set":[]},"world":1}', /cannot be read/],
    ["{}", /cannot be read/],
    ["nonsense", /cannot be read/],
  ]) {
    const { room, tap } = await withWorld({ batch: "pump" });
    tap.say(begun(world));
    assert.throws(() => room.pump(), (error) => error instanceof BadArgument && says.test(error.message) && error.topic === "late");
  }
});

test("the answer is lost with the connection: the next welcome is one", async () => {
  const hellos = [];
  class Returning extends Tap {
    greet = (hello) => {
      hellos.push(hello);
      Tap.welcome(this, hello, hello.resume && { resumed: true, s: 60, snapshot: { players: PLAYERS }, upto: 60, world: WORLD });
    };
  }
  const { room, tap, loads, seen } = await withWorld({ WebSocket: Returning });
  tap.lose();
  await until(() => loads.length > 0);
  assert.deepEqual([hellos[1].from, hellos[1].resume.fresh], ["world", true]);
  assert.deepEqual([loads, room.seq, seen], [[{ dots: [1, 2] }], 60, []]);
});
