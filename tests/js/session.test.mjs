// Resuming: what a session tells the server, why a loss is reported, and which messages count as settled.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Backoff, FIRST_WAIT, MAX_WAIT } from "../../src/roomcast/js/backoff.js";
import { ClientCore } from "../../src/roomcast/js/client_core.js";
import { Session } from "../../src/roomcast/js/session.js";
import { Settlement } from "../../src/roomcast/js/settlement.js";

const WELCOME = { t: "welcome", me: "Ada", session: "s1", s: 5, time: 0, limits: {}, snapshot: {} };
const KEPT = { session: "s0", epoch: 3, waiting: [], sent: 0 };

test("there is nothing to resume before the first welcome", () => {
  const session = new Session({});
  assert.equal(session.hello("dots", "Ada", 0, false, true).resume, undefined);
  assert.equal(session.welcomed(WELCOME, 0), "");
  assert.deepEqual(session.hello("dots", "Ada", 7, false, true).resume, { session: "s1", seen: 7, epoch: undefined, fresh: undefined, world: undefined });
});

test("an earlier page's session says that it knows nothing of the room, once", () => {
  const session = new Session({ kept: KEPT });
  assert.deepEqual(session.hello("dots", "Ada", 0, false, true).resume, { session: "s0", seen: 0, epoch: 3, fresh: true, world: undefined });
  assert.equal(session.welcomed({ ...WELCOME, session: "s0", resumed: true, epoch: 4 }, 0), "");
  assert.deepEqual(session.hello("dots", "Ada", 7, false, true).resume, { session: "s0", seen: 7, epoch: 4, fresh: undefined, world: undefined });
});

test("one who has begun with the world says whether it knows it still", () => {
  const session = new Session({});
  session.welcomed(WELCOME, 0);
  session.from = "world";
  const says = (again, knowsWorld) => session.hello("dots", "Ada", 7, again, knowsWorld).resume.world;
  assert.deepEqual([says(false, true), says(false, false), says(true, true)], [true, undefined, undefined]);
});

test("a forgotten session is a loss, but not for a page that knew nothing and has lost no message", () => {
  const known = new Session({});
  known.welcomed(WELCOME, 0);
  assert.match(known.welcomed({ ...WELCOME, session: "s2" }, 0), /no longer knows this session/);
  assert.equal(new Session({ kept: KEPT }).welcomed(WELCOME, 0), "");
  assert.match(new Session({ kept: KEPT }).welcomed(WELCOME, 1), /no longer knows this session/);
});

test("entries that a crash has undone are a loss, but not for a page that has not seen them", () => {
  const undone = { ...WELCOME, resumed: true, lost: 2 };
  const known = new Session({});
  known.welcomed(WELCOME, 0);
  assert.match(known.welcomed(undone, 0), /2 entries that were seen here are undone/);
  assert.equal(new Session({ kept: KEPT }).welcomed(undone, 0), "");
});

test("entries that a crash has undone are a loss for a page that waits for the world, too", () => {
  const client = new ClientCore("dots", "Ada", () => 1);
  const LIMITS = { message_size: 65536, rate: 60, burst: 120, silent_for: 25 };
  const welcome = (fields) => {
    client.connected();
    client.takeFrame(0);
    client.receive(JSON.stringify({ ...WELCOME, limits: LIMITS, ...fields }), 0);
    return client.events.splice(0).find(({ t }) => t === "joined");
  };
  welcome({});
  client.beginWithWorld();
  client.takeFrame(0);
  client.receive('{"t":"do","s":6,"by":"Ada","at":0,"c":"move","n":1}', 0);
  client.disconnected("the cable was cut", 0);
  const joined = welcome({ s: 0, upto: 5, resumed: true, epoch: 2, lost: 1 });
  assert.deepEqual([joined.again, joined.s, client.holding], [true, 0, false]);
  assert.match(joined.lost, /1 entries that were seen here are undone/);
});

test("messages that the server has had are settled when the log has come to where it was", () => {
  const settlement = new Settlement();
  assert.equal(settlement.reach(9), null);
  settlement.expect(10, 4);
  assert.deepEqual([9, 10, 11].map((seen) => settlement.reach(seen)), [null, 4, null]);
});

test("before that place, entries with later numbers are of an earlier session", () => {
  const settlement = new Settlement();
  settlement.expect(10, 4);
  assert.deepEqual([4, 5].map((n) => settlement.mayCome(n, 7)), [true, false]);
  settlement.reach(10);
  assert.ok(settlement.mayCome(5, 11));
});

test("up to where a session began, nothing is ours", () => {
  const settlement = new Settlement();
  settlement.expect(10, 4);
  settlement.begin(8);
  assert.equal(settlement.reach(10), null, "what was expected was of another session");
  const ours = (...seqs) => seqs.map((seq) => settlement.mayCome(1, seq));
  assert.deepEqual(ours(7, 8, 9), [false, false, true]);
  settlement.expect(12, 4);
  assert.deepEqual(ours(7, 8, 9), [false, false, true]);
  settlement.expect(6, 4); // a crash has undone the rest
  assert.deepEqual(ours(6, 7), [false, true]);
});

test("a skip settles what the server had had at its end, and what the welcome said, where it leads that far", () => {
  const settlement = new Settlement();
  assert.equal(settlement.skip(8, 2), 2);
  settlement.expect(10, 4);
  assert.equal(settlement.skip(8, 2), 2, "messages 3 and 4 may be in entries 9 and 10");
  assert.equal(settlement.reach(10), 4);
  settlement.expect(10, 4);
  assert.equal(settlement.skip(10, 2), 4);
  assert.equal(settlement.reach(11), null, "it is settled already");
  settlement.expect(10, 4);
  assert.equal(settlement.skip(12, 6), 6);
});

test("waits double up to the longest, with jitter, and begin again after a success", () => {
  const waits = (backoff, count) =>
    Array.from({ length: count }, () => {
      const now = backoff.retryAt;
      backoff.failed(now);
      return backoff.retryAt - now;
    });
  const longest = new Backoff(() => 1);
  assert.deepEqual(waits(longest, 3), [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]);
  assert.deepEqual(waits(longest, 20).slice(-2), [MAX_WAIT, MAX_WAIT]);
  longest.reset();
  assert.deepEqual(waits(longest, 1), [FIRST_WAIT]);
  assert.deepEqual(waits(new Backoff(() => 0), 2), [FIRST_WAIT / 2, FIRST_WAIT]);
});

test("a time that the server has named is waited for", () => {
  const backoff = new Backoff(() => 1);
  backoff.retryAt = 60_000;
  backoff.failed(1_000);
  assert.equal(backoff.retryAt, 60_000);
});
