// Looking back in /watch, without a browser: the kept log, its states, and how one moves in it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { apply, restore } from "../../src/roomcast/js/fold.js";
import { KeptLog } from "../../src/roomcast/site/office/kept_log.js";
import { LookingBack } from "../../src/roomcast/site/office/looking_back.js";
import { ObservedRoom } from "../../src/roomcast/site/office/observed_room.js";
import { PastLines } from "../../src/roomcast/site/office/past_lines.js";

const AT = 1_700_000_000_000;

/** A log of so many entries in which players come, set, act and go; one entry every `gap` ms. */
function logOf(count, gap = 100) {
  const entries = [];
  for (let s = 1; s <= count; s += 1) {
    const by = `p${s % 5}`;
    const at = AT + s * gap;
    if (s <= 5) entries.push({ t: "join", s, by, at, name: by.toUpperCase() });
    else if (s % 11 === 0) entries.push({ t: "hidden", s, at });
    else if (s % 7 === 0) entries.push({ t: s % 2 ? "away" : "back", s, by, at });
    else if (s % 3 === 0) entries.push({ t: "set", s, by, at, of: s % 2 ? "me" : "room", p: { [`k${s % 40}`]: s, nested: { [s % 8]: s } } });
    else entries.push({ t: "do", s, by, at, c: "move", a: [s] });
  }
  return entries;
}

/** What a server does: pages of so many entries of a log; where the asker's last entry is not there, from the oldest on. */
class Server {
  constructor(entries, { first = 0, size = 120 } = {}) {
    Object.assign(this, { entries, first, size, last: entries.length });
  }

  answer(after, at) {
    const known = after > this.first && after <= this.last && this.entries[after - 1].at === at;
    const from = known ? after : this.first;
    const snapshot = known ? undefined : snapshotOf(stateAfter(this.entries, this.first), AT);
    return { t: "history", after: from, last: this.last, entries: this.entries.slice(from, Math.min(this.last, from + this.size)), snapshot };
  }
}

function stateAfter(entries, seq) {
  return entries.slice(0, seq).reduce(apply, restore({}));
}

const snapshotOf = (state, at) => structuredClone({ ...JSON.parse(plain(state)), at });

/** A state as text, to compare. */
function plain({ players, shared }) {
  const records = [...players.values()].map(({ id, name, here = true, state }) => ({ id, name, here, state: state.toJSON() }));
  return JSON.stringify({ players: records, state: shared.toJSON() });
}

function loaded(server) {
  const log = new KeptLog();
  do {
    const { after, at } = log.next;
    assert.notEqual(log.add(server.answer(after, at)), "nothing");
  } while (log.last < server.last);
  return log;
}

/** Somebody who looks back, and a server that answers when `deliver` is called. `seen`: what was shown. */
function looker(server) {
  const asked = [];
  const seen = [];
  const view = { jump: () => seen.push("jump"), pass: (entry) => seen.push(entry.s), change: () => {} };
  const looking = new LookingBack((after, at) => asked.push([after, at]), view);
  looking.connected(server.first, server.last);
  const deliver = (most = Infinity) => {
    for (let count = 0; count < most && asked.length > 0; count += 1) looking.receive(server.answer(...asked.shift()));
    assert.ok(asked.length <= 1, "one question at a time");
  };
  return { looking, asked, seen, deliver };
}

test("the state at each place is the fold of all before it, whatever way one came there", () => {
  const entries = logOf(1000);
  for (const first of [0, 333]) {
    const log = loaded(new Server(entries, { first }));
    assert.deepEqual([log.first, log.last], [first, 1000]);
    let place = 517;
    for (let step = 0; step < 400; step += 1) {
      place = (place * 7919 + 13) % (1000 - first); // hither and thither
      const seq = first + place;
      assert.equal(plain(log.stateAt(seq)), plain(stateAfter(entries, seq)), `at ${seq}`);
    }
    for (let seq = 1000; seq >= 900; seq -= 1) assert.equal(plain(log.stateAt(seq)), plain(stateAfter(entries, seq)));
    for (let seq = first; seq <= first + 100; seq += 1) assert.equal(plain(log.stateAt(seq)), plain(stateAfter(entries, seq)));
  }
});

test("small pages are joined, and a page that does not follow is left alone", () => {
  const server = new Server(logOf(300), { size: 1 });
  const log = loaded(server);
  assert.equal(log.add({ t: "history", after: 17, last: 300, entries: server.entries.slice(17, 20) }), "nothing");
  assert.equal(log.add({ t: "history", after: 300, last: 300 }), "nothing");
  assert.equal(log.entry(18).s, 18);
  assert.equal(log.timeAt(0), AT);
  assert.equal(log.timeAt(18), AT + 1800);
});

test("nothing is asked for until somebody looks back, and then once for each page", () => {
  const { looking, asked, seen, deliver } = looker(new Server(logOf(500)));
  looking.known(0, 500);
  assert.deepEqual(asked, []);
  assert.deepEqual([looking.first, looking.end, looking.live], [0, 500, true]);
  looking.goTo(300);
  looking.goTo(310);
  assert.deepEqual([asked.length, looking.isThere, looking.live], [1, false, false]);
  deliver(1);
  assert.equal(looking.isThere, false);
  deliver();
  assert.deepEqual([looking.isThere, looking.at, looking.entry.s, looking.loaded], [true, 310, 310, 1]);
  assert.deepEqual(seen, ["jump", "jump", "jump"]); // two by hand, one when it was there
  assert.deepEqual(asked, []);
});

test("one steps on and back, and beyond the newest it is live", () => {
  const { looking, seen, deliver } = looker(new Server(logOf(50)));
  looking.step(1);
  assert.equal(looking.live, true);
  looking.step(-1);
  deliver();
  assert.deepEqual([looking.live, looking.at], [false, 49]);
  looking.step(-1);
  looking.step(-1);
  assert.equal(looking.at, 47);
  seen.length = 0;
  looking.step(1);
  looking.step(1);
  looking.step(1);
  assert.deepEqual(seen, [48, 49, 50], "each entry happens, the newest, too");
  assert.equal(looking.live, true);
  looking.goTo(-5);
  assert.deepEqual([looking.at, looking.entry], [0, null]);
  looking.step(-1);
  assert.equal(looking.at, 0);
  looking.goTo(50);
  assert.equal(looking.live, true);
});

test("playing follows the room's time, at a speed, and cuts long silences", () => {
  const entries = logOf(40);
  entries.forEach((entry) => (entry.at += entry.s > 30 ? 3_600_000 : 0)); // an hour in which nothing happened
  const { looking, seen, deliver } = looker(new Server(entries));
  looking.goTo(10);
  deliver();
  looking.play();
  looking.tick(0.25);
  assert.equal(looking.at, 12);
  looking.speed = 10;
  looking.tick(0.1);
  assert.equal(looking.at, 22);
  looking.speed = 1;
  looking.tick(0.8);
  assert.equal(looking.at, 30);
  looking.tick(1.5);
  assert.equal(looking.at, 30, "a pause is a pause");
  looking.tick(0.55);
  assert.equal(looking.at, 31, "but not for an hour");
  looking.stop();
  looking.tick(5);
  assert.equal(looking.at, 31);
  looking.play();
  looking.tick(30);
  assert.deepEqual([looking.live, looking.playing], [true, false]);
  assert.deepEqual(seen.filter((one) => one !== "jump"), Array.from({ length: 30 }, (_, index) => 11 + index));
});

test("played from now, it begins with the first entry, at once", () => {
  const { looking, deliver } = looker(new Server(logOf(40)));
  looking.play();
  assert.deepEqual([looking.live, looking.playing, looking.at], [false, true, 0]);
  looking.tick(0.01); // nothing is there yet
  deliver();
  looking.tick(0.01);
  assert.equal(looking.at, 1);
});

test("now is where the newest entry is, as soon as it has come", () => {
  const server = new Server(logOf(52));
  const { looking, asked, deliver } = looker(server);
  looking.connected(0, 50);
  looking.happened(51);
  looking.happened(52);
  assert.deepEqual([looking.end, looking.live, asked.length], [52, true, 0]);
  looking.goTo(51);
  deliver();
  assert.deepEqual([looking.at, looking.isThere], [51, true]);
  looking.happened(53);
  assert.deepEqual([looking.end, asked.length], [52, 0], "that is asked for when the server counts it");
});

test("what comes while somebody looks back is asked for, and the place stays", () => {
  const server = new Server(logOf(100));
  const { looking, asked, deliver } = looker(server);
  looking.goTo(60);
  deliver();
  server.entries = logOf(130);
  server.last = 130;
  looking.known(0, 130);
  assert.deepEqual(asked, [[100, AT + 10_000]]);
  deliver();
  assert.deepEqual([looking.at, looking.end, looking.log.last], [60, 130, 130]);
  looking.goLive();
  looking.known(0, 140);
  assert.deepEqual(asked, []);
});

test("an answer that was lost with its connection is asked for again", () => {
  const server = new Server(logOf(300));
  const { looking, asked, deliver } = looker(server);
  looking.goTo(200);
  deliver(1);
  assert.equal(asked.length, 1);
  asked.length = 0; // lost
  looking.known(0, 300);
  assert.equal(asked.length, 0, "it may still come");
  looking.connected(0, 300);
  assert.deepEqual(asked, [[120, AT + 12_000]]);
  deliver();
  assert.equal(looking.isThere, true);
});

test("a room that began anew is shown from its new beginning; one that is closed stays to be looked at", () => {
  const server = new Server(logOf(300));
  const { looking, asked, deliver } = looker(server);
  looking.goTo(200);
  deliver();
  looking.connected(0, 0);
  assert.deepEqual([asked.length, looking.isThere, looking.at], [0, true, 200]);
  Object.assign(server, { entries: logOf(40, 55), last: 40 });
  looking.connected(0, 40);
  deliver();
  assert.deepEqual([looking.log.last, looking.end, looking.live], [40, 40, true], "it has no such place any more");
  looking.goTo(20);
  assert.equal(plain(looking.state), plain(stateAfter(server.entries, 20)));
});

test("an answer with nothing new in it is not asked for again and again", () => {
  const asked = [];
  const looking = new LookingBack((after, at) => asked.push([after, at]), { jump() {}, pass() {}, change() {} });
  looking.connected(0, 10);
  looking.goTo(5);
  looking.receive({ t: "history", after: 10, last: 10 });
  assert.equal(asked.length, 1);
  looking.known(0, 11);
  assert.equal(asked.length, 2);
});

test("a page keeps a part of a log without end", () => {
  const entries = Array.from({ length: 1500 * 101 }, (_, index) => ({ t: "do", s: index + 1, by: "p", at: AT + index, c: "x" }));
  const server = new Server(entries, { size: 101 });
  const { looking, deliver } = looker(server);
  const past = new PastLines(new ObservedRoom(), looking);
  const receive = looking.receive.bind(looking);
  looking.receive = (page) => receive(page) && past.add(page);
  looking.goTo(5);
  deliver();
  assert.equal(looking.log.last, entries.length);
  assert.ok(looking.log.last - looking.log.first <= 1200 * 101);
  assert.equal(past.lines.length, looking.log.last - looking.log.first);
  assert.equal(past.lineAt(entries.length).s, entries.length);
  assert.equal(past.lineAt(looking.log.first + 1).s, looking.log.first + 1);
});

test("lines of the past have the names that players had, and the traces that were seen", () => {
  const observed = new ObservedRoom();
  observed.begin({ t: "watching", room: "dots", s: 6, time: AT });
  const { looking, deliver } = looker(new Server(logOf(60)));
  const past = new PastLines(observed, looking);
  const receive = looking.receive.bind(looking);
  looking.receive = (page) => receive(page) && past.add(page);
  looking.goTo(8);
  deliver();
  assert.equal(past.shown, 8);
  assert.equal(past.lineAt(8).what, "move(8)");
  assert.equal(past.nameOf("p3"), "P3 (p3)");
  assert.equal(past.commands.get("move"), logOf(60).filter((entry) => entry.t === "do").length);
  assert.deepEqual([past.lineAt(0), past.lineAt(61)], [null, null]);
});
