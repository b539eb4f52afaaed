// The room's time: where timers run among the entries, who may set them, what the server is asked for, and what is told of time.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { BadArgument, TooFast } from "../../src/roomcast/js/errors.js";
import { Generator } from "../../src/roomcast/js/prng.js";
import { RoomClock } from "../../src/roomcast/js/room_clock.js";
import { Timers } from "../../src/roomcast/js/timers.js";
import { Wakes } from "../../src/roomcast/js/wakes.js";
import { endAll, enter, notes } from "./room.mjs";
import { Tap, settle, until } from "./tap.mjs";

afterEach(endAll);

const AT = 1_700_000_000_000;
const entry = (t, s, at, more) => ({ t, s, by: "Alan", at: AT + at, ...more });
const command = (s, at, c, ...a) => entry("do", s, at, { c, a });
const tick = (at) => ({ t: "tick", at: AT + at });

/** A server that says what time it is, and has us back two entries later. */
class Resuming extends Tap {
  greet = (hello) => {
    Tap.welcome(this, hello, { time: AT + 60_000, ...(hello.resume && { resumed: true, s: 7, snapshot: undefined }) });
    this.greeted = true;
  };
}

/** A room, and what has run in it, in order: what was said, and timers with their time. */
async function told(options) {
  const { room, tap } = await enter(options);
  const lines = [];
  const timers = [];
  room.timer("run", (name) => lines.push(`${name} at ${room.time * 1000 - AT}`));
  room.on("say", (_, text) => lines.push(text));
  room.on("after", (_, seconds, name) => timers.push(room.after(seconds, "run", name)));
  room.on("every", (_, seconds, name) => timers.push(room.every(seconds, "run", name)));
  room.on("cancel", (_, which) => timers[which].cancel());
  await settle();
  const take = () => lines.splice(0);
  /** What the server was asked for since the last time, with times since AT. */
  const asked = () =>
    tap.written.splice(0).filter(({ t }) => t === "wake").map(({ at = AT, every = 0, from = AT }) => [at - AT, every, from - AT]);
  asked();
  return { room, tap, take, timers, asked };
}

test("a timer runs before the first entry that is not from before it", async () => {
  const { tap, take } = await told();
  tap.say(command(6, 0, "after", 2, "bomb"), command(7, 1999, "say", "a"), command(8, 2000, "say", "b"), command(9, 2001, "say", "c"));
  assert.deepEqual(take(), ["a", "bomb at 2000", "b", "c"]);
});

test("a tick runs what is due by then, after the entries that came before it", async () => {
  const { tap, take } = await told();
  tap.say(command(6, 0, "after", 2, "bomb"), tick(1999));
  assert.deepEqual(take(), []);
  tap.say(tick(2000));
  assert.deepEqual(take(), ["bomb at 2000"]);
  tap.say(command(7, 2000, "after", 2, "bomb"), command(8, 3000, "say", "a"), tick(5000));
  assert.deepEqual(take(), ["a", "bomb at 4000"]);
});

test("pump counts entries, and runs timers as well", async () => {
  const { room, tap, take } = await told({ batch: "pump" });
  tap.say(command(6, 0, "every", 0.05, "step"), tick(100));
  assert.equal(room.pump(), 1);
  assert.deepEqual(take(), ["step at 50", "step at 100"]);
});

test("it is the same with ticks and without", async () => {
  const entries = [command(6, 0, "every", 0.05, "step"), command(7, 0, "after", 0.1, "bomb"), command(8, 120, "say", "a"),
    command(9, 130, "cancel", 0), command(10, 500, "say", "b")];
  const expected = ["step at 50", "step at 100", "bomb at 100", "a", "b"];
  const one = await told();
  one.tap.say(...entries);
  assert.deepEqual(one.take(), expected);
  const ticking = await told();
  for (const each of entries) {
    for (let at = 0; at < each.at - AT; at += 7) {
      ticking.tap.say(tick(at));
    }
    ticking.tap.say(each);
  }
  assert.deepEqual(ticking.take(), expected);
});

test("timers set timers, and count from when they were due; players are among their arguments, and no list is shared", async () => {
  const { room, tap } = await enter();
  const found = [];
  room.timer("count", (left, player, list) => {
    found.push([left, room.time * 1000 - AT, player.id, list.length]);
    list.push(1);
    if (left > 0) {
      room.after(1, "count", left - 1, player, list);
    }
  });
  room.timer("again", (list) => found.push(list.push(1)));
  room.on("start", (player) => room.after(1, "count", 2, player, []));
  room.on("repeat", () => room.every(1, "again", []));
  tap.say(command(6, 0, "start"), command(7, 10_000, "stop"), command(8, 10_000, "repeat"), tick(12_000));
  assert.deepEqual(found, [[2, 1000, "Alan", 0], [1, 2000, "Alan", 1], [0, 3000, "Alan", 2], 1, 1]);
});

test("a hidden entry tells the time as well", async () => {
  const { tap, take } = await told();
  tap.say(command(6, 0, "after", 2, "bomb"), { t: "hidden", s: 7, at: AT + 5000 }, command(8, 5000, "say", "a"));
  assert.deepEqual(take(), ["bomb at 2000", "a"]);
});

test("one that is cancelled does not run, and may cancel itself", async () => {
  const { room, tap, take } = await told();
  tap.say(command(6, 0, "after", 2, "bomb"), command(7, 1000, "cancel", 0), command(8, 3000, "say", "a"));
  assert.deepEqual(take(), ["a"]);
  let runs = 0;
  let timer;
  room.timer("step", () => (++runs === 3 ? timer.cancel() : null));
  room.on("start", () => (timer = room.every(0.05, "step")));
  tap.say(command(9, 3000, "start"), tick(9000));
  assert.equal(runs, 3);
});

test("while nobody is here, timers rest", async () => {
  const { tap, take } = await told();
  tap.say(command(6, 0, "after", 2, "bomb"), entry("away", 7, 500), entry("away", 8, 1000, { by: "Ada" }), tick(9000));
  tap.say(entry("back", 9, 61_000, { by: "Ada" }), command(10, 61_999, "say", "a"), command(11, 62_000, "say", "b"));
  assert.deepEqual(take(), ["a", "bomb at 62000", "b"]);
});

test("in another log, each is due as long from now as it was", async () => {
  const { tap, take } = await told();
  tap.say(command(6, 0, "after", 2, "bomb"));
  const snapshot = { players: [{ id: "Ada", name: "Ada" }], at: AT + 60_000 };
  const limits = { message_size: 65536, rate: 60, burst: 120, silent_for: 25 };
  tap.say({ t: "welcome", me: "Ada", session: "s2", s: 1, time: AT, limits, snapshot });
  tap.say(command(2, 61_999, "say", "a"), command(3, 62_000, "say", "b"));
  assert.deepEqual(take(), ["a", "bomb at 62000", "b"]);
});

test("time that was set back is told", async () => {
  const { room, tap } = await told();
  const lost = notes(room, "lost");
  tap.say(command(6, 1000, "after", 2, "bomb"), command(7, 500, "say", "a"));
  assert.equal(lost.length, 1);
  assert.match(lost[0][1], /time was set back/);
});

// ---------------------------------------------------------------------- who may set one

test("outside of functions, and where others do not run, an error says what to do", async () => {
  const { room, tap } = await enter();
  room.timer("run", () => {});
  const uses = [() => room.after(1, "run"), () => room.every(1, "run"), () => room.entry];
  for (const use of uses) {
    assert.throws(use, (error) => error instanceof BadArgument && /is for functions that run in every program: functions of room/.test(error.message)
      && error.topic === "timers");
  }
  const caught = [];
  const attempt = () => {
    try {
      room.after(1, "run");
    } catch (error) {
      caught.push(error.sentence.match(/every program at the same place|in every program:/)[0]);
    }
  };
  let timer;
  room.on("join", attempt); // of those who are here
  room.on("error", attempt);
  room.on("set", () => (timer = room.after(1, "run")));
  room.on("later", async () => {
    await null;
    attempt();
  });
  tap.say({ t: "error", code: "rate", message: "no" }, entry("set", 6, 0, { of: "room", p: { x: 1 } }), command(7, 0, "later"));
  await settle();
  const here = "every program at the same place";
  assert.deepEqual(caught, [here, here, here, "in every program:"]);
  assert.throws(() => timer.cancel(), /cancel\(\) of the timer for run is for functions that run in every program/);
});

test("what is no timer is said in a sentence", async () => {
  const { room, tap } = await enter();
  room.timer("explode", () => {});
  const caught = [];
  const wrong = [
    [() => room.after("soon", "explode"), /room\.after: the time is a number of seconds, not 'soon'/],
    [() => room.after(NaN, "explode"), /not NaN/],
    [() => room.after(Infinity, "explode"), /not Infinity/],
    [() => room.every(0, "explode"), /room\.every: the time between two runs is a number of seconds above 0, not 0/],
    [() => room.after(1, "explod"), /no function of timers is called 'explod'; there is one called 'explode'/],
    [() => room.after(1, () => {}), /takes the name of a function, not a function: register it, room\.timer\("explode"/],
    [() => room.after(1, "explode", 1, new Set()), /room\.after: argument 2 is of the type Set/],
    [() => room.after(1, "explode", [room.me]), /send player\.id/],
    [() => room.timer("not a word", () => {}), /one word of letters, digits and _/],
    [() => room.timer("2nd", () => {}), /one word/],
    [() => room.timer("explode", "explode"), /'explode' needs a function to call, not 'explode'/],
  ];
  room.on("start", () => {
    for (const [use, says] of wrong) {
      assert.throws(use, (error) => error instanceof BadArgument && says.test(error.sentence), String(says));
      caught.push(says);
    }
    for (let count = 0; count < 10_000; count += 1) {
      room.after(-1, "explode");
    }
    assert.throws(() => room.after(1, "explode"), (error) => error instanceof TooFast && error.topic === "timers");
  });
  tap.say(command(6, 0, "start"));
  assert.equal(caught.length, wrong.length);
});

// ---------------------------------------------------------------------- time, and dice

test("in a function, time is that of the entry; in a timer, when that was due", async () => {
  const { room, tap } = await enter();
  const found = [];
  const note = () => found.push([room.time, room.entry.seq, room.entry.at]);
  room.timer("note", note);
  room.on("note", note);
  room.on("later", () => room.after(0.25, "note"));
  tap.say(command(6, 500, "note"), command(7, 1000, "later"), command(8, 5000, "other"));
  assert.deepEqual(found, [[(AT + 500) / 1000, 6, (AT + 500) / 1000], [(AT + 1250) / 1000, 7, (AT + 1250) / 1000]]);
});

test("elsewhere, it is the room's time now; asking for it measures the round trip", async () => {
  const { room, tap } = await told({ WebSocket: Resuming });
  tap.say(command(6, 5000, "say", "a"));
  assert.ok(room.time >= (AT + 60_000) / 1000);
  assert.equal(tap.written.at(-1).t, "ping");
  tap.say({ t: "pong", time: AT + 60_000 });
  assert.ok(room.time >= (AT + 60_000) / 1000 && room.time < (AT + 120_000) / 1000);
  let age;
  room.on("age", () => (age = room.entry.age));
  tap.say(command(7, 10_000, "age"));
  assert.ok(age >= 50 && age < 110, `${age}`);
});

test("the room's dice fall the same in timers: by entry, name and run", async () => {
  const { room, tap } = await enter();
  const found = [];
  const roll = (name) => found.push([name, room.random.randint(1, 1000), room.random.randint(1, 1000)]);
  room.timer("step", () => roll("step"));
  room.timer("other", () => roll("other"));
  room.on("start", () => {
    room.every(0.1, "step");
    room.after(0.15, "other");
  });
  const players = [{ id: "Ada", name: "Ada" }];
  tap.say({ t: "skipped", from: 6, to: 8, snapshot: { players, seed: "seed" } });
  tap.say(command(9, 0, "start"), tick(250), command(10, 260, "say"), tick(350));
  const dice = (name, key) => {
    const generator = new Generator(`seed:${key}`);
    return [name, generator.randint(1, 1000), generator.randint(1, 1000)];
  };
  assert.deepEqual(found, [dice("step", "9:step:0"), dice("other", "9:other:0"), dice("step", "9:step:1"), dice("step", "10:step:0")]);
});

// ---------------------------------------------------------------------- what the server is asked for

test("the server is asked for the next moment, or for a schedule, once", async () => {
  const { tap, asked } = await told();
  tap.say(command(6, 0, "after", 2, "bomb"));
  await settle();
  assert.deepEqual(asked(), [[2000, 0, 0]]);
  tap.say(command(7, 100, "after", 3, "bomb"));
  await settle();
  assert.deepEqual(asked(), [], "an earlier moment does as well");
  tap.say(tick(2000));
  await settle();
  assert.deepEqual(asked(), [[3100, 0, 0]]);
  tap.say(command(8, 2500, "every", 1 / 20, "step"));
  await settle();
  assert.deepEqual(asked(), [[0, 50, 2550]]);
  tap.say(command(9, 2500, "cancel", 2), command(10, 4000, "say", "a"));
  await settle();
  assert.deepEqual(asked(), [[0, 0, 0]]);
});

test("where a tick comes for a timer that was cancelled, the next one is asked for", async () => {
  const { tap, asked } = await told();
  tap.say(command(6, 0, "after", 2, "earlier"), command(7, 0, "after", 3, "later"));
  await settle();
  assert.deepEqual(asked(), [[2000, 0, 0]]);
  tap.say(command(8, 100, "cancel", 0), tick(2000));
  await settle();
  assert.deepEqual(asked(), [[3000, 0, 0]]);
});

test("a new connection is asked again", () => {
  const wakes = new Wakes();
  wakes.connected();
  assert.ok(!wakes.hasOutput);
  wakes.ask({ at: 5, every: 0, start: 0 }, 0);
  assert.equal(wakes.write(), '{"t":"wake","at":5}');
  wakes.connected();
  assert.equal(wakes.write(), '{"t":"wake","at":5}');
});

test("cancelling one that others have taken the place of does nothing", () => {
  const timers = new Timers();
  const former = timers.set("step", [], 1, AT, 1000, 1000);
  timers.restore(timers.saved(1), 1);
  timers.cancel(former);
  assert.deepEqual([timers.count, timers.due, timers.key(1)], [1, AT + 1000, "1:step:0"]);
});

// ---------------------------------------------------------------------- how late we are

test("old news are told from new, and a program that is behind knows", async () => {
  const { room, tap } = await enter({ batch: "pump", WebSocket: Resuming });
  const found = [];
  room.on("say", (_, text) => found.push([text, room.catchingUp, room.behind]));
  room.pump();
  tap.lose();
  await until(() => Tap.last !== tap && Tap.last.greeted);
  room.pump();
  assert.equal(room.behind, 0);
  Tap.last.say(command(6, 0, "say", "old"), command(7, 1000, "say", "older"), command(8, 5000, "say", "new"));
  assert.equal(room.behind, 5);
  room.pump();
  assert.deepEqual(found, [["old", true, 4], ["older", false, 0], ["new", false, 0]]);
  assert.equal(room.behind, 0);
});

test("a clock takes the sample with the shortest round trip, and never goes back", () => {
  const clock = new RoomClock();
  assert.equal(clock.time(1000, 77), 77);
  clock.sample(1000, 1400, AT);
  clock.sample(2000, 2010, AT + 1000);
  assert.equal(clock.time(2005, 0), AT + 1000.5);
  assert.equal(clock.time(2000, 0), AT + 1000.5);
  clock.restart(false);
  clock.sample(3000, 3000, AT);
  assert.equal(clock.time(3000, 0), AT + 1000.5);
  clock.restart(true);
  assert.equal(clock.time(3000, 0), AT + 0.5);
});
