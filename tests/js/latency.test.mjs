// How long a message takes to the server and back: pings, once somebody asks.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { ClientCore } from "../../src/roomcast/js/client_core.js";
import { RoundTrips } from "../../src/roomcast/js/round_trips.js";
import { endAll, enter } from "./room.mjs";

afterEach(endAll);

const LIMITS = { message_size: 65536, rate: 60, burst: 120, silent_for: 25 };
const WELCOME = { t: "welcome", me: "Ada", session: "s1", s: 5, time: 0, limits: LIMITS };

function trip(trips, start, took) {
  trips.sent(start);
  trips.answered({ t: "pong" }, start + took);
}

test("it is smoothed, and begins anew on another connection", () => {
  const trips = new RoundTrips();
  trip(trips, 0, 100);
  trip(trips, 5000, 500);
  assert.equal(trips.latency, 200);
  trips.sent(6000);
  trips.disconnected();
  assert.equal(trips.latency, 200);
  trip(trips, 7000, 900);
  assert.equal(trips.latency, 900);
});

test("an answer tells nothing where it may be that to another ping", () => {
  const trips = new RoundTrips();
  trips.answered({ t: "pong" }, 1);
  trips.sent(5);
  trips.sent(10);
  trips.answered({ t: "pong" }, 11);
  trips.answered({ t: "pong" }, 12);
  assert.equal(trips.latency, null);
});

test("each connection is measured, once somebody asks", () => {
  const client = new ClientCore("dots", "Ada", () => 1);
  const connect = () => {
    client.connected();
    client.takeFrame(0);
    client.receive(JSON.stringify(WELCOME), 0);
  };
  connect();
  assert.equal(client.takeFrame(0), "");
  client.roundTrips.wanted = true;
  client.disconnected("gone", 0);
  connect();
  assert.equal(client.takeFrame(10), '{"t":"ping"}');
  client.receive('{"t":"pong","time":1700000000000}', 35);
  assert.equal(client.roundTrips.latency, 25);
});

test("a program reads it in seconds", async () => {
  const { room, tap } = await enter();
  assert.equal(room.latency, null);
  assert.equal(tap.written.at(-1).t, "ping");
  tap.say({ t: "pong" });
  assert.ok(room.latency >= 0 && room.latency < 60);
  assert.equal(tap.written.filter(({ t }) => t === "ping").length, 1, "it is asked for once");
});
