// What a server may do to a client, and what close codes and smaller limits mean.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { CannotConnect, RoomBusy, join } from "../../src/roomcast/js/roomcast.js";
import { LASTS, MAX_IN_VAIN, Reconnection, ending, oneLine } from "../../src/roomcast/js/reconnection.js";
import { misshapen, shapeOf } from "../../src/roomcast/js/shape.js";
import { endAll, enter, notes } from "./room.mjs";
import { Tap, settle, until } from "./tap.mjs";

const AT = { at: 0, by: "Alan" };
const WELCOME = { t: "welcome", me: "Ada", session: "s1", s: 5, time: 0, limits: { message_size: 65536, rate: 60, burst: 120, silent_for: 25 } };

afterEach(endAll);

// ---------------------------------------------------------------------- what it says

const NONSENSE = [
  "5", "null", "[]", "{}", '"x"', "{", "",
  '{"t":5}', '{"t":"do","s":6}', '{"t":"do","s":"6","by":"A","c":"x"}', '{"t":"do","s":6,"by":"A","c":5}', '{"t":"do","s":6,"by":"A","c":"x","a":5}',
  '{"t":"do","s":1e999,"by":"A","c":"x"}', '{"t":"do","s":7,"by":"A","c":"x"}', '{"t":"do","s":5,"by":"A","c":"x"}', '{"t":"do","s":6,"by":"A","c":"x","n":1.5}',
  '{"t":"set","s":6,"by":"A","of":"me","p":[1]}', '{"t":"set","s":6,"by":"A","of":"me","p":null}', '{"t":"set","s":6,"of":"room","p":{}}',
  '{"t":"join","s":6,"by":"A"}', '{"t":"join","s":6,"by":"A","name":"A","state":[]}', '{"t":"leave","s":6}', '{"t":"desync","s":6,"by":"","after":1,"who":"x"}',
  '{"t":"skipped","from":6,"to":1e999,"snapshot":{}}', '{"t":"skipped","from":6,"to":-1,"snapshot":{}}', '{"t":"skipped","from":6,"to":"9","snapshot":{}}',
  '{"t":"skipped","from":6,"to":9}', '{"t":"skipped","from":6,"to":9,"snapshot":{"players":{}}}', '{"t":"skipped","from":6,"to":9,"snapshot":{"players":[5]}}',
  '{"t":"skipped","from":6,"to":9,"snapshot":{"players":[{"id":5,"name":"A"}]}}', '{"t":"skipped","from":6,"to":9,"snapshot":{"state":[]}}',
  '{"t":"error"}', '{"t":"error","code":"x"}', '{"t":"bye"}', '{"t":"report","every":-1}', '{"t":"report","every":"x"}',
  '{"t":"do","s":6,"by":"A","c":"x","at":-1}', '{"t":"do","s":6,"by":"A","c":"x","at":"now"}', '{"t":"hidden","s":6,"at":1e999}', '{"t":"tick"}', '{"t":"tick","at":1.5}',
  '{"t":"begin","s":0}', '{"t":"begin","s":"0","snapshot":{}}', '{"t":"begin","s":0,"snapshot":{"at":"x"}}', '{"t":"begin","s":0,"snapshot":{},"world":{}}',
  '{"t":"save","s":6,"at":5}', '{"t":"save","at":5,"most":9}', '{"t":"save","s":6,"at":null,"most":9}', '{"t":"skipped","from":6,"to":9,"snapshot":{},"upto":-1}', '{"t":"pong","time":"x"}',
  ...[{ me: 5 }, { session: null }, { s: -1 }, { s: 1.5 }, { limits: 5 }, { limits: {} }, { limits: { message_size: "x", rate: 1, burst: 1 } },
    { snapshot: [] }, { time: "now" }, { world: {} }, { upto: 0.5 }, { n: "x" }, { epoch: {} }].map((wrong) => JSON.stringify({ ...WELCOME, ...wrong })),
];

test("what is no message ends the connection, which is made anew, and never the room", async () => {
  for (const frame of NONSENSE) {
    const { room, tap } = await enter();
    const seen = notes(room, "offline");
    const before = [room.seq, room.players.size];
    tap.onmessage({ data: frame });
    assert.equal(seen.length, 1, frame);
    assert.equal(tap.closed, 4000, frame);
    assert.deepEqual([room.seq, room.players.size, room.closed], [...before, false], frame);
    await room.leave();
  }
});

test("binary frames and frames without end are refused", async () => {
  for (const data of [new ArrayBuffer(3), new Blob(["x"]), "x".repeat(64 * 1024 * 1024 + 1)]) {
    const { room, tap } = await enter();
    const seen = notes(room, "offline");
    tap.onmessage({ data });
    assert.match(seen[0][1], /no server of Roomcast's does/);
    await room.leave();
  }
});

test("numbers that are infinite here are a misfit, and no function gets one", async () => {
  const { room, tap } = await enter();
  const errors = notes(room, "error");
  const got = notes(room, "move");
  ["[1e999,0]", '[{"x":[-1e999]}]', '{"dx":1e999}', "[1e308,0]"].forEach((args, index) => {
    tap.onmessage({ data: `{"t":"do","s":${6 + index},"at":0,"by":"Alan","c":"move","a":${args}}` });
  });
  assert.deepEqual(errors.map(([, error]) => error.code), ["bad-argument", "bad-argument", "bad-argument"]);
  assert.match(errors[0][1].sentence, /^from Alan: move is not run here: a number is beyond all bounds/);
  assert.deepEqual(got.map(([, , dx]) => dx), [1e308]);
  assert.equal(room.seq, 9);
});

test("deep JSON and keys of objects' own do no harm", async () => {
  const { room, tap } = await enter();
  const seen = notes(room, "offline");
  const set = (p) => tap.onmessage({ data: `{"t":"set","s":6,"at":0,"by":"Alan","of":"room","p":${p}}` });
  set('{"deep":[[[[1]]]],"__proto__":{"polluted":1},"constructor":{"prototype":2}}');
  assert.equal({}.polluted, undefined);
  assert.equal(room.seq, 6);
  assert.ok(Array.isArray(room.state.get("deep")));
  set(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`);
  assert.match(seen[0][1], /more than 1000 levels/);
  await room.leave();
});

test("sentences of a server are one line of a length", () => {
  assert.equal(oneLine("go\u001b[2J  away\n"), "go [2J away");
  assert.equal(oneLine("x".repeat(600)).length, 502);
  assert.equal(oneLine(undefined), "");
});

// ---------------------------------------------------------------------- how it ends

test("close codes say whether to come back", () => {
  for (const code of [1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003, 4000, 4403, 4999]) {
    assert.equal(ending(code, "").final, true, String(code));
  }
  for (const code of [0, 1000, 1001, 1005, 1006, 1011, 1012, 1013, 3001]) {
    assert.equal(ending(code, "").final, false, String(code));
  }
  assert.equal(ending(1008, " no\npages ").why, "the server closed the connection (1008: no pages)");
  assert.deepEqual(ending(1006, ""), { why: "the connection was lost", said: false, final: false });
  assert.deepEqual(ending(1005, ""), { why: "the server closed the connection (1005)", said: true, final: false }); // no code
});

test("a room whose server closes for good without a bye is over", async () => {
  const { room, tap } = await enter();
  const seen = notes(room, "closed");
  tap.onclose({ code: 1008, reason: "not here" });
  assert.deepEqual(seen, [["closed", "the server closed the connection (1008: not here)"]]);
  await settle(150);
  assert.equal(Tap.last, tap, "it does not come back");
});

test("who is refused before any welcome is told at once, with the server's words and code", async () => {
  class Closing extends Tap {
    greet = () => this.onclose({ code: 4403, reason: "members only" });
  }
  await assert.rejects(enter({ WebSocket: Closing }), (error) => {
    assert.ok(error instanceof CannotConnect);
    assert.equal(error.sentence, "server:1 did not let us into 'dots': the server closed the connection (4403: members only)");
    assert.equal(error.code, null);
    return true;
  });
  class Full extends Tap {
    greet = () => this.say({ t: "bye", code: "room-full", message: "it is full", again: 0.5 });
  }
  await assert.rejects(enter({ WebSocket: Full }), (error) => error.code === "room-full");
  class Broken extends Tap {
    greet = () => this.onclose({ code: 1011, reason: "out of order" });
  }
  await assert.rejects(enter({ WebSocket: Broken, timeout: 50 }), /does not answer within 0.05 seconds: .*1011: out of order/);
});

test("waits grow while welcomes do not last, and in the end the room is over", () => {
  const reconnection = new Reconnection(() => 1);
  const said = { said: true, final: false };
  let [now, over] = [1_000, ""];
  const waits = [];
  for (let times = 0; times < MAX_IN_VAIN && !over; times += 1) {
    reconnection.connected();
    reconnection.welcomed(now);
    over = reconnection.ended("no", now + 10, true, said);
    reconnection.wait(now);
    waits.push(reconnection.retryAt - now);
    now = reconnection.retryAt;
  }
  assert.deepEqual(waits.slice(0, 4), [100, 200, 400, 800]);
  assert.match(over, /10 connections in a row were ended at once: no/);

  const good = new Reconnection(() => 1);
  for (let times = 0; times < 3 * MAX_IN_VAIN; times += 1) {
    good.welcomed(now);
    assert.equal(good.ended("no", now + LASTS, true, said), "");
    good.wait(now);
    assert.equal(Math.round(good.retryAt - now), 100);
    now = good.retryAt + LASTS;
  }
});

test("a bye cannot send us away for ever, or into the past", () => {
  for (const [again, wait] of [[0.5, 500], [-5, 0], [1e12, 3_600_000], [Infinity, 3_600_000], [NaN, 3_600_000]]) {
    const reconnection = new Reconnection(() => 1);
    reconnection.goodbye({ t: "bye", code: "closing", message: "later", again }, 1_000);
    assert.equal(reconnection.retryAt, 1_000 + wait);
  }
});

// ---------------------------------------------------------------------- its limits

test("a server that comes back with smaller limits costs an error, and the room goes on", async () => {
  let size = 65536;
  class Shrinking extends Tap {
    greet = (hello) => {
      const limits = { ...WELCOME.limits, message_size: size };
      Tap.welcome(this, hello, { limits, ...(hello.resume ? { resumed: true, snapshot: undefined, n: 0 } : {}) });
    };
  }
  const { room, tap } = await enter({ WebSocket: Shrinking });
  const errors = notes(room, "error");
  room.send("small", 1);
  room.send("large", "x".repeat(5_000));
  room.send("small", 2);
  await settle();
  size = 1_000;
  tap.lose();
  room.send("large", "y".repeat(5_000));
  room.send("small", 3);
  await until(() => Tap.last !== tap && errors.length === 2);
  await until(() => Tap.last.written.length === 4);
  assert.deepEqual(Tap.last.written.slice(1).map(({ n, a }) => [n, a[0]]), [[1, 1], [2, 2], [3, 3]], "numbered without a hole");
  assert.match(errors[0][1].sentence, /takes 50\d\d bytes, and a message may have 1000: the server's limits are smaller than before/);
  assert.equal(errors[0][1].code, "too-big");
  assert.equal(room.closed, false);
  assert.throws(() => room.send("large", "x".repeat(2_000)), /may have 1000/);
  room.send("small", 4);
  await settle();
  assert.equal(Tap.last.written.at(-1).n, 4);
});

test("what the server would end the connection for is refused at the call: depth and number of values", async () => {
  const { room } = await enter();
  assert.throws(() => room.send("grid", new Array(10_000).fill(0)), /grid holds 1000\d values, and a message may have 10000/);
  assert.throws(() => room.state.set("grid", new Array(10_000).fill(0)), /holds 1000\d values/);
  room.send("grid", new Array(9_000).fill(0));
  const limits = { json_depth: 4, json_values: 5 };
  assert.match(misshapen('{"a":[[[[1]]]]}', limits), /nested 5 levels deep/);
  assert.match(misshapen('{"a":[1,2,3,4,5,"a,b"]}', limits), /holds 8 values/);
  assert.deepEqual(shapeOf('{"a":[],"b":{},"c\\\\\\"[[[,,":["x","[{,","\\\\"]}'), { depth: 2, values: 7 });
});

// ---------------------------------------------------------------------- programs that do not keep up

test("a program that does not pump lets the server wait, and misses nothing that is kept", async () => {
  class Faithful extends Tap {
    greet = (hello) => Tap.welcome(this, hello, hello.resume ? { resumed: true, snapshot: undefined, n: 0, s: hello.resume.seen } : {});
  }
  const { room, tap } = await enter({ batch: "pump", WebSocket: Faithful });
  let ran = 0;
  room.on("move", () => (ran += 1));
  let s = 5;
  for (let frame = 0; tap.closed === null && frame < 500; frame += 1) {
    tap.say(...Array.from({ length: 100 }, () => ({ t: "do", s: (s += 1), ...AT, c: "move" })));
  }
  assert.equal(s - 5, 20_000, "no more is held");
  assert.equal(tap.closed, 4000);
  await settle(150);
  assert.equal(Tap.last, tap, "it does not come back before the program has run what is there");
  room.pump();
  assert.equal(ran, 20_000);
  await until(() => Tap.last !== tap && Tap.last.written.length > 0);
  assert.deepEqual(Tap.last.written[0].resume, { session: "s1", seen: s });
});

test("the bound counts what large frames hold, too", async () => {
  const { tap } = await enter({ batch: "pump" });
  const filler = "x".repeat(10_000);
  let s = 5;
  for (let frame = 0; tap.closed === null && frame < 5_000; frame += 1) {
    tap.say({ t: "do", s: (s += 1), ...AT, c: "move", a: [filler] });
  }
  assert.ok(s < 5 + 1_000 + 16 * 1024 * 1024 / 10_000 + 2, String(s));
});

test("pump inside a function is refused, and the queue goes on", async () => {
  const { room, tap } = await enter({ batch: "pump" });
  const seen = [];
  room.on("move", (_, n) => {
    seen.push(n);
    assert.throws(() => room.pump(), RoomBusy);
  });
  tap.say({ t: "do", s: 6, ...AT, c: "move", a: [1] }, { t: "do", s: 7, ...AT, c: "move", a: [2] });
  room.pump();
  assert.deepEqual(seen, [1, 2]);
});

test("functions that reject hold nothing up", async () => {
  const { room, tap } = await enter();
  const rejected = [];
  const usual = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", (error) => rejected.push(error.message));
  room.on("move", async (_, n) => {
    throw new Error(`move ${n}`);
  });
  const seen = notes(room, "wave");
  tap.say({ t: "do", s: 6, ...AT, c: "move", a: [1] }, { t: "do", s: 7, ...AT, c: "wave" }, { t: "do", s: 8, ...AT, c: "move", a: [2] });
  await settle();
  process.removeAllListeners("unhandledRejection");
  usual.forEach((listener) => process.on("unhandledRejection", listener));
  assert.deepEqual([rejected, seen.length, room.seq], [["move 1", "move 2"], 1, 8]);
});

test("leaving twice, and while the connection is away, ends once", async () => {
  const { room, tap } = await enter();
  const seen = notes(room, "closed");
  room.send("wave");
  tap.lose();
  await Promise.all([room.leave(), room.leave()]);
  await room.leave();
  assert.equal(seen.length, 1);
  await settle(200);
  assert.equal(Tap.all.filter((one) => one.written[0]?.t === "hello").length, 1, "it does not connect again");
});
