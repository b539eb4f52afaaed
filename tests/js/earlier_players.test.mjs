// Another player may have had our id before us: its entries, with its own numbers, are no messages of ours.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ClientCore } from "../../src/roomcast/js/client_core.js";

const LIMITS = { message_size: 65536, rate: 60, burst: 120, silent_for: 25 };
const WELCOME = { t: "welcome", me: "Ada", session: "s1", time: 0, limits: LIMITS };

function hear(client, ...messages) {
  client.receive(messages.map((message) => JSON.stringify(message)).join("\n"), 0);
}

function connect(client, fields) {
  client.connected();
  client.takeFrame(0);
  hear(client, { ...WELCOME, ...fields });
}

function comeBack(client, fields) {
  client.disconnected("the cable was cut", 0);
  connect(client, { resumed: true, ...fields });
}

/** Begins at entry 2 in a log that ends with our join at 9, and has written some messages. */
function begun(messages = 2) {
  const client = new ClientCore("dots", "Ada", () => 1, { fromBeginning: true });
  connect(client, { s: 2, snapshot: {}, upto: 9 });
  for (let count = 0; count < messages; count += 1) {
    client.do("move", "[]", null, 0);
  }
  client.takeFrame(0);
  return client;
}

const own = (s, n) => ({ t: "do", s, by: "Ada", at: 0, c: "move", n });
const others = (first, last) => Array.from({ length: last - first + 1 }, (_, place) => ({ ...own(first + place, 1), by: "Alan" }));

/** The messages of ours that were reported lost. */
function unanswered(client) {
  return client.events.splice(0).flatMap(({ t, code, n }) => (t === "error" && code === "unanswered" ? [n] : []));
}

test("who comes back before its join is read hears of what was refused", () => {
  const client = begun();
  hear(client, own(3, 1), { t: "set", s: 4, by: "Ada", at: 0, of: "me", p: {}, n: 2 });
  comeBack(client, { s: 10, n: 2 }); // both are refused, or in the last entry: what was said of that is lost
  hear(client, own(5, 1), own(6, 2), ...others(7, 9));
  assert.deepEqual([client.unacknowledged, unanswered(client)], [2, []]);
  hear(client, own(10, 1));
  assert.deepEqual([client.unacknowledged, unanswered(client)], [0, [2]]);
});

test("a page that is loaded again before its join was read hears of it too", () => {
  const kept = JSON.parse(JSON.stringify(begun().kept));
  const next = new ClientCore("dots", "Ada", () => 1, { kept, fromBeginning: true });
  connect(next, { s: 2, snapshot: {}, upto: 9, resumed: true, n: 2 });
  hear(next, own(3, 1), own(4, 2), ...others(5, 9));
  assert.deepEqual([next.unacknowledged, unanswered(next)], [0, [1, 2]]);
});

test("who skips to a world from before its join, and who has the world sent again, hears it too", () => {
  for (const again of [{ t: "skipped", from: 3, to: 5 }, { t: "begin", s: 5 }]) {
    const client = begun();
    hear(client, { ...again, snapshot: {}, n: 2, upto: 9, world: "{}" }, own(6, 1), own(7, 2), ...others(8, 9));
    assert.deepEqual([client.unacknowledged, unanswered(client)], [0, [1, 2]]);
  }
});

test("what comes after our join is ours, and so is what comes where a crash has undone entries", () => {
  const client = begun();
  hear(client, own(3, 1), ...others(4, 9), own(10, 1));
  assert.equal(client.unacknowledged, 1);
  comeBack(client, { s: 6, snapshot: {}, n: 1, epoch: 2, lost: 4 });
  client.takeFrame(0);
  hear(client, own(7, 2));
  assert.deepEqual([client.unacknowledged, unanswered(client)], [0, []]);
});

test("a trace of theirs is none of ours", () => {
  const client = begun(0);
  hear(client, { t: "report", every: 2 });
  client.do("move", "[]", null, 0);
  client.takeFrame(250);
  for (const s of [3, 4]) {
    hear(client, own(s, 1));
    if (client.isAskedAbout(client.log, own(s, 1))) {
      client.report(client.log, own(s, 1), 1.5);
    }
  }
  client.report(client.log, own(10, 1), 1.5);
  const [theirs, ours] = client.takeFrame(0).split("\n").map((line) => JSON.parse(line));
  assert.deepEqual([theirs, ours], [{ t: "done", s: 4, ran: 1.5 }, { t: "done", s: 10, ran: 1.5, sent: 250 }]);
});

test("of a log that is not followed any more nothing is reported", () => {
  const client = begun(0);
  const { log } = client;
  client.disconnected("the cable was cut", 0);
  connect(client, { s: 5, session: "s2", snapshot: {}, steps: true });
  assert.ok(!client.isAskedAbout(log, own(10, 1)));
  client.report(log, own(10, 1), 1.5);
  assert.equal(client.takeFrame(0), "");
});
