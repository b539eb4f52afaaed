// The wire, by the golden vectors: what a server says is read, what we say is written letter by letter.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bytesFrom, toBase64 } from "../../src/roomcast/js/base64.js";
import { ClientCore } from "../../src/roomcast/js/client_core.js";
import { decode } from "../../src/roomcast/js/codec.js";
import { digest, sha256 } from "../../src/roomcast/js/digest.js";
import { BadArgument, ProtocolError } from "../../src/roomcast/js/errors.js";
import { say as observer } from "../../src/roomcast/site/office/observer_connection.js";
import { Incoming } from "../../src/roomcast/js/incoming_parcels.js";
import { Outgoing } from "../../src/roomcast/js/outgoing_parcel.js";
import { PendingAnswer } from "../../src/roomcast/js/pending_answer.js";
import { patched } from "../../src/roomcast/js/tree_patch.js";
import { load } from "./vectors.mjs";

// What a field is where it is left out; docs/protocol.md says so in words.
const DEFAULTS = {
  welcome: { snapshot: null, resumed: false, n: 0, epoch: 1, lost: 0, steps: false, room: "", code: "", near: [], ticket: "", upto: 0, world: "", before: 0 },
  do: { a: [], n: 0, to: null },
  set: { whole: false, n: 0 },
  join: { state: {}, seed: "", x: null },
  leave: { why: "left", x: null },
  away: { x: null },
  back: { x: null },
  turn: { x: {}, ok: [], re: [] },
  skipped: { n: 0, upto: 0, world: "" },
  begin: { n: 0, upto: 0, world: "" },
  save: { whole: false },
  hidden: { at: 0 },
  error: { n: 0 },
  bye: { again: null },
  watching: { players: [], admin: false, missed: 0, first: 0, replay: false },
  passage: { starter: false, frame: null, acted: null, to: [], silent: [], line: "", got: {}, ran: {} },
  counts: { unseen: 0, every: 1, observers: 1, first: 0, behind: 0 },
  history: { entries: [], snapshot: null },
};
const WELCOME = {
  t: "welcome", me: "Ada", session: "mZ3kQ7", s: 3, time: 0,
  limits: { message_size: 65536, rate: 60, burst: 120, silent_for: 25 }, snapshot: {},
};

for (const { name, text, fields } of load("server.json")) {
  test(`read: ${name}`, () => {
    const [message] = decode(text);
    assert.deepEqual({ ...DEFAULTS[message.t], ...message }, fields);
  });
}

for (const vector of load("lenient.json").filter((one) => one.from === "server")) {
  test(`read leniently: ${vector.name}`, () => {
    const [message] = decode(vector.text);
    const [same] = decode(vector["same as"]);
    assert.deepEqual({ ...message, ...same }, message);
  });
}

for (const { name, frame, lines } of load("frames.json")) {
  test(`frame: ${name}`, () => assert.deepEqual(decode(frame), lines.map((line) => JSON.parse(line))));
}

for (const { name, old, patch, ...vector } of load("tree_patches.json")) {
  test(`patched: ${name}`, () => {
    const before = structuredClone(old);
    assert.deepEqual(patched(old, patch), vector.new);
    assert.deepEqual(old, before, "a program may have read it");
  });
}

for (const [old, patch] of [[undefined, {}], [1, {}], [null, { x: 1 }], [[], { 0: 1 }], [[1], { 0: [] }], [[1], { x: 1 }],
  [[1], { "": [0, 2, []] }], [[1], { "": [-1, 1, []] }], [[1], { "": [0.5, 0, []] }], [[1], { "": [0, 0, {}] }], [[1], { "": 5 }], [[1], { "": null }]]) {
  test(`no patch of ${JSON.stringify(old)}: ${JSON.stringify(patch)}`, () => assert.throws(() => patched(old, patch), ProtocolError));
}

for (const frame of ["", " ", "nonsense", '{"t":"hidden","s":6', '{"t":"hidden","s":6}\nx']) {
  test(`no frame: ${JSON.stringify(frame)}`, () => assert.throws(() => decode(frame), ProtocolError));
}

/** A client that is in the room, with `n` messages behind it. */
function live(n, limits = WELCOME.limits) {
  const client = new ClientCore("dots", "Ada", () => 1);
  client.connected();
  client.takeFrame(0);
  client.receive(JSON.stringify({ ...WELCOME, limits, resumed: true, n }), 0);
  return client;
}

const SMALL = { ...WELCOME.limits, message_size: 336 }; // pieces of nine characters

/** We speak both versions of the protocol, and say so. The vectors of those who speak the first alone are otherwise the same. */
const inBoth = (text) => text.replace(/(\{"t":"(?:hello|watch)".*?)(,"v":\[1,2\])?(,"(?:resume|leaves|from|meet|credential)"|\})/, '$1,"v":[1,2]$3');

for (const { name, text, fields } of load("client.json")) {
  test(`written: ${name}`, () => {
    if (fields.t in observer) {
      const given = { watch: [fields.room, fields.token], history: [fields.after, fields.at], kick: [fields.who], close: [] };
      assert.equal(observer[fields.t](...given[fields.t]), inBoth(text));
      return;
    }
    const client = fields.t === "hello" ? greeting(fields) : live((fields.n ?? 1) - 1, fields.x ? SMALL : undefined);
    say(client, fields);
    // The hash in a vector is none of a text; it is as long as it is.
    assert.equal(client.takeFrame(1.5).replace(/"d":"[0-9a-f]{64}"/, '"d":"9b4d"'), inBoth(text));
  });
}

function greeting({ room, name, resume, leaves, from, meet, credential }) {
  const { session, seen = 0, epoch = 1, fresh, world } = resume ?? {};
  const kept = fresh ? { session, epoch, waiting: [], sent: 0 } : null;
  const client = new ClientCore(room, name, () => 1, { kept, leaves, meet, credential: credential ?? undefined, fromBeginning: from === "beginning" });
  if (from === "world") {
    client.beginWithWorld();
  }
  if (session && !fresh) {
    client.connected();
    client.receive(JSON.stringify({ ...WELCOME, session, s: seen, epoch, world: world ? '{"world":1}' : undefined }), 0);
  }
  return client;
}

function say(client, { t, c, a, to, of, p, whole, op, was, s, d, ran, sent, at, every, from, x }) {
  if (t === "hello") {
    client.connected();
  } else if (t === "do") {
    client.do(c, JSON.stringify(a), to, 0);
  } else if (t === "ask") {
    client.ask(c, JSON.stringify(a), new PendingAnswer());
  } else if (t === "set") {
    client.set(of, JSON.stringify(p), { whole, op, was: op === "swap" ? JSON.stringify(was) : "" });
  } else if (t === "check") {
    client.check(s, d);
  } else if (t === "ping") {
    client.ping();
  } else if (t === "begin") {
    client.beginWithWorld();
  } else if (t === "world") {
    client.saveWorld(client.log, { s, at, most: 1000, whole: x !== "" }, `${x}{}}`);
  } else if (t === "wake") {
    client.askForTime({ at: 1, every: 1, start: 1 }, 0);
    client.askForTime({ at, every, start: from }, 0);
  } else if (sent === null) {
    client.report(client.log, { t: "do", s, by: "Alan", at: 0, c: "move" }, ran);
  } else {
    client.receive('{"t":"report","every":1}', 0);
    const n = client.do("move", "[]", null, 0);
    client.takeFrame(sent);
    client.report(client.log, { t: "do", s, by: "Ada", at: 0, c: "move", n }, ran);
  }
}

test("reports are asked for and called off in the midst of things", () => {
  const client = live(0);
  const entry = (s, n) => ({ t: "do", s, by: "Ada", at: 0, c: "move", n });
  const { log } = client;
  assert.ok(!client.isAskedAbout(log, entry(6, 0)));
  client.receive('{"t":"report","every":3}', 0);
  const numbers = [1, 2, 3].map(() => client.do("move", "[]", null, 0));
  client.takeFrame(250);
  assert.ok(client.isAskedAbout(log, entry(6, numbers[0])));
  assert.ok(!client.isAskedAbout(log, entry(7, numbers[1])));
  client.report(log, entry(6, numbers[0]), 1.5);
  assert.equal(client.takeFrame(0), '{"t":"done","s":6,"ran":1.5,"sent":250}');
  client.receive('{"t":"report","every":0}', 0);
  assert.ok(!client.isAskedAbout(log, entry(9, numbers[2])));
  client.receive('{"t":"report","every":3}', 0);
  client.disconnected("gone", 0);
  assert.ok(!client.isAskedAbout(log, entry(9, 0)), "who asked is gone");
});

// ---------------------------------------------------------------------- calls with bytes

for (const vector of load("parcels.json").cut) {
  test(`cut: ${vector.name}`, () => {
    const { id, command, args, blobs, message_size, to } = vector;
    const audience = to ? `,"to":${JSON.stringify(to)}` : "";
    const read = blobs.map(([place, text]) => [place, bytesFrom(text)]);
    const parcel = new Outgoing(id, command, JSON.stringify(args), read, audience);
    const pieces = [];
    while (!parcel.done) {
      pieces.push(parcel.take(message_size));
    }
    assert.deepEqual(pieces, vector.pieces.map((a) => `,"c":"roomcast:parcel","a":${a}${audience}}`));
    assert.ok(pieces.every((piece) => piece.length + 32 <= message_size));
  });
}

for (const { name, steps } of load("parcels.json").joined) {
  test(`joined: ${name}`, () => {
    const incoming = new Incoming();
    for (const step of steps) {
      const found = step.by ? [incoming.take(step)] : step.leave ? incoming.leave(step.leave) : incoming.skip();
      const told = found.filter((one) => one !== null).flatMap(shown);
      assert.deepEqual(told, step.tells.map(ready), JSON.stringify(step));
    }
  });
}

/** What was found, in the words of the vectors. */
function shown({ progress, run, by, code, message }) {
  if (code) {
    assert.match(message, new RegExp(`^from ${by}: .*${progress?.failed ?? ""}`));
    return [{ dropped: [by, code, progress?.id ?? 0] }];
  }
  const { id, command, done, size, failed } = progress;
  assert.equal(failed, "");
  return [{ progress: [id, command, done, size] }, ...(run ? [{ run: [command, run] }] : [])];
}

/** A vector has the arguments and the bytes apart; we put them together. */
function ready(tells) {
  if (!tells.run) {
    return tells;
  }
  const [command, args, blobs] = tells.run;
  const run = structuredClone(args);
  for (const [place, text] of blobs) {
    run[place] = bytesFrom(text);
  }
  return { run: [command, run] };
}

test("bytes of a place that is not there are refused", () => {
  for (const place of [1, "x", "length", "0"]) {
    const found = new Incoming().take({ by: "Ada", a: { id: 1, c: "x", a: [""], sizes: [[place, 0]] } });
    assert.equal(found.code, "bad-argument");
  }
});

test("more than a call may carry is refused where it is called", () => {
  const data = new Uint8Array(16 * 2 ** 20 + 1);
  assert.throws(() => new Outgoing(1, "act", '[""]', [[0, data]], ""), /act: 16777217 bytes in one call/);
});

test("base64 is read as strictly as elsewhere", () => {
  for (const text of ["!", "eA", "eA=", "e A=", " eA==", "eA==\n", "eA==eA==", 5, null, "eÄ=="]) {
    assert.throws(() => bytesFrom(text), BadArgument);
  }
  const all = Uint8Array.from({ length: 70_000 }, (_, i) => i * 7);
  assert.deepEqual(bytesFrom(toBase64(all)), all);
  assert.equal(toBase64(all), Buffer.from(all).toString("base64"));
});

// ---------------------------------------------------------------------- hashes of a program's state

for (const vector of load("digests.json")) {
  test(`digest: ${vector.name}`, () => {
    assert.equal(digest(vector.value), vector.digest);
  });
}

test("SHA-256 is that of the standard, whatever the length", async () => {
  for (let length = 0; length < 200; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 31);
    const right = Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
    assert.equal(sha256(bytes), right);
  }
});
