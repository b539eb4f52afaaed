// The post office's parts that need no browser: a message's bytes, and letters on their way.

import assert from "node:assert/strict";
import { test } from "node:test";

import { frameHeader, hexRows, partsOfJson, partsOfLine } from "../../src/roomcast/site/office/message_bytes.js";
import { ObservedRoom } from "../../src/roomcast/site/office/observed_room.js";
import { Letter, Mail, lasts } from "../../src/roomcast/site/office/letters.js";
import { plan } from "../../src/roomcast/site/office/town.js";
import { call, callOf, duration, facts, isTraced, untraced, wholeWay } from "../../src/roomcast/site/office/words.js";
import { load } from "./vectors.mjs";

// ---------------------------------------------------------------------- bytes

const joined = (parts) => parts.map(({ text }) => text).join("");
const hex = (parts) => hexRows(parts, 16).flatMap(({ cells }) => cells.map((cell) => cell.hex)).join("");

for (const { name, text, fields } of [...load("client.json"), ...load("server.json")]) {
  test(`parts: ${name}`, () => {
    const parts = partsOfJson(text);
    assert.equal(joined(parts), text, "nothing is lost");
    assert.equal(hex(parts), Buffer.from(text).toString("hex"));
    const written = Object.keys(JSON.parse(text));
    assert.deepEqual(parts.map((part) => part.name).filter((part) => part), written);
    for (const part of parts.filter((one) => one.name)) {
      assert.deepEqual(JSON.parse(`{${part.text}}`)[part.name], JSON.parse(text)[part.name]);
    }
    assert.ok(fields.t);
  });
}

test("parts of a text that was cut are as much as is there", () => {
  const whole = '{"t":"do","c":"say","a":["é\\"{[",{"k":[1,2]}],"n":1}';
  for (let length = 0; length <= whole.length; length += 1) {
    assert.equal(joined(partsOfJson(whole.slice(0, length))), whole.slice(0, length));
  }
});

test("parts of a starter client's line", () => {
  const parts = partsOfLine("move Ada  5 0\n", ["c", "by"]);
  assert.equal(joined(parts), "move Ada  5 0\n");
  assert.deepEqual(parts.map(({ name }) => name), ["c", "", "by", "", "a", "", "a", "end"]);
});

for (const [size, bytes] of [[0, "8100"], [125, "817d"], [126, "817e007e"], [65535, "817effff"], [65536, "817f0000000000010000"]]) {
  test(`the header of a frame of ${size} bytes`, () => assert.equal(Buffer.from(frameHeader(size).bytes).toString("hex"), bytes));
}

// ---------------------------------------------------------------------- words

test("of an entry without a trace, only what the entry says is told", () => {
  const letter = untraced({ t: "do", s: 7, by: "Ada", at: 1_700_000_000_000, c: "move", a: [5, 0] }, ["Ada", "Alan"]);
  assert.equal(isTraced(letter), false);
  assert.equal(isTraced(PASSAGE), true);
  assert.equal(callOf(letter), "move(5, 0)");
  assert.deepEqual(facts(letter, (id) => id), ["Ada: move(5, 0)", "not traced", "№ 7", "to 2 houses", "not traced", "not traced"]);
  assert.equal(facts({ ...letter, to: [] }, (id) => id)[3], "nobody was there");
});

test("a call is written as in a program", () => {
  assert.equal(call("move", [5, "a"]), 'move(5, "a")');
  assert.equal(call("move", { dx: 5 }), "move(dx=5)");
  assert.ok(call("say", ["x".repeat(100)]).endsWith("…)"));
});

test("durations are written as people read them", () => {
  const written = [0, 0.004, 0.5, 12.34, 250, 1500].map(duration);
  assert.deepEqual(written, ["1 µs", "4 µs", "0.50 ms", "12.3 ms", "250 ms", "1.5 s"]);
});

const PASSAGE = {
  t: "passage", s: 12, by: "Ada", at: 0, c: "move", came: "", size: 37, went: '{"a":[5,0]}', length: 74, waited: 0.5,
  acted: 0.25, to: ["Ada", "Alan", "Joan", "Eve"], silent: ["Joan"], got: { Ada: 0.75, Alan: 1.5 }, ran: { Ada: 0.125, Alan: 0.25 },
};

test("what is known of the six steps, and what is not", () => {
  assert.deepEqual(facts(PASSAGE, (id) => id), [
    "Ada: move(5, 0)",
    "0.25 ms later",
    "№ 12, from 37 bytes",
    "0.50 ms later, 74 bytes to 4 houses",
    "Ada +0.75 ms, Alan +1.5 ms; Joan cannot say; Eve did not report in time",
    "Ada +0.13 ms, Alan +0.25 ms; Joan cannot say; Eve did not report in time",
  ]);
  assert.equal(wholeWay(PASSAGE), 0.25 + 0.5 + 1.5 + 0.25);
  const alone = facts({ ...PASSAGE, starter: true, acted: undefined, to: [], silent: [], got: {}, ran: {} }, (id) => id);
  assert.deepEqual(alone.slice(1, 2), ["when, a starter client does not say"]);
  assert.deepEqual(alone.slice(3), ["nobody else is there", "nobody else is there", "nobody else is there"]);
});

// ---------------------------------------------------------------------- what is known of the room

test("entries are kept to a number, the newest", () => {
  const observed = new ObservedRoom();
  for (let s = 1; s <= 10_000; s += 1) observed.enter({ t: "do", s, by: "Ada", at: 0, c: "move", a: [s] });
  assert.ok(observed.lines.length <= 2200);
  assert.equal(observed.lines.at(-1).what, "move(10000)");
  observed.follow({ ...PASSAGE, s: 10_000 });
  assert.equal(observed.lines.at(-1).passage.s, 10_000, "its line is still known");
  observed.follow({ ...PASSAGE, s: 1 });
  assert.equal(observed.lines.at(-1).s, 1, "that of one that is no longer known comes anew");
});

test("what rules did is said, and whom they sent out is gone", () => {
  const observed = new ObservedRoom();
  observed.begin({ t: "watching", room: "dots", s: 0, time: 0, players: [{ id: "Ada", name: "Ada" }, { id: "Alan", name: "Alan T." }] });
  const turn = { t: "turn", by: "", at: 0 };
  assert.equal(observed.enter({ ...turn, s: 1, x: { p: { turn: "X" }, m: { Alan: { wins: 1 } }, e: [["chime", [3], "Ada"], ["over"]] } }), false);
  assert.equal(observed.enter({ ...turn, s: 2 }), false);
  assert.equal(observed.enter({ ...turn, s: 3, x: { k: [["Ada", "kicked"]] } }), true);
  observed.enter({ t: "join", s: 4, by: "Eve", at: 0, name: "Eve", x: { m: { Eve: { wins: 0 } } } });
  observed.enter({ t: "away", s: 5, by: "Eve", at: 0 });
  assert.deepEqual(observed.lines.map(({ kind, what }) => [kind, what]), [
    ["turn", 'the rules: the room’s state changes: {"turn":"X"}; Alan T. (Alan)’s state changes: {"wins":1}; chime(3) by Ada; over()'],
    ["turn", "the rules: something that is not for everyone"],
    ["turn", "the rules: Ada is sent out"],
    ["presence", 'comes in; the rules: Eve’s state changes: {"wins":0}'],
    ["presence", "is away: the connection is lost"],
  ]);
  assert.deepEqual([...observed.residents.keys()], ["Alan", "Eve"]);
});

test("a patch says what it sets, and one that changes nothing says so", () => {
  const observed = new ObservedRoom();
  const set = { t: "set", by: "Ada", at: 0, whole: true };
  observed.enter({ ...set, s: 1, of: "room", p: { coin: "Ada" } });
  observed.enter({ ...set, s: 2, of: "room", p: {} });
  assert.deepEqual(observed.lines.map((line) => line.what), ['sets the room’s state: {"coin":"Ada"}', "leaves the room’s state as it is"]);
});

test("players of one name are told apart, and those who left are still called by theirs", () => {
  const observed = new ObservedRoom();
  observed.begin({ t: "watching", room: "dots", s: 2, time: 0, players: [{ id: "Ada_L", name: "Ada L" }] });
  observed.enter({ t: "join", s: 3, by: "Ada_L2", at: 0, name: "Ada L" });
  assert.equal(observed.nameOf("Ada_L"), "Ada L");
  assert.equal(observed.nameOf("Ada_L2"), "Ada L (Ada_L2)");
  assert.ok(observed.enter({ t: "leave", s: 4, by: "Ada_L2", at: 0, why: "kicked" }));
  assert.equal(observed.residents.size, 1);
  assert.equal(observed.lines.at(-1).what, "leaves: sent out by whoever runs the server");
  assert.equal(observed.nameOf("Ada_L2"), "Ada L (Ada_L2)");
});

test("who does not report is known as a starter client, once", () => {
  const observed = new ObservedRoom();
  observed.begin({ t: "watching", room: "dots", s: 2, time: 0, players: [{ id: "Joan", name: "Joan" }] });
  assert.ok(observed.follow(PASSAGE));
  assert.ok(observed.residents.get("Joan").starter);
  assert.ok(!observed.follow(PASSAGE));
});

test("after a new beginning the same numbers are other entries", () => {
  const observed = new ObservedRoom();
  observed.enter({ t: "do", s: 1, by: "Ada", at: 0, c: "move" });
  observed.begin({ t: "watching", room: "dots", s: 0, time: 0, missed: 7 });
  observed.follow({ ...PASSAGE, s: 1 });
  assert.deepEqual(observed.lines.map(({ what }) => what), ["move()", "7 entries were not shown here", "move(5, 0)"]);
});

// ---------------------------------------------------------------------- letters on their way

const letter = (s, readers = 1) => new Letter({ ...PASSAGE, s, to: Array.from({ length: readers }, (_, one) => `p${one}`) });

test("a letter goes through the six steps in the time that the speed says", () => {
  const mail = new Mail();
  mail.add(letter(1));
  const steps = new Set();
  let seconds = 0;
  while (mail.letters.length > 0) {
    steps.add(mail.letters[0].step);
    mail.tick(0.05);
    seconds += 0.05;
  }
  assert.deepEqual([...steps], [1, 2, 3, 4, 5, 6]);
  assert.ok(Math.abs(seconds - lasts(1)) < 0.11);
  mail.speed = 0.1;
  mail.add(letter(2));
  mail.tick(lasts(1));
  assert.equal(mail.letters.length, 1, "at a tenth of the speed it is still on its way");
});

test("what is too much is not shown, and what is shown is counted", () => {
  const mail = new Mail();
  for (let s = 0; s < 1000; s += 1) mail.add(letter(s));
  assert.ok(mail.letters.length < 50);
  assert.equal(mail.shown, mail.letters.length);
  mail.clear();
  for (let s = 0; s < 100; s += 1) mail.add(letter(s, 100));
  assert.ok(mail.letters.length >= 1 && mail.letters.length < 10);
  mail.clear();
  mail.add(letter(1, 10_000));
  assert.equal(mail.letters.length, 1, "one is always shown, however many copies it has");
});

test("while it is paused one letter is written, and the newest of many others wait", () => {
  const mail = new Mail();
  mail.toggle();
  assert.equal(mail.heldBack, 0);
  for (let s = 0; s < 1000; s += 1) mail.add(letter(s));
  assert.equal(mail.tick(10), true);
  assert.equal(mail.tick(10), false);
  assert.deepEqual(mail.letters.map(({ age, passage }) => [age, passage.s]), [[1, 0]]);
  assert.ok(mail.heldBack > 10 && mail.heldBack < 100);
  mail.toggle();
  assert.ok(mail.letters.length > 1 && mail.letters[1].passage.s > 900);
});

test("one step at a time, of one letter at a time", () => {
  const mail = new Mail();
  mail.toggle();
  mail.add(new Letter(PASSAGE, true)); // sealed ones cannot be stepped
  mail.add(letter(1));
  mail.add(letter(2));
  mail.tick(5); // the first is written by itself
  for (const s of [1, 2]) {
    for (let step = s === 1 ? 2 : 1; step <= 6; step += 1) {
      const stepped = mail.step();
      assert.equal(stepped.passage.s, s);
      mail.tick(5);
      mail.tick(5);
      assert.equal(stepped.age, step);
      assert.equal(stepped.told, step);
    }
  }
  assert.equal(mail.step(), null);
});

test("who steps fast misses nothing, and can go on from there", () => {
  const mail = new Mail();
  mail.add(letter(1));
  mail.tick(0.1);
  for (let step = 1; step <= 6; step += 1) assert.equal(mail.step().until, step);
  mail.tick(5);
  mail.toggle();
  mail.tick(0.01);
  assert.equal(mail.letters.length, 0);
  assert.equal(mail.pinned, null);
});

// ---------------------------------------------------------------------- the town

for (const [width, height] of [[340, 420], [700, 540], [1100, 600]]) {
  for (const houses of [0, 1, 2, 5, 28, 64, 100, 300]) {
    test(`${houses} houses stand on ${width} × ${height} without touching`, () => {
      const { size, spots } = plan(houses, width, height);
      assert.equal(spots.length, houses);
      spots.forEach(({ x, y }, index) => {
        assert.ok(x > size * 0.4 && x < width - size * 0.4 && y > size * 0.4 && y < height - size * 0.4, "inside");
        const nearest = Math.min(...spots.filter((_, other) => other !== index).map((one) => Math.hypot(one.x - x, one.y - y)));
        if (houses <= 100) assert.ok(nearest > size * 0.8, `${nearest} for ${size}`);
      });
    });
  }
}
