// What a program hands over, and what it is handed: encoded at the call, checked where it is given, read-only where it is shared.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { BadArgument, join } from "../../src/roomcast/js/roomcast.js";
import { endAll, enter, notes } from "./room.mjs";
import { Tap, settle, until } from "./tap.mjs";

afterEach(endAll);

const bad = (says) => (error) => {
  assert.ok(error instanceof BadArgument, `${error?.name}: ${error?.message}`);
  assert.match(error.sentence, says);
  return true;
};

test("what is sent is what the value was at the call", async () => {
  const { room, tap } = await enter();
  const bag = [];
  for (let i = 0; i < 3; i += 1) {
    bag.push(i);
    room.me.state.set("bag", bag);
    room.state.merge({ bag });
    room.send("bag", bag, { bag });
  }
  await settle();
  assert.deepEqual(tap.written.filter(({ of }) => of === "me").map(({ p }) => p.bag), [[0], [0, 1], [0, 1, 2]]);
  assert.deepEqual(tap.written.filter(({ of }) => of === "room").map(({ p }) => p.bag), [[0], [0, 1], [0, 1, 2]]);
  assert.deepEqual(tap.written.filter(({ t }) => t === "do").map(({ a }) => a[1].bag), [[0], [0, 1], [0, 1, 2]]);
});

test("bytes are those at the call, also beside a Blob that is read later", async () => {
  const { room, tap } = await enter();
  const bytes = new Uint8Array([1, 2, 3]);
  room.send("alone", bytes);
  room.send("beside", bytes, new Blob(["x"]));
  bytes.fill(9);
  await until(() => tap.written.length === 3);
  assert.deepEqual(tap.written.slice(1).map(({ a }) => a.b), ["AQID", "AQIDeA=="]);
});

test("a value is read once: getters, proxies and toJSON cannot send what was not checked", async () => {
  const { room, tap } = await enter();
  let reads = 0;
  const changing = { get x() { return (reads += 1) === 1 ? 1 : undefined; } };
  room.send("act", changing);
  room.send("act", Object.defineProperty({ y: 1 }, "toJSON", { value: () => "another" }));
  room.send("act", new Proxy([1, 2], {}));
  room.send("act", JSON.parse('{"__proto__": {"z": 1}}'));
  await settle();
  assert.equal(reads, 1);
  assert.deepEqual(tap.written.slice(1, 4).map(({ a }) => a[0]), [{ x: 1 }, { y: 1 }, [1, 2]]);
  assert.equal(JSON.stringify(tap.written[4].a), '[{"__proto__":{"z":1}}]');
});

test("what cannot be read or sent is a BadArgument that says what to write", async () => {
  const { room } = await enter();
  const throwing = { get x() { throw new Error("mine"); } };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const detached = new Uint8Array(3);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  const wrong = [[throwing, /cannot be read: Error: mine/], [revoked.proxy, /cannot be read/], [new Date(), /date.getTime/], [new Map(), /fromEntries/],
    [new Set(), /\[\.\.\.set\]/], [Promise.resolve(1), /await it/], [room.me, /player\.id/], [class A {}, /type function/], [new (class B {})(), /type B/],
    [new Proxy({}, { ownKeys() { throw new TypeError("no"); } }), /cannot be read/], [-Infinity, /no such number/], [{ toJSON() {} }, /type function/],
    [new Number(5), /type Number/], [Object(1n), /type BigInt/], [/x/, /type RegExp/], [new Error("x"), /type Error/]];
  for (const [value, says] of wrong) {
    assert.throws(() => room.send("act", value), bad(says));
    assert.throws(() => room.state.set("key", value), bad(says));
    assert.throws(() => room.state.merge({ key: value }), bad(says));
  }
  assert.equal(room.unacknowledged, 0);
});

test("where a value or a name stands wrongly, it is told at the call", async () => {
  const { room } = await enter();
  for (const [act, says] of [
    [() => room.state.set(undefined, 1), /a key is text, not undefined/],
    [() => room.state.set(Symbol("x"), 1), /a key is text/],
    [() => room.state.set(null, 1), /set by a key and a value/],
    [() => room.state.set([1, 2]), /set by a key and a value/],
    [() => room.state.set(new Map([["x", 1]])), /fromEntries/],
    [() => room.state.merge(5), /set by a key and a value/],
    [() => room.state.add("x", "1"), /add takes a key and a number, as in add\("score", 1\), not 1/],
    [() => room.state.add("x", NaN), /add takes a key and a number/],
    [() => room.state.add("x"), /add takes a key and a number/],
    [() => room.state.add({ x: 1 }, 1), /a key is text, not object: add\("score", 1\)/],
    [() => room.state.claim("x", null), /claim takes a key and a value.*null means that nobody has it/],
    [() => room.state.claim("x", undefined), /is undefined, which JSON cannot carry/],
    [() => room.state.claim(null, 1), /a key is text, not object: claim\("coin", room.me.id\)/],
    [() => room.state.compareAndSet("x", new Set(), 1), /\[\.\.\.set\]/],
    [() => room.state.compareAndSet("x", 1), /is undefined, which JSON cannot carry/],
    [() => room.state.compareAndSet(undefined, 1, 2), /a key is text, not undefined: compareAndSet/],
    [() => room.players.get("Alan").state.add("x", 1), /the state of Alan is its own to set/],
    [() => room.state.set("a\ud83d", 1), /half a character/],
    [() => room.send({ name: "whisper", to: "\ud83d" }), /`to` takes a player/],
    [() => room.send({ name: "whisper", to: room.players.get("nobody") }, "psst"), /`to` is undefined/],
    [() => room.send({ name: "whisper", too: room.me }, "psst"), /misspelt/],
    [() => room.send(5), /must be text, not number/],
    [() => room.send("\ud83d"), /cannot be seen/],
    [() => room.on(5, () => 1), /must be text/],
    [() => room.check({}), /takes a function/],
    [() => room.check(() => 1, { every: 1.5 }), /whole number/],
    [() => room.check(() => 1, { every: NaN }), /whole number/],
  ]) {
    assert.throws(act, bad(says), String(act));
  }
  assert.equal(room.unacknowledged, 0);
});

test("join checks what it is given", async () => {
  const warned = [];
  const usual = console.warn;
  console.warn = (words) => warned.push(words);
  for (const [args, says] of [
    [[undefined], /where to is text.*not undefined/], [[null], /where to is text/], [[5], /where to is text/], [["dots", "red"], /options are an object/],
    [["dots", { name: 5 }], /must be text, not number/], [["dots", { name: "\ud83d" }], /cannot be seen/], [["\ud83d", {}], /cannot be seen/],
    [["dots", { timeout: NaN }], /timeout: NaN/], [["dots", { timeout: -1 }], /more than 0/], [["dots", { timeout: "5" }], /timeout/],
    [["dots", { keep: "session" }], /sessionStorage/], [["dots", { keep: {} }], /getItem/], [["dots", { WebSocket: {} }], /WebSocket is the class/],
  ]) {
    await assert.rejects(join(args[0], typeof args[1] === "object" ? { WebSocket: Tap, ...args[1] } : args[1]), bad(says));
  }
  const room = await join("server:1/dots", { WebSocket: Tap, timeout: Infinity, nmae: "red" });
  console.warn = usual;
  assert.deepEqual(warned, ["roomcast: join has no option 'nmae': 'name'? (help: roomcast help setting)"]);
  await room.leave();
});

test("a key that is read as if it were a property is hinted at, once", async () => {
  const { room, tap } = await enter();
  const warned = [];
  const usual = console.warn;
  console.warn = (words) => warned.push(words);
  assert.equal(room.state.turn, undefined);
  assert.deepEqual(warned, [], "such as a tool that looks for a property");
  tap.say({ t: "set", s: 6, at: 0, by: "Ada", of: "room", p: { turn: "Ada", toString: "x" } });
  assert.equal(room.state.turn ?? room.state.turn, undefined);
  assert.equal(`${room.state}`, "[object Object]");
  console.warn = usual;
  assert.deepEqual(warned, ["roomcast: shared state has no property 'turn': write get(\"turn\") (help: roomcast help state)"]);
});

test("hints at keys that strangers choose end after twenty", async () => {
  const { room, tap } = await enter();
  const keys = Array.from({ length: 30 }, (_, number) => `key${number}`);
  tap.say({ t: "set", s: 6, at: 0, by: "Ada", of: "room", p: Object.fromEntries(keys.map((key) => [key, 1])) });
  let warned = 0;
  const usual = console.warn;
  console.warn = () => (warned += 1);
  keys.forEach((key) => room.state[key]);
  console.warn = usual;
  assert.ok(warned === 20 || warned === 19, `${warned}`); // another test has had one of them
});

test("what is read of shared state cannot be changed, and the sentence says what to write", async () => {
  const { room, tap } = await enter();
  tap.say({ t: "set", s: 6, at: 0, by: "Ada", of: "room", p: { scores: { ann: 4, list: [1, 2] } } });
  const scores = room.state.get("scores");
  const sets = notes(room, "set");
  for (const change of [
    () => (scores.ann += 1), () => delete scores.ann, () => scores.list.push(3), () => scores.list.sort(), () => (scores.list.length = 0),
    () => Object.defineProperty(scores, "x", { value: 1 }), () => Object.assign(scores, { x: 1 }), () => (room.state.toJSON().level = 3),
    () => (Object.fromEntries(room.state).scores.ann = 1), () => ([...room.state][1][1].ann = 1), () => (room.players.get("Alan").state.toJSON().x = 1),
  ]) {
    assert.throws(change, bad(/would change on this computer alone: set a new value, as in room\.state\.set\("scores"/), String(change));
  }
  assert.throws(() => (room.state.level = 3), bad(/no property 'level' to assign to: write set\("level", value\)/));
  assert.throws(() => (room.me.state.x = 3), bad(/write set\("x", value\)/));
  tap.say({ t: "set", s: 7, at: 0, by: "Ada", of: "room", p: { map: { a: 1 } } });
  assert.throws(() => (sets[0][2].map.a = 2), BadArgument);
  assert.deepEqual(scores, { ann: 4, list: [1, 2] });
  assert.equal(room.state.get("scores"), scores, "one object for one value");
  assert.ok(Array.isArray(scores.list) && scores.list.includes(2) && scores.list.map((one) => one + 1)[1] === 3);
  assert.equal(JSON.stringify({ ...scores, list: [...scores.list, 3] }), '{"ann":4,"list":[1,2,3]}');
  room.me.dot = "programs may note things on players";
  room.state.set("scores", { ...scores, ann: scores.ann + 1 });
  room.state.set("again", scores);
  await settle();
  assert.deepEqual(tap.written.slice(1).map(({ p }) => p), [{ scores: { ann: 5, list: [1, 2] } }, { again: { ann: 4, list: [1, 2] } }]);
});

test("a state that has no hash is an error event, once, and what runs goes on", async () => {
  const { room, tap } = await enter();
  let state = NaN;
  room.check(() => ({ x: state }), { every: 1 });
  const errors = notes(room, "error");
  const moves = notes(room, "move");
  for (let s = 6; s < 10; s += 1) {
    state = s < 9 ? NaN : 1;
    tap.say({ t: "do", s, at: 0, by: "Alan", c: "move" });
  }
  await settle();
  assert.equal(moves.length, 4);
  assert.deepEqual(errors.map(([, error]) => [error.code, error.sentence]), [["bad-argument", "check: 'state'.x is NaN, and JSON has no such number: send null instead"]]);
  assert.deepEqual(tap.written.filter(({ t }) => t === "check").map(({ s }) => s), [9]);
});
