// What is outdated is not sent: `latest` and `ttl`, while the connection is lost, after a resume, and after a reload.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { ClientCore } from "../../src/roomcast/js/client_core.js";
import { endAll, enter } from "./room.mjs";

afterEach(endAll);

const LIMITS = { message_size: 65536, rate: 60, burst: 120, silent_for: 25 };
const WELCOME = { t: "welcome", me: "Ada", session: "s1", s: 5, time: 0, limits: LIMITS };
const LATEST = { latest: true, ttl: Infinity };
const SOON = { latest: false, ttl: 500 };

/** A client on a connection; `n`: the highest number that the server has had. */
function welcome(client, n, fields = { resumed: true }) {
  client.connected();
  client.takeFrame(0);
  client.receive(JSON.stringify({ ...WELCOME, n, ...fields }), 0);
  client.events = [];
  return client;
}

function live(kept = null, origin = 0) {
  return welcome(new ClientCore("dots", "Ada", () => 1, { kept, origin }), 0, kept ? { resumed: true } : {});
}

/** What it writes: the number and the name of each command. */
function written(client, now = 0) {
  const lines = [];
  for (let frame = client.takeFrame(now); frame; frame = client.takeFrame(now)) {
    lines.push(...frame.split("\n").map((line) => JSON.parse(line)));
  }
  return lines.map(({ n, c }) => `${n} ${c}`);
}

test("of one name and the same receivers, the newest goes, at the end of what waits", () => {
  const client = live();
  client.do("aim", "[1]", null, 0, LATEST);
  client.do("shot", "[]", null, 0);
  client.do("aim", "[2]", ["Alan"], 0, LATEST);
  client.do("aim", "[3]", null, 0, LATEST);
  client.do("aim", "[4]", null, 0);
  assert.equal(client.outdated, 1);
  assert.equal(client.unacknowledged, 4);
  assert.deepEqual(written(client), ["1 shot", "2 aim", "3 aim", "4 aim"]);
});

test("what is too old when it would be written is dropped", () => {
  const client = live();
  client.do("shout", "[]", null, 0, SOON);
  client.do("shot", "[]", null, 0);
  client.do("shout", "[]", null, 400, SOON);
  assert.deepEqual(written(client, 600), ["1 shot", "2 shout"]);
  assert.equal(client.outdated, 1);
});

test("what a lost connection has not brought to the server is outdated too", () => {
  const client = live();
  for (let now = 0; now < 40; now += 1) {
    client.do("aim", "[]", null, now, LATEST);
    client.do("shout", "[]", null, now, SOON);
    client.do("shot", "[]", null, now);
    written(client, now);
  }
  client.disconnected("the cable was cut", 4000);
  client.do("aim", "[]", null, 4000, LATEST);
  welcome(client, 6); // it has had two of each
  const shots = Array.from({ length: 38 }, (_, place) => `${7 + place} shot`);
  assert.deepEqual(written(client, 4000), [...shots, "45 aim"]);
  assert.equal(client.outdated, 38 + 38);
});

test("a page that is loaded again sends the newest alone, and nothing that is too old", () => {
  const client = live(null, 1_000_000);
  client.do("aim", "[]", null, 0, LATEST);
  client.do("shout", "[]", null, 0, SOON);
  client.do("shout", "[]", null, 0, { latest: false, ttl: 60_000 });
  written(client);
  client.disconnected("the page goes", 10);
  client.do("aim", "[]", null, 20, LATEST);
  client.do("shot", "[]", null, 20);
  const kept = JSON.parse(JSON.stringify(client.kept));

  const next = live(kept, 1_002_000);
  assert.deepEqual(written(next, 0), ["1 shout", "2 aim", "3 shot"]);
  assert.equal(next.outdated, 2);
});

test("what a newer one has replaced does not go again when that is too old, nor after a reload", () => {
  for (const ttl of [Infinity, 60_000]) {
    const client = live();
    client.do("aim", "[]", null, 0, { latest: true, ttl });
    client.do("aim", "[]", ["Alan"], 0, { latest: true, ttl });
    written(client);
    client.do("aim", "[]", null, 0, { latest: true, ttl: 500 });
    client.disconnected("the cable was cut", 10);
    client.takeFrame(1_000);
    const kept = JSON.parse(JSON.stringify(client.kept));
    for (const next of [welcome(client, 0), live(kept)]) {
      assert.deepEqual(written(next, 1_000), ["1 aim"]);
      assert.equal(JSON.parse(JSON.stringify(next.kept)).waiting.length, 1);
    }
    assert.equal(client.outdated, 2);
  }
});

test("a program says it in the place of the name", async () => {
  const { room, tap } = await enter();
  const seen = [];
  const aim = room.everywhere({ name: "aim", latest: true }, (player, x) => seen.push(x));
  aim(1);
  aim(2);
  room.send({ name: "shout", ttl: 0.5 }, "here");
  room.send({ name: "aim", latest: true, to: room.me }, 3);
  await Promise.resolve();
  assert.deepEqual(
    tap.written.filter(({ t }) => t === "do").map(({ n, c, a }) => [n, c, a[0]]),
    [[1, "aim", 2], [2, "shout", "here"], [3, "aim", 3]],
  );
  assert.equal(room.outdated, 1);
});

test("what nobody can mean is refused", async () => {
  const { room } = await enter();
  assert.throws(() => room.send({ name: "aim", latest: "yes" }, 1), /latest: yes: it is true or false/);
  for (const ttl of [0, -1, NaN, "5", null]) {
    assert.throws(() => room.send({ name: "aim", ttl }, 1), /ttl: .*: it is how many seconds/);
  }
  assert.throws(() => room.send({ name: "aim", latest: true }, new Uint8Array(3)), /leave out latest and ttl/);
  assert.throws(() => room.everywhere({ name: "aim", to: room.me }, () => {}), /is for everyone/);
  assert.throws(() => room.everywhere({ name: "aim", newest: true }, () => {}), /misspelt/);
  assert.equal(room.unacknowledged, 0);
});
