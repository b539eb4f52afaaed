// The post office's connection: what a server may do to it, and when it comes back.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { ObserverConnection } from "../../src/roomcast/site/office/observer_connection.js";
import { Tap, settle, until } from "./tap.mjs";

/** Ends each connection for good, so that none is tried for ever after a test. */
class Ending {
  constructor() {
    queueMicrotask(() => this.onclose?.({ code: 1008, reason: "the test is over" }));
  }
  close() {}
}

let told = [];
let heard = [];

beforeEach(() => {
  [told, heard] = [[], []];
  globalThis.WebSocket = Tap;
  globalThis.location = { protocol: "http:", host: "server:1" };
});
afterEach(() => {
  globalThis.WebSocket = Ending;
  Tap.all.splice(0).forEach((tap) => tap.onclose?.({ code: 1008, reason: "the test is over" }));
});

async function watch() {
  const connection = new ObserverConnection("dots", (message) => heard.push(message.t), (...what) => told.push(what));
  connection.connect();
  await until(() => Tap.last?.written.length === 1);
  return Tap.last;
}

test("it comes back after a loss, and not after a close for good", async () => {
  const tap = await watch();
  tap.say({ t: "watching", room: "dots", s: 0, time: 0 });
  tap.onclose({ code: 1006, reason: "" });
  await until(() => Tap.last !== tap && Tap.last.written.length === 1);
  const next = Tap.last;
  next.onclose({ code: 1008, reason: "not\nfor you" });
  assert.deepEqual(told.at(-1), ["over", "the server closed the connection (1008: not for you)"]);
  await settle(150);
  assert.equal(Tap.last, next);
});

test("a bye says whether and when", async () => {
  const tap = await watch();
  tap.say({ t: "bye", code: "watch-full", message: "full", again: 0.3 });
  tap.onclose({ code: 1001, reason: "" });
  await settle(150);
  assert.equal(Tap.last, tap, "not before that time");
  await until(() => Tap.last !== tap);
  const other = await watch();
  other.say({ t: "bye", code: "bad-name", message: "no such\u0007 name" });
  other.onclose({ code: 1008, reason: "" });
  assert.deepEqual(told.at(-1), ["over", "no such name"]);
});

test("what is no message ends the connection, which is made anew", async () => {
  for (const frame of ["{", "null", "5", `${"[".repeat(5_000)}`]) {
    const tap = await watch();
    tap.onmessage({ data: frame });
    assert.deepEqual(told.at(-1), ["lost", ""], frame);
  }
});
