// Calls with bytes: sent in pieces, run once.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { endAll, enter } from "./room.mjs";
import { settle, until } from "./tap.mjs";

const AT = { at: 0, by: "Alan" };

afterEach(endAll);

// ---------------------------------------------------------------------- bytes

test("bytes of every kind are sent, as they were when they were given", async () => {
  const { room, tap } = await enter();
  const bytes = new Uint8Array([1, 2, 3]);
  room.send("picture", bytes);
  bytes.fill(9);
  room.send("picture", bytes.buffer);
  room.send("picture", new DataView(bytes.buffer, 1, 1));
  await settle();
  const said = () => tap.written.slice(1).map((message) => message.a.b);
  assert.deepEqual(said(), ["AQID", "CQkJ", "CQ=="]);
  for (let n = 1; n <= 3; n += 1) {
    tap.say({ t: "do", s: 5 + n, at: 0, by: "Ada", c: "roomcast:parcel", a: tap.written[n].a, n });
  }
  room.send("picture", "x", new Blob(["hello"]));
  assert.equal(room.unacknowledged, 1);
  await until(() => tap.written.length === 5);
  assert.deepEqual(tap.written[4].a, { id: 4, c: "picture", a: ["x", ""], sizes: [[1, 5]], b: "aGVsbG8=" });
});

test("where nothing is taken at all, the end of a call with bytes is not said again and again", async () => {
  const { room, tap } = await enter();
  room.on("error", () => {});
  room.send("picture", new Uint8Array([1]));
  for (let n = 1; n <= 2; n += 1) {
    await until(() => tap.written.length === n + 1);
    tap.say({ t: "error", code: "not-allowed", message: "nothing can be sent here", n });
  }
  await settle();
  assert.equal(tap.written.length, 3);
  assert.equal(room.unacknowledged, 0);
});

test("a call with bytes runs once, whole, and its progress is told", async () => {
  const { room, tap } = await enter();
  const seen = [];
  room.on("progress", (player, { command, done, size }) => seen.push([player.id, command, done, size]));
  room.on("picture", (player, name, data) => seen.push([player.id, name, data]));
  const piece = (s, a) => ({ t: "do", s, ...AT, c: "roomcast:parcel", a });
  tap.say(piece(6, { id: 1, c: "picture", a: ["cat", ""], sizes: [[1, 4]], b: "AQID" }), piece(7, [1, 3, "BA=="]));
  assert.deepEqual(seen, [["Alan", "picture", 3, 4], ["Alan", "picture", 4, 4], ["Alan", "cat", new Uint8Array([1, 2, 3, 4])]]);
});

test("a call with bytes that will not be whole is told, and not run", async () => {
  const { room, tap } = await enter();
  const seen = [];
  room.on("progress", (player, { failed }) => seen.push(failed));
  room.on("picture", () => seen.push("run"));
  room.on("error", (error) => seen.push(error.code));
  const opening = (s, id) => ({ t: "do", s, ...AT, c: "roomcast:parcel", a: { id, c: "picture", a: [""], sizes: [[0, 4]], b: "AQID" } });
  tap.say(opening(6, 1), { t: "skipped", from: 7, to: 9, snapshot: { players: [{ id: "Alan", name: "Alan" }] } });
  assert.deepEqual(seen.splice(0), ["", "pieces of it were skipped", "incomplete"]);
  tap.say(opening(10, 2), { t: "leave", s: 11, ...AT });
  assert.deepEqual(seen, ["", "its sender left", "incomplete"]);
});

test("a Blob that cannot be read is told", async () => {
  const { room } = await enter();
  const errors = [];
  room.on("error", (error) => errors.push(error.sentence));
  const broken = new Blob(["x"]);
  broken.arrayBuffer = () => Promise.reject(new Error("the file has gone"));
  room.send("picture", broken);
  await until(() => errors.length > 0);
  assert.deepEqual(errors, ["picture was not sent: the file has gone"]);
});
