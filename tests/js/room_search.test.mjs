// Looking for a room: what hello says, and to which room the client comes back.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { BadArgument, CannotConnect, create, findRooms, joinOrCreate } from "../../src/roomcast/js/roomcast.js";
import { ClientCore } from "../../src/roomcast/js/client_core.js";
import { meetOf } from "../../src/roomcast/js/room_search.js";
import { endAll } from "./room.mjs";
import { Tap } from "./tap.mjs";

afterEach(endAll);

const WELCOME = {
  t: "welcome", me: "Ada", session: "mZ3kQ7", s: 1, time: 0,
  limits: { message_size: 65536, rate: 60, burst: 120, silent_for: 25 }, snapshot: {}, code: "KXRH",
};

function looking() {
  return new ClientCore("duel", "Ada", () => 1, { meet: meetOf("any", { mode: "fun" }) });
}

function said(client) {
  client.connected();
  const { room, meet } = JSON.parse(client.takeFrame(0));
  return { room, meet };
}

test("it asks for a kind first, and then for its room", () => {
  const client = looking();
  assert.deepEqual(said(client), { room: "duel", meet: { how: "any", options: { mode: "fun" } } });
  client.disconnected("cut", 0);
  assert.deepEqual(said(client), { room: "duel", meet: { how: "any", options: { mode: "fun" } } });
  client.receive(JSON.stringify({ ...WELCOME, room: "duel-cdfghjkm" }), 0);
  assert.equal(client.room, "duel-cdfghjkm");
  client.disconnected("cut", 0);
  assert.deepEqual(said(client), { room: "duel-cdfghjkm", meet: { options: { mode: "fun" } } });
});

test("a server that does not know how is left", () => {
  const client = looking();
  said(client);
  client.receive(JSON.stringify(WELCOME), 0);
  assert.equal(client.stage, "over");
  assert.equal(client.over.code, "version");
  assert.match(client.over.message, /too old to find a room/);
});

test("a new room may be private, and have a password", () => {
  const none = { how: "new", options: undefined, private: undefined, password: undefined, spectate: undefined };
  assert.deepEqual(meetOf("new", {}, { isPrivate: true }), { ...none, private: true });
  assert.deepEqual(meetOf("new", {}, { isPrivate: false, password: "fish" }), { ...none, password: "fish" });
});

test("wrong arguments show how it is done", async () => {
  const wrong = [
    [() => joinOrCreate("duel", 5, { WebSocket: Tap }), /options are an object/],
    [() => joinOrCreate("duel", { mode: undefined }, { WebSocket: Tap }), /a room's options/],
    [() => joinOrCreate("duel", { mode: "x".repeat(1024) }, { WebSocket: Tap }), /may take 1024/],
    [() => create("duel", {}, { private: "yes", WebSocket: Tap }), /private: yes: true or false/],
    [() => create("duel", {}, { password: 5, WebSocket: Tap }), /password is text/],
    [() => joinOrCreate("a/b/c", {}, { WebSocket: Tap }), /holds no/],
  ];
  for (const [call, says] of wrong) {
    await assert.rejects(call, (error) => error instanceof BadArgument && says.test(error.sentence));
  }
});

test("where no server answers, the list says so", async () => {
  await assert.rejects(findRooms("127.0.0.1:1/duel"), (error) => error instanceof CannotConnect && /cannot ask 127.0.0.1:1/.test(error.sentence));
});
