// Looking for a room: what hello says, and to which room the client comes back.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { BadArgument, CannotConnect, create, findRooms, join, joinOrCreate } from "../../src/roomcast/js/roomcast.js";
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
  const none = { how: "new", options: undefined, private: undefined, password: undefined, spectate: undefined, party: undefined, ticket: undefined };
  assert.deepEqual(meetOf("new", {}, { isPrivate: true }), { ...none, private: true });
  assert.deepEqual(meetOf("new", {}, { isPrivate: false, password: "fish" }), { ...none, password: "fish" });
});

test("a party has a size for the first, and a ticket for the others", () => {
  assert.equal(meetOf("any", {}, { party: 3 }).party, 3);
  assert.equal(meetOf("any", {}, { party: 1 }).party, undefined, "it is alone");
  assert.equal(meetOf("", {}, { party: "hT5wLq" }).ticket, "hT5wLq");
});

test("the ticket is that of the last welcome that has one, and hellos to come back claim nothing", () => {
  const client = new ClientCore("duel", "Ada", () => 1, { meet: meetOf("any", {}, { party: 2 }) });
  assert.deepEqual(said(client), { room: "duel", meet: { how: "any", party: 2 } });
  client.receive(JSON.stringify({ ...WELCOME, room: "duel-cdfghjkm", ticket: "hT5wLq" }), 0);
  assert.equal(client.ticket, "hT5wLq");
  client.disconnected("gone", 0);
  assert.deepEqual(said(client), { room: "duel-cdfghjkm", meet: {} });
  client.receive(JSON.stringify({ ...WELCOME, resumed: true }), 0);
  assert.equal(client.ticket, "hT5wLq");
});

test("a page that is loaded again asks for the room that it had found, and for another of the kind if need be", () => {
  const kept = { session: "s", epoch: 1, room: "duel-cdfghjkm", waiting: [], sent: 0 };
  const client = new ClientCore("duel", "Ada", () => 1, { kept, meet: meetOf("any", { mode: "fun" }) });
  assert.deepEqual(said(client), { room: "duel-cdfghjkm", meet: { how: "any", options: { mode: "fun" }, kind: "duel" } });
  client.receive(JSON.stringify({ ...WELCOME, resumed: true }), 0); // no room is said: it is that one
  assert.equal(client.stage, "live");
  assert.equal(client.kept.room, "duel-cdfghjkm");
  client.disconnected("gone", 0);
  assert.deepEqual(said(client), { room: "duel-cdfghjkm", meet: { options: { mode: "fun" } } });
  const named = new ClientCore("duel", "Ada", () => 1, { kept });
  assert.deepEqual(said(named).room, "duel", "who names a room is asked for that");
});

test("a server that reserves nothing is left", () => {
  const client = new ClientCore("duel", "Ada", () => 1, { meet: meetOf("any", {}, { party: 2 }) });
  said(client);
  client.receive(JSON.stringify({ ...WELCOME, room: "duel-cdfghjkm" }), 0);
  assert.equal(client.over.code, "version");
});

test("wrong arguments show how it is done", async () => {
  const wrong = [
    [() => joinOrCreate("duel", 5, { WebSocket: Tap }), /options are an object/],
    [() => joinOrCreate("duel", { mode: undefined }, { WebSocket: Tap }), /a room's options/],
    [() => joinOrCreate("duel", { mode: "x".repeat(1024) }, { WebSocket: Tap }), /may take 1024/],
    [() => create("duel", {}, { private: "yes", WebSocket: Tap }), /private: yes: true or false/],
    [() => create("duel", {}, { password: 5, WebSocket: Tap }), /password is text/],
    [() => joinOrCreate("duel", {}, { party: 1.5, WebSocket: Tap }), /party: 1.5: a whole number, at least 1/],
    [() => joinOrCreate("duel", {}, { party: "hT5wLq", WebSocket: Tap }), /that is how many you are/],
    [() => join("duel", { party: 3, WebSocket: Tap }), /join takes its ticket/],
    [() => joinOrCreate("a/b/c", {}, { WebSocket: Tap }), /holds no/],
  ];
  for (const [call, says] of wrong) {
    await assert.rejects(call, (error) => error instanceof BadArgument && says.test(error.sentence));
  }
});

test("where no server answers, the list says so", async () => {
  await assert.rejects(findRooms("127.0.0.1:1/duel"), (error) => error instanceof CannotConnect && /cannot ask 127.0.0.1:1/.test(error.sentence));
});
