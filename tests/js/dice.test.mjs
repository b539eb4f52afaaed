// The dice of a room: the numbers of a key are those of the vectors, which are Python's as well.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { BadArgument } from "../../src/roomcast/js/errors.js";
import { Generator } from "../../src/roomcast/js/prng.js";
import { endAll, enter } from "./room.mjs";
import { settle } from "./tap.mjs";
import { load } from "./vectors.mjs";

const SEED = "8f3e0d5c9a1b4276e5d4c3b2a1908f7e";
const NAMES = { cum_weights: "cumWeights" }; // options, as they are called here

for (const vector of load("dice.json").filter(({ only }) => only === undefined)) {
  test(`dice: ${vector.name}`, () => {
    const generator = new Generator(vector.key);
    for (const call of vector.calls) {
      const given = structuredClone(call.a);
      const options = Object.entries(call.with ?? {}).map(([name, value]) => [NAMES[name] ?? name, value]);
      const found = generator[call.do](...given, ...(call.with ? [Object.fromEntries(options)] : []));
      assert.deepEqual(call.do === "shuffle" ? given[0] : found, call.is, JSON.stringify(call));
    }
  });
}

test("a number of each range, and no other", () => {
  const generator = new Generator(SEED);
  const ranges = [[[10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]], [[0, 20, 7], [0, 7, 14]], [[10, 0, -3], [1, 4, 7, 10]], [[5, 6], [5]]];
  for (const [given, numbers] of ranges) {
    const found = new Set(Array.from({ length: 1000 }, () => generator.randrange(...given)));
    assert.deepEqual([...found].sort((a, b) => a - b), numbers);
  }
});

test("what cannot be drawn is said in a sentence", () => {
  const generator = new Generator(SEED);
  const wrong = [
    [() => generator.randint(6, 1), /randint\(6, 1\): the first number is the smaller one/],
    [() => generator.randint(1, 6.5), /randint takes whole numbers of less than 2\*\*53, not 6.5/],
    [() => generator.randint(0, 2 ** 53 - 1), /less than 2\*\*53, not 9007199254740992/],
    [() => generator.randint("1", 6), /whole numbers/],
    [() => generator.randrange(0), /randrange\(0, 0\): there is no number in this range/],
    [() => generator.randrange(1, 5, -1), /randrange\(1, 5, -1\): there is no number/],
    [() => generator.randrange(1, 5, 0), /there is no number/],
    [() => generator.choice([]), /choice: there is nothing to choose from/],
    [() => generator.choice(new Set("ab")), /choice takes an array: write \[\.\.\.elements\]/],
    [() => generator.choices(""), /choices: there is nothing to choose from/],
    [() => generator.choices("ab", { weights: [1] }), /2 elements have 1 weights/],
    [() => generator.choices("ab", { weights: [0, 0] }), /the sum of the weights is 0/],
    [() => generator.choices("ab", { weights: [1, NaN] }), /the sum of the weights is NaN/],
    [() => generator.choices("ab", { weights: [1, 2], cumWeights: [1, 3] }), /weights or cumWeights, not both/],
    [() => generator.sample("ab", 3), /sample: 3 elements of 2 cannot be drawn/],
    [() => generator.sample("ab", 1, { counts: [3] }), /2 elements have 1 counts/],
    [() => generator.getrandbits(54), /getrandbits\(54\): the number of bits is from 0 to 53/],
    [() => generator.expovariate(0), /expovariate\(0\): at least some events must come/],
  ];
  for (const [draw, says] of wrong) {
    assert.throws(draw, (error) => error instanceof BadArgument && says.test(error.sentence) && error.topic === "dice", String(says));
  }
});

// ---------------------------------------------------------------------- room.random

const AT = { at: 0, by: "Alan" };
const dice = (key, rolls = 3) => {
  const generator = new Generator(key);
  return Array.from({ length: rolls }, () => generator.randint(1, 6));
};
const three = (room) => [1, 2, 3].map(() => room.random.randint(1, 6));

afterEach(endAll);

test("what is rolled follows from seed and place, for each function anew", async () => {
  const { room, tap } = await enter();
  const found = [];
  room.on("roll", () => found.push(three(room)));
  room.on("roll", () => found.push(three(room)));
  room.on("away", () => found.push(three(room)));
  const players = [{ id: "Ada", name: "Ada" }];
  tap.say({ t: "skipped", from: 6, to: 8, snapshot: { players, seed: "seed" } });
  tap.say({ t: "do", s: 9, ...AT, c: "roll" }, { t: "away", s: 10, ...AT, by: "Ada" });
  assert.deepEqual(found, [dice("seed:9"), dice("seed:9"), dice("seed:10")]);
});

test("the seed of a log's first entry is kept; without one, it is the room's name", async () => {
  const { room, tap } = await enter();
  const found = [];
  room.on("roll", () => found.push(three(room)));
  tap.say({ t: "do", s: 6, ...AT, c: "roll" });
  tap.say({ t: "join", s: 7, ...AT, by: "Grace", name: "Grace", seed: "first" });
  tap.say({ t: "set", s: 8, ...AT, of: "room", p: { x: 1 } }, { t: "set", s: 9, ...AT, of: "me", p: { x: 1 } });
  tap.say({ t: "join", s: 10, ...AT, by: "Kay", name: "Kay", seed: "second" }, { t: "leave", s: 11, ...AT, by: "Grace" });
  tap.say({ t: "do", s: 12, ...AT, c: "roll" });
  assert.deepEqual(found, [dice("dots:6"), dice("first:12")]);
});

test("each method answers as its generator does", async () => {
  for (const vector of load("dice.json").filter(({ only, calls }) => only === undefined && calls[0].do !== "word")) {
    const { room, tap } = await enter();
    const [seed] = vector.key.split(":");
    const found = [];
    room.on("roll", () => {
      for (const call of vector.calls) {
        const options = Object.entries(call.with ?? {}).map(([name, value]) => [NAMES[name] ?? name, value]);
        const given = structuredClone(call.a);
        const result = room.random[call.do](...given, ...(call.with ? [Object.fromEntries(options)] : []));
        found.push(call.do === "shuffle" ? given[0] : result);
      }
    });
    const rest = Number.parseInt(vector.key.slice(seed.length + 1), 10);
    if (vector.key === `${seed}:${rest}`) {
      tap.say({ t: "skipped", from: 6, to: rest - 1, snapshot: { seed } }, { t: "do", s: rest, ...AT, c: "roll" });
      assert.deepEqual(found, vector.calls.map((call) => call.is), vector.name);
    }
    endAll();
  }
});

test("where others do not run, room.random says so", async () => {
  const { room, tap } = await enter();
  const caught = [];
  const roll = (what) => () => {
    try {
      room.random.random();
      caught.push([what, ""]);
    } catch (error) {
      assert.equal(error.topic, "dice");
      caught.push([what, error.sentence.match(/outside of the room's functions|not run for an entry/)[0]]);
    }
  };
  room.on("join", roll("join")); // of those who are here
  room.on("error", roll("error"));
  room.check(roll("check"), { every: 1 });
  await settle();
  room.on("later", async () => {
    await null;
    roll("after an await")();
  });
  tap.say({ t: "error", code: "rate", message: "no" });
  tap.say({ t: "do", s: 6, ...AT, c: "later" });
  await settle();
  roll("outside")();
  const [outside, nowhere] = ["outside of the room's functions", "not run for an entry"];
  assert.deepEqual(new Set(caught.map(String)), new Set([["join", nowhere], ["error", nowhere], ["check", nowhere],
    ["after an await", outside], ["outside", outside]].map(String)));
});
