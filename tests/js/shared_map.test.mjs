// Shared state as a map: it is what a plain object would be, and a patch costs what it changes.

import assert from "node:assert/strict";
import test from "node:test";

import { EMPTY, apply, restore } from "../../src/roomcast/js/fold.js";
import { SharedMap } from "../../src/roomcast/js/shared_map.js";

const MANY = 24_000;

/** What a patch makes of an object, in the plainest way. */
function plain(old, patch, whole) {
  const result = new Map(Object.entries(old));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      result.delete(key);
    } else if (whole || !isObject(value)) {
      result.set(key, value);
    } else {
      const before = result.get(key);
      result.set(key, plain(isObject(before) ? before : {}, value, false));
    }
  }
  return Object.fromEntries(result);
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Numbers from 0 to 1, the same in each run (mulberry32). */
function dice(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const KEYS = ["a", "b", "7", "__proto__", "constructor"];

function value(random, depth) {
  const kind = random();
  if (kind < 0.2) return null;
  if (kind < 0.6 || depth === 0) return Math.floor(random() * 4);
  if (kind < 0.7) return [{ a: 1 }];
  return object(random, depth);
}

function object(random, depth) {
  const entries = KEYS.filter(() => random() < 0.5).map((key) => [key, value(random, depth - 1)]);
  if (random() < 0.3) {
    for (let i = 0; i < 40; i += 1) entries.push([`k${i}`, i]);
  }
  return Object.fromEntries(entries);
}

test("after any patches it is what a plain object would be, and so are older versions", () => {
  for (let seed = 0; seed < 300; seed += 1) {
    const random = dice(seed);
    const versions = [new SharedMap()];
    const expected = [{}];
    for (let step = 0; step < 8; step += 1) {
      const [patch, whole] = [object(random, 3), random() < 0.3];
      versions.push(versions[step].patched(patch, whole));
      expected.push(plain(expected[step], patch, whole));
      const newest = versions[step + 1];
      assert.deepEqual(newest.toJSON(), expected[step + 1], `seed ${seed}`);
      assert.deepEqual(newest.keys().toSorted(), Object.keys(expected[step + 1]).toSorted());
      assert.equal(newest.size, Object.keys(expected[step + 1]).length);
      for (const key of newest.keys()) {
        assert.deepEqual(newest.get(key), expected[step + 1][key]);
      }
    }
    versions.forEach((version, step) => assert.deepEqual(version.toJSON(), expected[step], `seed ${seed}, ${step}`));
  }
});

test("what a program has read is never modified", () => {
  const scores = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`p${i}`, i]));
  const map = new SharedMap().patched({ scores }).patched({ scores: { p1: 5 } });
  const read = map.get("scores");
  assert.equal(map.get("scores"), read, "the same object until it changes");
  const next = map.patched({ scores: { p1: 6, p2: null } });
  assert.deepEqual([read.p1, read.p2], [5, 2]);
  assert.deepEqual([next.get("scores").p1, next.get("scores").p2], [6, undefined]);
  assert.equal(scores.p1, 1);
});

test("a key that objects have by nature is not there before it is set", () => {
  const map = new SharedMap({ a: 1 });
  for (const key of ["__proto__", "constructor", "toString"]) {
    assert.equal(map.has(key), false);
    assert.equal(map.get(key), undefined);
    assert.equal(map.patched({ [key]: 2 }).get(key), 2);
  }
});

test("state that is no object is empty", () => {
  for (const state of [5, [1], null, "{}"]) {
    assert.deepEqual(restore({ state, players: [{ id: "Eve", name: "Eve", state }] }).shared.toJSON(), {});
  }
});

// Where each patch cost as much as there is beside it, this would take minutes.
test("patches of one key of many, and within one large value, cost what they change", { timeout: 60_000 }, () => {
  const many = Object.fromEntries(Array.from({ length: MANY }, (_, i) => [`k${i}`, i]));
  let state = restore({ state: { ...many, deep: { scores: many } } });
  for (let s = 1; s <= 50_000; s += 1) {
    const p = { [`k${s % MANY}`]: -s, [`k${(s * 7) % MANY}`]: null, deep: { scores: { [`k${s % MANY}`]: s } } };
    state = apply(state, { t: "set", s, by: "Ada", at: 0, of: "room", p });
  }
  assert.equal(state.shared.get("deep").scores.k5, 48_005);
  assert.equal(EMPTY.shared.size, 0);
});
