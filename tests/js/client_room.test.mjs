// The room as a program sees it: what it may call, and when its functions are called.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { BadArgument, Refused, RoomClosed, join } from "../../src/roomcast/js/roomcast.js";
import { endAll, enter, notes } from "./room.mjs";
import { Tap, settle, until } from "./tap.mjs";

const AT = { at: 0, by: "Alan" };

afterEach(endAll);

// ---------------------------------------------------------------------- functions

test("a function runs when its call comes back, with who called", async () => {
  const { room, tap } = await enter();
  const seen = [];
  const move = room.everywhere(function move(player, dx, dy) {
    seen.push([player.id, dx, dy]);
  });
  move(5, 0);
  await settle();
  assert.deepEqual(seen, []);
  assert.equal(room.unacknowledged, 1);
  assert.deepEqual(tap.written.at(-1), { t: "do", n: 1, c: "move", a: [5, 0] });
  tap.say({ t: "do", s: 6, ...AT, by: "Ada", c: "move", a: [5, 0], n: 1 }, { t: "do", s: 7, ...AT, c: "move", a: { dx: 1 }, n: 9 });
  assert.deepEqual(seen, [["Ada", 5, 0], ["Alan", { dx: 1 }, undefined]]);
  assert.equal(room.unacknowledged, 0);
});

test("what is called in one turn goes out in one frame", async () => {
  const { room, tap } = await enter();
  const frames = [];
  const send = tap.send.bind(tap);
  tap.send = (frame) => (frames.push(frame), send(frame));
  room.send("a");
  room.send("b", 1);
  room.state.set("x", 1);
  await settle();
  assert.equal(frames.length, 1);
  assert.equal(frames[0].split("\n").length, 3);
});

test("operations on shared state go out as such, and one that changed nothing is only acknowledged", async () => {
  const { room, tap } = await enter();
  const seen = notes(room, "set");
  room.me.state.add("score", 1);
  room.state.add("total", 2.5);
  room.state.claim("coin7", room.me.id);
  room.state.compareAndSet("turn", null, ["Ada", 1]);
  await settle();
  assert.deepEqual(tap.written.slice(-4), [
    { t: "set", n: 1, of: "me", p: { score: 1 }, op: "add" },
    { t: "set", n: 2, of: "room", p: { total: 2.5 }, op: "add" },
    { t: "set", n: 3, of: "room", p: { coin7: "Ada" }, op: "claim" },
    { t: "set", n: 4, of: "room", p: { turn: ["Ada", 1] }, op: "swap", was: { turn: null } },
  ]);
  const mine = { at: 0, t: "set", by: "Ada", whole: true };
  tap.say({ ...mine, s: 6, n: 1, of: "me", p: { score: 4 } }, { ...mine, s: 7, n: 2, of: "room", p: { total: 7.5 } });
  tap.say({ ...mine, s: 8, n: 3, of: "room", p: {} });
  assert.deepEqual(seen, [["set", "Ada", { score: 4 }], ["set", "Ada", { total: 7.5 }]]);
  assert.equal(room.unacknowledged, 1);
  assert.equal(room.seq, 8);
  assert.deepEqual([room.me.state.get("score"), room.state.get("total"), room.state.get("coin7")], [4, 7.5, undefined]);
});

test("names that no command may have are refused", async () => {
  const { room } = await enter();
  assert.throws(() => room.everywhere((player) => player), /needs a function with a name/);
  assert.throws(() => room.everywhere(function join() {}), /'join' is the name of an event/);
  assert.throws(() => room.send("move left"), /use move_left/);
  assert.throws(() => room.send("roomcast:parcel"), /command of all pieces/);
  assert.throws(() => room.send(""), /a command's name is empty/);
  assert.throws(() => room.on("move", "no function"), /'move' needs a function to call, not string/);
  room.everywhere((player) => player, "named")();
});

test("what JSON cannot carry is refused at the caller, by the argument's place", async () => {
  const { room } = await enter();
  const cyclic = [];
  cyclic.push(cyclic);
  const wrong = [[NaN, /argument 2 is NaN/], [Infinity, /is Infinity/], [undefined, /is undefined.*send null/], [() => 1, /type function/],
    [10n, /BigInt.*send it as text/], [Symbol("x"), /type symbol/], [new Date(), /type Date/], [new Map(), /type Map/],
    ["a\ud83c", /half a character/], [{ "\ud83c": 1 }, /half a character/], [cyclic, /nested too deep/],
    [{ deep: [1, { x: NaN }] }, /argument 2\.deep\[1\]\.x is NaN/], [[, 1], /argument 2\[0\] is undefined/],
    [[new Uint8Array(3)], /argument 2\[0\] is bytes.*argument of their own/]];
  for (const [value, says] of wrong) {
    assert.throws(() => room.send("act", 1, value), (error) => error instanceof BadArgument && says.test(error.sentence), String(says));
    assert.throws(() => room.state.set("key", value ?? undefined), BadArgument);
  }
  room.send("act", "\\ud83c is only text", Object.create(null), { "": [null, true, -0, 1e21] });
  assert.equal(room.unacknowledged, 1);
});

test("private commands name players, ids, or several of them", async () => {
  const { room, tap } = await enter();
  const alan = room.players.get("Alan");
  for (const to of [alan, "Alan", [alan], ["Alan"], new Set([alan])]) {
    room.send({ name: "whisper", to }, "psst");
    await settle(1);
    assert.deepEqual(tap.written.at(-1).to, ["Alan"]);
  }
  room.send({ name: "note", to: [] });
  await settle(1);
  assert.deepEqual(tap.written.at(-1).to, []);
  for (const to of [5, [5], null, {}]) {
    assert.throws(() => room.send({ name: "whisper", to }, "psst"), /`to` takes a player/);
  }
});

test("an exception in one function does not hold up the others", async () => {
  const { room, tap } = await enter();
  const seen = [];
  const caught = [];
  const usual = process.listeners("uncaughtException"); // the test runner's
  process.removeAllListeners("uncaughtException").once("uncaughtException", (error) => caught.push(error.message));
  room.on("move", () => {
    throw new Error("a bug of the program");
  });
  room.on("move", () => seen.push("second"));
  room.on("wave", () => seen.push("wave"));
  await settle();
  tap.say({ t: "do", s: 6, ...AT, c: "move" }, { t: "do", s: 7, ...AT, c: "wave" });
  assert.deepEqual(seen, ["second", "wave"]);
  await settle();
  usual.forEach((listener) => process.on("uncaughtException", listener));
  assert.deepEqual(caught, ["a bug of the program"]);
});

// ---------------------------------------------------------------------- events and shared state

test("a join handler is told of those who are there already, whenever it is registered", async () => {
  const { room, tap } = await enter();
  const first = notes(room, "join");
  await settle();
  assert.deepEqual(first, [["join", "Alan"], ["join", "Ada"]]);
  tap.say({ t: "join", s: 6, ...AT, by: "Eve", name: "Eve" });
  const late = notes(room, "join");
  await settle();
  assert.deepEqual(first.at(-1), ["join", "Eve"]);
  assert.deepEqual(late.map(([, id]) => id), ["Alan", "Ada", "Eve"]);
});

test("players come and go, and remain who they were", async () => {
  const { room, tap } = await enter();
  const seen = notes(room, "leave", "away", "back", "set");
  const alan = room.players.get("Alan");
  tap.say({ t: "away", s: 6, ...AT });
  assert.equal(alan.here, false);
  tap.say({ t: "back", s: 7, ...AT }, { t: "set", s: 8, ...AT, of: "me", p: { x: null, y: { z: 1 } } });
  assert.equal(alan.here, true);
  assert.deepEqual(alan.state.toJSON(), { y: { z: 1 } });
  tap.say({ t: "leave", s: 9, ...AT });
  assert.deepEqual([alan.here, alan.name, room.players.size], [false, "Alan", 1]);
  assert.deepEqual(alan.state.toJSON(), { y: { z: 1 } }, "what is known of one who has left");
  assert.deepEqual(seen.map(([name, id]) => [name, id]), [["away", "Alan"], ["back", "Alan"], ["set", "Alan"], ["leave", "Alan"]]);
});

test("shared state is there when it has come back", async () => {
  const { room, tap } = await enter();
  room.me.state.set("x", 1);
  room.state.set({ level: 3, door: null });
  room.state.delete("level");
  room.state.merge({ map: { a: 1 } });
  assert.equal(room.me.state.has("x"), false);
  await settle();
  assert.deepEqual(tap.written.slice(1), [
    { t: "set", n: 1, of: "me", p: { x: 1 }, whole: true },
    { t: "set", n: 2, of: "room", p: { level: 3, door: null }, whole: true },
    { t: "set", n: 3, of: "room", p: { level: null }, whole: true },
    { t: "set", n: 4, of: "room", p: { map: { a: 1 } } },
  ]);
  tap.say({ t: "set", s: 6, at: 0, by: "Ada", of: "me", p: { x: 1, constructor: 5 }, whole: true, n: 1 });
  assert.deepEqual([room.me.state.get("x"), room.me.state.get("toString"), room.me.state.get("nothing", 7)], [1, undefined, 7]);
  assert.deepEqual([...room.me.state], [["x", 1], ["constructor", 5]]);
  assert.throws(() => room.players.get("Alan").state.set("x", 1), /the state of Alan is its own to set/);
});

test("text of strangers is text: names may be anything and break nothing", async () => {
  const { room, tap } = await enter();
  for (const [place, id] of ["__proto__", "constructor", "<img src=x>"].entries()) {
    tap.say({ t: "join", s: 6 + place, at: 0, by: id, name: id, state: { __proto__: 1 } });
    assert.equal(room.players.get(id).id, id);
    assert.equal(room.players.get(id).name, id);
  }
  assert.equal(room.players.size, 5);
  assert.equal({}.polluted, undefined);
});

/** A server that knows who comes back. */
class Faithful extends Tap {
  greet = (hello) => Tap.welcome(this, hello, hello.resume ? { resumed: true, snapshot: undefined, n: 0 } : {});
}

test("what happens to the connection is told, and so is what nobody handles", async () => {
  const { room, tap } = await enter({ WebSocket: Faithful });
  const seen = notes(room, "offline", "resumed", "skipped", "lost", "closed", "desync", "error", "leave", "join");
  await settle();
  seen.length = 0;
  room.send("wave");
  await settle();
  tap.lose();
  assert.deepEqual(seen.splice(0), [["offline", "the connection was lost"]]);
  await until(() => Tap.last !== tap && Tap.last.written.length === 2);
  const next = Tap.last;
  assert.deepEqual(next.written[0].resume, { session: "s1", seen: 5 });
  assert.deepEqual(next.written[1], { t: "do", n: 1, c: "wave" }, "sent again");
  next.say({ t: "skipped", from: 6, to: 90, snapshot: { players: [{ id: "Ada", name: "Ada" }, { id: "Eve", name: "Eve" }] } });
  next.say({ t: "desync", s: 91, by: "", at: 0, after: 88, who: ["Eve"] });
  next.say({ t: "error", code: "bad-argument", message: "no", n: 1 });
  assert.deepEqual(
    seen.map(([name, what]) => (name === "error" ? [name, what.code] : [name, what])),
    [["resumed", 0], ["leave", "Alan"], ["join", "Eve"], ["skipped", 6], ["desync", 88], ["error", "bad-argument"]],
  );
});

test("an error is a Refused with its code", async () => {
  const { room, tap } = await enter();
  const errors = [];
  room.on("error", (error) => errors.push(error));
  tap.say({ t: "error", code: "state-full", message: "too much", n: 3 });
  assert.ok(errors[0] instanceof Refused && errors[0] instanceof Error);
  assert.deepEqual([errors[0].code, errors[0].sentence, errors[0].n, errors[0].name], ["state-full", "too much", 3, "Refused"]);
});

test("after the end nothing can be sent", async () => {
  const { room, tap } = await enter();
  const seen = notes(room, "closed");
  tap.say({ t: "bye", code: "replaced", message: "connected anew from elsewhere" });
  assert.deepEqual(seen, [["closed", "connected anew from elsewhere"]]);
  assert.equal(room.closed, true);
  for (const act of [() => room.send("x"), () => room.state.set("x", 1), () => room.send("x", new Uint8Array(1))]) {
    assert.throws(act, (error) => error instanceof RoomClosed && /over for this page: connected anew/.test(error.sentence));
  }
});

// ---------------------------------------------------------------------- when functions run

test("with batch pump nothing runs but in pump, and an exception comes out of it", async () => {
  const { room, tap } = await enter({ batch: "pump" });
  const seen = notes(room, "join", "move");
  room.on("move", (player, what) => {
    if (what === "bad") {
      throw new Error("a bug");
    }
  });
  tap.say({ t: "do", s: 6, ...AT, c: "move", a: ["bad"] }, { t: "do", s: 7, ...AT, c: "move", a: ["good"] });
  await settle();
  assert.deepEqual(seen, []);
  assert.throws(() => room.pump(), /a bug/);
  assert.equal(room.pump(), 1);
  assert.deepEqual(seen, [["join", "Alan"], ["join", "Ada"], ["move", "Alan", "bad"], ["move", "Alan", "good"]]);
});

test("with batch frame all that came since the last one runs before the next", async () => {
  const frames = [];
  globalThis.requestAnimationFrame = (run) => frames.push(run);
  globalThis.document = Object.assign(new EventTarget(), { hidden: false });
  globalThis.window = new EventTarget();
  try {
    const { room, tap } = await enter({ batch: "frame" });
    const joined = notes(room, "join");
    await null;
    assert.equal(joined.length, 2, "those who are there are told before anything else of the program runs");
    const seen = notes(room, "move");
    await settle();
    frames.splice(0).forEach((run) => run());
    tap.say({ t: "do", s: 6, ...AT, c: "move" });
    tap.say({ t: "do", s: 7, ...AT, c: "move" });
    assert.deepEqual([seen.length, frames.length], [0, 1]);
    frames.pop()();
    assert.equal(seen.length, 2);
    document.hidden = true;
    tap.say({ t: "do", s: 8, ...AT, c: "move" });
    assert.equal(seen.length, 3, "no frames are painted: it runs at once");
    await room.leave();
  } finally {
    delete globalThis.requestAnimationFrame;
    delete globalThis.document;
    delete globalThis.window;
  }
});

for (const batch of ["arrival", "frame"]) {
  test(`with batch ${batch} a page that is looked at catches up bit by bit, and a hidden one at once`, async () => {
    const frames = [];
    globalThis.requestAnimationFrame = (run) => frames.push(run);
    globalThis.document = Object.assign(new EventTarget(), { hidden: false });
    globalThis.window = new EventTarget();
    const now = performance.now.bind(performance);
    let worked = 0; // ms
    performance.now = () => now() + worked;
    try {
      const { room, tap } = await enter({ batch });
      const ran = [];
      room.on("work", (_, number) => {
        worked += 60;
        ran.push(number);
      });
      await settle();
      frames.splice(0).forEach((run) => run());
      const work = (from) => [0, 1, 2, 3, 4].map((number) => ({ t: "do", s: from + number, ...AT, c: "work", a: [from + number] }));
      tap.say(...work(6));
      frames.splice(0).forEach((run) => run());
      assert.deepEqual([ran, room.seq], [[6, 7], 7], "what was taken has been run");
      await until(() => {
        frames.splice(0).forEach((run) => run());
        return ran.length >= 5;
      });
      assert.deepEqual(ran, [6, 7, 8, 9, 10]);
      document.hidden = true;
      tap.say(...work(11));
      assert.equal(ran.length, 10);
      await room.leave();
    } finally {
      delete performance.now;
      delete globalThis.requestAnimationFrame;
      delete globalThis.document;
      delete globalThis.window;
    }
  });
}

test("steps are reported where the server watches them", async () => {
  const { room, tap } = await enter({ WebSocket: class extends Tap {
    greet = (hello) => Tap.welcome(this, hello, { steps: true });
  } });
  room.send("wave");
  await settle();
  tap.say({ t: "do", s: 6, at: 0, by: "Ada", c: "wave", n: 1 });
  await settle();
  const done = tap.written.at(-1);
  assert.deepEqual([done.t, done.s, typeof done.ran, typeof done.sent], ["done", 6, "number", "number"]);
});

test("states are hashed after the entries that were asked for", async () => {
  const { room, tap } = await enter();
  let x = 0;
  room.on("move", () => (x += 1));
  room.check(() => ({ x }), { every: 2 });
  assert.throws(() => room.check(() => 1, { every: 0 }), /at least 1/);
  tap.say({ t: "do", s: 6, ...AT, c: "move" }, { t: "hidden", s: 7 }, { t: "do", s: 8, ...AT, c: "move" });
  await settle();
  assert.deepEqual(tap.written.slice(1).map(({ t, s }) => [t, s]), [["check", 6], ["check", 8]]);
  assert.notEqual(tap.written[1].d, tap.written[2].d);
});

test("an entry that is hidden from us counts like any other for the hashes", async () => {
  const { room, tap } = await enter();
  room.check(() => 1, { every: 7 });
  tap.say({ t: "hidden", s: 6 }, { t: "hidden", s: 7 });
  await settle();
  assert.deepEqual(tap.written.slice(1).map(({ t, s }) => [t, s]), [["check", 7]]);
});

test("nothing is reported of a log that is gone", async () => {
  const { room, tap } = await enter({ batch: "pump", WebSocket: class extends Tap {
    greet = (hello) => Tap.welcome(this, hello, { steps: true, session: hello.resume ? "s2" : "s1" });
  } });
  room.check(() => 1, { every: 1 });
  room.on("lost", () => {});
  tap.say({ t: "do", s: 6, ...AT, c: "move" });
  tap.lose();
  await until(() => Tap.last !== tap && Tap.last.written.length > 0);
  await settle();
  room.pump();
  await settle();
  assert.deepEqual(Tap.last.written.map((message) => message.t), ["hello"]);
  assert.equal(room.seq, 5);
});
