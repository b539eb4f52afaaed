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

test("a page that keeps nothing says goodbye when it goes, but not when it may come back", async () => {
  openPage();
  await enter(undefined);
  closePage(true);
  assert.equal(Tap.last.closed, null);
  closePage();
  assert.equal(Tap.last.closed, 1000);
});

for (const text of ["", "nonsense", "{}", "null", "5", '{"name":"Ada","kept":{"session":5}}', '{"name":"Ada","kept":null}']) {
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
