// After a reload the same player: what is kept, when, and what a copy of the storage may not do.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { join } from "../../src/roomcast/js/roomcast.js";
import { Tap, settle, until } from "./tap.mjs";

/** What sessionStorage does, as far as we use it. */
class Storage extends Map {
  getItem = (key) => this.get(key) ?? null;
  setItem = (key, value) => this.set(key, String(value));
  removeItem = (key) => this.delete(key);
}

/** A server that knows the session that it gave. */
class Server extends Tap {
  greet = (hello) =>
    Tap.welcome(this, hello, hello.resume?.session === "s1" ? { resumed: true, n: Server.had } : {});
  static had = 0;
}

function enter(keep, options = {}) {
  return join("server:1/dots", { name: "Ada", keep, WebSocket: Server, ...options });
}

/** As much of a page as the client looks at. */
function openPage() {
  globalThis.document = Object.assign(new EventTarget(), { hidden: false });
  globalThis.window = new EventTarget();
}

function closePage(persisted = false) {
  window.dispatchEvent(Object.assign(new Event("pagehide"), { persisted }));
}

function show(hidden) {
  document.hidden = hidden;
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  Server.had = 0;
});
afterEach(() => {
  Tap.all.splice(0).forEach((tap) => tap.say({ t: "bye", code: "left", message: "the test is over" }));
  delete globalThis.document;
  delete globalThis.window;
});

test("a page that is loaded again comes back as the same player, and starts from a snapshot", async () => {
  const keep = new Storage();
  openPage();
  await enter(keep);
  closePage();
  assert.equal(Tap.last.closed, null, "it does not say goodbye");
  openPage();
  const room = await enter(keep);
  assert.deepEqual(Tap.last.written[0].resume, { session: "s1", seen: 0, fresh: true });
  assert.deepEqual([room.me.id, room.seq, room.players.size], ["Ada", 5, 2]);
});

test("what was not acknowledged goes out again after a reload, and only that", async () => {
  const keep = new Storage();
  openPage();
  const before = await enter(keep);
  before.send("had");
  before.send("not_had");
  before.send("refused");
  await settle();
  Tap.last.say({ t: "error", code: "bad-argument", message: "no", n: 3 });
  closePage();
  openPage();
  Server.had = 1;
  const errors = [];
  const room = await enter(keep);
  room.on("error", (error) => errors.push([error.code, error.n]));
  await until(() => Tap.last.written.length === 2 && errors.length > 0);
  assert.deepEqual(Tap.last.written[1], { t: "do", n: 2, c: "not_had" });
  assert.deepEqual(errors, [["unanswered", 1]]);
  room.send("next");
  await settle();
  assert.equal(Tap.last.written.at(-1).n, 3);
});

test("a tab that is duplicated while the page is there is a player of its own", async () => {
  const keep = new Storage();
  openPage();
  const first = await enter(keep);
  first.send("wave");
  await settle();
  const copy = new Storage(keep);
  await enter(copy);
  assert.equal(Tap.last.written[0].resume, undefined);
});

test("a page that is hidden may be gone at any moment: then all is kept, until it is seen again", async () => {
  const keep = new Storage();
  openPage();
  const room = await enter(keep);
  assert.equal(keep.size, 0);
  show(true);
  assert.equal(JSON.parse([...keep.values()][0]).kept.waiting.length, 0);
  room.send("wave");
  await settle();
  assert.equal(JSON.parse([...keep.values()][0]).kept.waiting.length, 1);
  show(false);
  assert.equal(keep.size, 0);
});

test("who comes back under another name, or into another room, is new", async () => {
  const keep = new Storage();
  openPage();
  await enter(keep);
  closePage();
  openPage();
  await enter(keep, { name: "Eve" });
  assert.equal(Tap.last.written[0].resume, undefined);
  closePage();
  openPage();
  await join("server:1/chat", { name: "Eve", keep, WebSocket: Server });
  assert.equal(Tap.last.written[0].resume, undefined);
});

test("who left for good, or was sent away, has nothing to come back to", async () => {
  const keep = new Storage();
  openPage();
  const room = await enter(keep);
  await room.leave();
  closePage();
  assert.equal(keep.size, 0);
  await enter(keep);
  Tap.last.say({ t: "bye", code: "replaced", message: "elsewhere" });
  closePage();
  assert.equal(keep.size, 0);
});

test("a page that keeps nothing says goodbye when it goes, and joins anew where it comes back", async () => {
  openPage();
  const room = await enter(undefined);
  const lost = [];
  room.on("lost", (why) => lost.push(why));
  const first = Tap.last;
  closePage(true);
  assert.equal(first.closed, 1000);
  assert.equal(room.closed, false);
  window.dispatchEvent(new Event("online"));
  assert.equal(Tap.last, first, "while it is in the cache, it does not connect");
  window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  await until(() => Tap.last !== first && lost.length > 0);
  assert.equal(Tap.last.written[0].resume, undefined);
  assert.match(lost[0], /is a new player now that it is back/);
  closePage();
  assert.equal(Tap.last.closed, 1000);
  assert.equal(room.closed, true);
});

test("a page that keeps its session is away while it is in the back/forward cache", async () => {
  const keep = new Storage();
  openPage();
  await enter(keep);
  const first = Tap.last;
  closePage(true);
  assert.equal(first.closed, 4000, "no goodbye");
  assert.equal(keep.size, 1, "the page that follows in this tab may take it");
  window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  await until(() => Tap.last !== first && Tap.last.written.length > 0);
  assert.equal(Tap.last.written[0].resume.session, "s1");
  await until(() => keep.size === 0);
});

test("a session is taken when the server has let us in, not before", async () => {
  const keep = new Storage();
  openPage();
  await enter(keep);
  await settle();
  closePage();
  class Silent extends Server {
    greet = () => {};
  }
  openPage();
  const hopeless = enter(keep, { WebSocket: Silent, timeout: 20 });
  await settle();
  assert.equal(keep.size, 1, "it is there for the next reload");
  await assert.rejects(hopeless, /does not answer/);
  await enter(keep);
  assert.equal(Tap.last.written[0].resume.session, "s1");
});

test("a session that the server refuses for good is forgotten", async () => {
  const keep = new Storage();
  openPage();
  await enter(keep);
  await settle();
  closePage();
  class Refusing extends Server {
    greet = () => this.say({ t: "bye", code: "kicked", message: "sent out" });
  }
  openPage();
  await assert.rejects(enter(keep, { WebSocket: Refusing }), /sent out/);
  assert.equal(keep.size, 0);
});

test("who leaves while the page goes is gone at once", async () => {
  const keep = new Storage();
  openPage();
  const room = await enter(keep);
  room.send("wave"); // does not come back
  const left = room.leave();
  closePage();
  assert.equal(Tap.last.closed, 1000);
  assert.equal(keep.size, 0);
  await left;
});

test("who leaves and joins again in a moment goes on as the same player", async () => {
  const keep = new Storage();
  openPage();
  const room = await enter(keep);
  const first = Tap.last;
  room.leave();
  const again = await enter(keep);
  assert.equal(first.closed, 4000, "no goodbye");
  assert.equal(Tap.last.written[0].resume.session, "s1");
  assert.deepEqual([room.closed, again.closed], [true, false]);
  assert.throws(() => room.send("wave"), /this program left the room/);
  await again.leave();
  assert.equal(Tap.last.closed, 1000);
  await enter(keep);
  assert.equal(Tap.last.written[0].resume, undefined);
});

test("who joins again while what it sent has not come back waits for it, and goes on as the same player", async () => {
  const keep = new Storage();
  openPage();
  const room = await enter(keep);
  const first = Tap.last;
  room.send("wave");
  room.leave();
  const again = enter(keep);
  await settle(150); // longer than the moment in which a `join` has to come
  assert.deepEqual([first.closed, Tap.all.length], [null, 1]);
  first.say({ t: "do", s: 6, by: "Ada", at: 0, c: "wave", n: 1 });
  assert.equal((await again).closed, false);
  assert.equal(Tap.last.written[0].resume.session, "s1");
});

test("a page that stands still for a while has not joined too late", async () => {
  const keep = new Storage();
  openPage();
  const room = await enter(keep);
  const left = room.leave();
  const again = new Promise((resolve) => setTimeout(() => resolve(enter(keep)), 10));
  for (const until = performance.now() + 100; performance.now() < until; );
  await again;
  await left;
  assert.equal(Tap.last.written[0].resume?.session, "s1");
});

const HALF = { session: "s", epoch: 1, sent: 0, waiting: [] };
const HALVES = [{ ...HALF, waiting: [5] }, { ...HALF, waiting: [[1, 2, 3]] }, { ...HALF, sent: 2 }, { ...HALF, epoch: "x" }];
for (const text of [...HALVES.map((kept) => JSON.stringify({ name: "Ada", kept })), "", "nonsense", "{}", "null", "5", '{"name":"Ada","kept":{"session":5}}', '{"name":"Ada","kept":null}']) {
  test(`what somebody else has put into the storage does no harm: ${text}`, async () => {
    const keep = { getItem: () => text, setItem: () => {}, removeItem: () => {} };
    const room = await enter(keep);
    assert.equal(Tap.last.written[0].resume, undefined);
    assert.equal(room.me.id, "Ada");
  });
}

test("a storage that is full or forbidden does no harm", async () => {
  const forbidden = () => {
    throw new Error("forbidden");
  };
  const room = await enter({ getItem: forbidden, setItem: forbidden, removeItem: forbidden });
  room.send("wave");
  await settle();
  assert.equal(Tap.last.written.length, 2);
});

test("without a page, a program keeps all the time", async () => {
  const keep = new Storage();
  const room = await enter(keep);
  room.send("wave");
  await settle();
  assert.equal(JSON.parse([...keep.values()][0]).kept.waiting.length, 1);
  Tap.last.say({ t: "do", s: 6, by: "Ada", at: 0, c: "wave", n: 1 });
  assert.equal(JSON.parse([...keep.values()][0]).kept.waiting.length, 0);
});

test("the network goes and comes: the connection is dropped at once, and tried again at once", async () => {
  openPage();
  await enter(undefined);
  const first = Tap.last;
  window.dispatchEvent(new Event("offline"));
  assert.equal(first.closed, 4000, "no goodbye");
  window.dispatchEvent(new Event("online"));
  assert.notEqual(Tap.last, first);
  await settle();
  assert.equal(Tap.last.written[0].resume.session, "s1");
});

test("a page that is seen again asks whether the server is still there", async () => {
  openPage();
  await enter(undefined);
  show(true);
  show(false);
  await settle();
  assert.deepEqual(Tap.last.written.at(-1), { t: "ping" });
});
