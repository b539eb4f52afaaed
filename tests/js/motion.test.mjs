// Others move in each frame, our own player is where it is predicted: as in Python, by the same vectors.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { PlayoutClock, Track } from "../../src/roomcast/js/motion.js";
import { BadArgument } from "../../src/roomcast/js/roomcast.js";
import { endAll, enter, notes } from "./room.mjs";
import { settle } from "./tap.mjs";
import { load } from "./vectors.mjs";

const TURN = { t: "turn", by: "", at: 1000 };

afterEach(endAll);

function near(found, wanted, what) {
  [found].flat().forEach((one, index) => assert.ok(Math.abs(one - [wanted].flat()[index]) < 1e-6, `${what}: ${found}, not ${wanted}`));
}

for (const { name, angles, jump, steps } of load("motion.json").tracks) {
  test(`a track: ${name}`, () => {
    const track = new Track(angles, jump);
    for (const { at, shown, is, gap } of steps) {
      near(shown === undefined ? track.add(at, is) : track.at(shown), shown === undefined ? gap : is, `at ${at ?? shown}`);
    }
  });
}

for (const { name, steps } of load("motion.json").clocks) {
  test(`the clock over ${name}`, () => {
    const clock = new PlayoutClock();
    for (const { heard, age, gap, now, shows } of steps) {
      if (now === undefined) {
        clock.heard(heard, age, gap);
      } else {
        near(clock.time(now), shows, `at ${now}`);
      }
    }
  });
}

test("others are drawn between what was heard of them", async () => {
  const { room, tap } = await enter();
  const smooth = room.smooth(["x"], { delay: 0 });
  const [alan] = [room.players.get("Alan")];
  assert.deepEqual(smooth(alan), [3]);
  tap.say({ ...TURN, s: 6, at: Date.now(), x: { m: { Alan: { x: 5 } } } });
  await settle();
  assert.ok(smooth(alan)[0] >= 3);
  assert.deepEqual(room.smooth(["nothing"])(alan), [0]);
  assert.ok(Math.abs(smooth.delay) < 0.01 && smooth.time > 0);
});

test("our own move is seen at once, put right, and refused", async () => {
  const { room, tap } = await enter();
  const errors = [];
  room.on("error", (error) => errors.push(error.code));
  const move = room.predict("move", (me, dx) => {
    me.x = (me.x ?? 0) + dx;
  });
  const seen = [];
  room.on("set", () => seen.push(room.predicted.x));
  const smooth = room.smooth(["x"]);
  move(3);
  move(50);
  assert.deepEqual([room.predicted.x, room.me.state.get("x")], [53, undefined]);
  assert.deepEqual(smooth(room.me), [53]);
  await settle(); // both are sent
  tap.say({ ...TURN, s: 6, x: { m: { Ada: { x: 2 } } }, ok: [1], re: [{ n: 1, r: null }] });
  await settle();
  assert.deepEqual([room.predicted.x, seen], [52, [52]]);
  assert.ok(smooth(room.me)[0] > 52); // it glides
  tap.say({ t: "error", n: 2, code: "rejected", message: "too fast" });
  await settle();
  assert.deepEqual([room.predicted.x, errors], [2, ["rejected"]]);
});

test("a function that fails is told, and its move waits for the room", async (t) => {
  const warned = t.mock.method(console, "warn", () => {});
  const { room } = await enter();
  const move = room.predict("move", (me) => {
    me.x = 99;
    throw new Error("no");
  });
  move();
  assert.equal(warned.mock.calls.length, 1);
  assert.deepEqual(room.predicted, {});
  assert.equal(room.unacknowledged, 1);
});

test("what cannot be meant is told", async () => {
  const { room } = await enter();
  const seen = notes(room, "error");
  for (const wrong of [() => room.smooth([]), () => room.smooth("x"), () => room.smooth([5]), () => room.smooth(["x"], { jump: 0 }),
    () => room.smooth(["x"], { delay: "soon" }), () => room.predict("move"), () => room.predict("", () => {}),
    () => room.predict("move", () => {})(() => {})]) {
    assert.throws(wrong, BadArgument);
  }
  assert.deepEqual([seen, room.unacknowledged], [[], 0]);
});
