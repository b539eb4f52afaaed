// Rooms with rules, as a page sees them: turns, answers, refusals.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { BadArgument, Refused, RoomClosed } from "../../src/roomcast/js/roomcast.js";
import { endAll, enter, notes } from "./room.mjs";
import { Tap, settle, until } from "./tap.mjs";

const TURN = { t: "turn", by: "", at: 1000 };

afterEach(endAll);

/** What became of a promise, to be looked at. */
function watched(promise) {
  const seen = [];
  promise.then((result) => seen.push(result), (error) => seen.push(error));
  return seen;
}

// ---------------------------------------------------------------------- turns

test("a turn's events run after its whole change of state, each with who is said to have called", async () => {
  const { room, tap } = await enter();
  const seen = [];
  room.on("chime", (player, ...args) => {
    seen.push([player.id, player.name, ...args, room.state.get("moves"), room.players.get("Alan").state.get("x"), room.seq, room.entry.at]);
  });
  const x = { p: { moves: 7 }, m: { Alan: { x: 5 }, "who is gone": { x: 1 } }, e: [["chime", [1], "Alan"], ["chime"], ["chime", { loud: true }]] };
  tap.say({ ...TURN, s: 6, x });
  const after = [7, 5, 6, 1];
  assert.deepEqual(seen, [["Alan", "Alan", 1, ...after], ["", "", ...after], ["", "", { loud: true }, ...after]]);
});

test("the event set has whose state has changed, and the new values", async () => {
  const { room, tap } = await enter();
  const seen = notes(room, "set", "join", "leave", "done");
  await settle(); // those who are here are told of
  seen.length = 0;
  tap.say({ ...TURN, s: 6, x: { p: { level: [], deck: [[1, 2]], turn: null }, m: { Alan: { x: 5 } }, e: [["done"]] } });
  tap.say({ ...TURN, s: 7, x: { p: { deck: { "": [2, 0, [3]] } } } });
  tap.say({ t: "join", s: 8, by: "Grace", at: 0, name: "Grace", x: { m: { Grace: { x: 1 } } } });
  assert.deepEqual(seen, [
    ["set", "", { level: null, deck: [1, 2], turn: null }], ["set", "Alan", { x: 5 }], ["done", ""],
    ["set", "", { deck: [1, 2, 3] }],
    ["join", "Grace"], ["set", "Grace", { x: 1 }],
  ]);
  assert.deepEqual([room.state.has("level"), room.state.has("turn"), room.state.get("turn", "nobody's")], [false, true, null]);
  assert.throws(() => seen[0][2].deck.push(3), BadArgument);
});

test("who is sent out has left, with its last state; we are told why we were", async () => {
  const { room, tap } = await enter();
  const [alan, seen] = [room.players.get("Alan"), notes(room, "leave", "closed")];
  tap.say({ ...TURN, s: 6, x: { k: [["Alan", "kicked"]], p: { level: 3 } } });
  assert.deepEqual([room.players.has("Alan"), alan.here, alan.state.get("x"), room.state.get("level")], [false, false, 3, 3]);
  const answer = watched(room.ask("stay"));
  await settle();
  tap.say({ ...TURN, s: 7, x: { k: [["Ada", "kicked"]] } }, { t: "bye", code: "kicked", message: "you were too slow" });
  await settle();
  assert.deepEqual(seen, [["leave", "Alan"], ["leave", "Ada"], ["closed", "you were too slow"]]);
  assert.deepEqual([answer[0].code, answer[0].sentence], ["kicked", "you were too slow"]);
  await assert.rejects(room.ask("stay"), RoomClosed);
});

test("a patch that does not fit ends the room: its state would be another than the others have", async () => {
  const { room, tap } = await enter();
  const seen = notes(room, "closed", "done");
  tap.say({ ...TURN, s: 6, x: { p: { nothing: { x: 1 } }, e: [["done"]] } }, { ...TURN, s: 7, x: { e: [["done"]] } });
  assert.match(seen[0][1], /cannot be run: the server sent a patch of state that does not fit/);
  assert.deepEqual([seen.length, room.closed, tap.closed], [1, true, 1000]);
});

test("turns that are none drop the connection", async () => {
  const wrong = [{ x: 5 }, { x: { k: ["Ada"] } }, { x: { p: [] } }, { x: { m: { Ada: 1 } } }, { x: { e: [["chime", 5]] } },
    { x: { e: [[5]] } }, { x: { e: [["chime", [], 5]] } }, { ok: [-1] }, { ok: "all" }, { re: [5] }, { re: [{ r: 1 }] }, { by: 5 }];
  for (const fields of wrong) {
    const { room, tap } = await enter();
    const seen = notes(room, "offline");
    tap.say({ ...TURN, s: 6, ...fields });
    assert.match(seen[0]?.[1] ?? "", /malformed 'turn'/, JSON.stringify(fields));
  }
});

// ---------------------------------------------------------------------- answers

test("an answer comes when the state is as it says", async () => {
  const { room, tap } = await enter();
  const seen = [];
  room.ask("roll", 6).then((result) => seen.push([result, room.state.get("dice"), room.unacknowledged]));
  await settle();
  assert.deepEqual(tap.written.at(-1), { t: "ask", n: 1, c: "roll", a: [6] });
  assert.equal(room.unacknowledged, 1);
  tap.say({ ...TURN, s: 6, x: { p: { dice: 5 } } }, { ...TURN, s: 7, x: { p: { dice: 4 } }, ok: [1], re: [{ n: 1, r: { rolled: 4 } }] });
  await settle();
  assert.deepEqual(seen, [[{ rolled: 4 }, 4, 0]]);
});

test("arguments go by position or by name, and what cannot be asked is refused", async () => {
  const { room, tap } = await enter();
  watched(room.ask({ name: "roll", named: { sides: 6, "": [null] } }));
  watched(room.ask({ name: "roll", timeout: Infinity }, 1, "two"));
  watched(room.ask("roll"));
  await settle();
  assert.deepEqual(tap.written.slice(-3), [
    { t: "ask", n: 1, c: "roll", a: { sides: 6, "": [null] } }, { t: "ask", n: 2, c: "roll", a: [1, "two"] }, { t: "ask", n: 3, c: "roll" },
  ]);
  const wrong = [[[{ name: "roll", named: {} }, 1], /all by position, or all by name/], [[{ name: "roll", named: [6] }], /named takes an object/],
    [[{ name: "roll", sides: 6 }], /ask has no 'sides'/], [[{ name: "roll", timeout: 0 }], /timeout: 0: milliseconds/],
    [["roll", new Uint8Array(1)], /no bytes/], [["roll", undefined], /argument 1 is undefined/], [["join"], /name of an event/],
    [[{ name: "roll", named: { sides: NaN } }], /named.sides is NaN/], [[], /command's name must be text/], [[null], /must be text, not null/]];
  for (const [args, says] of wrong) {
    await assert.rejects(room.ask(...args), (error) => error instanceof BadArgument && says.test(error.sentence), String(says));
  }
  assert.equal(room.unacknowledged, 3);
});

test("a refusal of the rules breaks the promise, with their code and words; of a command without a question it is an event", async () => {
  const { room, tap } = await enter();
  const [errors, answer] = [notes(room, "error"), watched(room.ask("move", 99))];
  room.send("move", 99);
  await settle();
  for (const n of [1, 2]) {
    tap.say({ t: "error", code: "rejected", message: "too fast", n });
  }
  await settle();
  assert.ok(answer[0] instanceof Refused);
  assert.deepEqual([answer[0].code, answer[0].sentence, answer[0].topic], ["rejected", "too fast", "rules"]);
  assert.deepEqual(errors.map(([, error]) => [error.code, error.n]), [["rejected", 2]]);
  assert.equal(room.unacknowledged, 0);
});

test("an answer that does not come in time breaks the promise; when it comes after all, nothing happens", async () => {
  const { room, tap } = await enter();
  const answer = watched(room.ask({ name: "roll", timeout: 20 }));
  await until(() => answer.length > 0);
  assert.deepEqual([answer[0].code, answer[0].sentence], ["unanswered", "roll was not answered within 0.02 seconds: it may still be done"]);
  tap.say({ ...TURN, s: 6, ok: [1], re: [{ n: 1, r: 4 }] });
  await settle();
  assert.equal(answer.length, 1);
  assert.equal(room.unacknowledged, 0);
});

test("an answer that has come in time is not late, though the program pumps later", async () => {
  const { room, tap } = await enter({ batch: "pump" });
  const answer = watched(room.ask({ name: "roll", timeout: 10 }));
  await settle(1);
  tap.say({ ...TURN, s: 6, ok: [1], re: [{ n: 1, r: 4 }] });
  await settle(40);
  assert.deepEqual(answer, []);
  room.pump();
  await settle();
  assert.deepEqual(answer, [4]);
});

test("a question outlives its connection; one that was lost with it is told so", async () => {
  class Faithful extends Tap {
    greet = (hello) => Tap.welcome(this, hello, hello.resume ? { resumed: true, snapshot: undefined, n: 1, s: 7 } : {});
  }
  const { room, tap } = await enter({ WebSocket: Faithful });
  const [first, second] = [watched(room.ask("roll")), watched(room.ask("roll", 2))];
  await settle();
  tap.lose();
  await until(() => Tap.last !== tap && Tap.last.written.length === 2);
  assert.deepEqual(Tap.last.written[1], { t: "ask", n: 2, c: "roll", a: [2] });
  Tap.last.say({ ...TURN, s: 6 }, { ...TURN, s: 7 });
  await settle();
  assert.deepEqual(first.map((error) => error.code), ["unanswered"], "the server has had it, and no entry up to there is its");
  Tap.last.say({ ...TURN, s: 8, ok: [2], re: [{ n: 2, r: "two" }] });
  await settle();
  assert.deepEqual(second, ["two"]);
});

test("what a new session does not send again is told to be unanswered", async () => {
  const { room, tap } = await enter();
  const answer = watched(room.ask("roll"));
  await settle();
  tap.lose();
  await until(() => answer.length > 0);
  assert.deepEqual([answer[0].code, answer[0].sentence], ["unanswered", "the server began anew before it answered"]);
});

test("a room that has rules is entered in version 2 of the protocol", async () => {
  const { tap } = await enter();
  assert.deepEqual(tap.written[0].v, [1, 2]);
});
