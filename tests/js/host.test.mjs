// The host: the player who has been in the room longest, of those who are connected.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { endAll, enter, notes } from "./room.mjs";

afterEach(endAll);

test("the host is the first who is connected, and a function hears who it is, and each other one", async () => {
  const { room, tap } = await enter({ batch: "pump" });
  const heard = notes(room, "host", "leave");
  assert.equal(room.host, room.players.get("Alan"));
  tap.say({ t: "away", s: 6, by: "Alan", at: 0 }, { t: "set", s: 7, by: "Ada", at: 0, of: "me", p: { x: 1 }, n: 1 });
  tap.say({ t: "join", s: 8, by: "Grace", at: 0, name: "Grace" }, { t: "back", s: 9, by: "Alan", at: 0 });
  tap.say({ t: "leave", s: 10, by: "Alan", at: 0, why: "left" });
  room.pump();
  assert.deepEqual(heard, [["host", "Alan"], ["host", "Ada"], ["host", "Alan"], ["leave", "Alan"], ["host", "Ada"]]);
  assert.equal(room.host, room.me);
});

test("after much was missed, it is the one of the snapshot", async () => {
  const { room, tap } = await enter({ batch: "pump" });
  const heard = notes(room, "host");
  const players = [{ id: "Grace", name: "Grace" }, { id: "Ada", name: "Ada" }];
  tap.say({ t: "skipped", from: 6, to: 50, snapshot: { players, state: {} } });
  room.pump();
  tap.say({ t: "skipped", from: 51, to: 90, snapshot: { players, state: {} } });
  room.pump();
  assert.deepEqual(heard, [["host", "Alan"], ["host", "Grace"]]);
});

test("while nobody is connected, there is none, and nothing is said", async () => {
  const { room, tap } = await enter({ batch: "pump" });
  const heard = notes(room, "host");
  tap.say({ t: "leave", s: 6, by: "Alan", at: 0, why: "left" }, { t: "away", s: 7, by: "Ada", at: 0 });
  room.pump();
  assert.equal(room.host, null);
  assert.deepEqual(heard, [["host", "Alan"], ["host", "Ada"]]);
});
