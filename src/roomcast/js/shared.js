// Shared state as a program sees it: as of the last entry that it has run.

import { BadArgument } from "./errors.js";
import { withLink } from "./help_topics.js";
import { objectToJson } from "./json_arguments.js";
import { readOnly } from "./read_only.js";

/** @typedef {import("./messages.js").JsonObject} JsonObject */

/**
 * Small values that everyone in the room sees. Reading gives the values as of the last entry run here.
 *
 * `set` sends the value. It takes effect, here too, when it has come back; the last one to set a key wins. Where that loses
 * what another has set, `add`, `claim` and `compareAndSet` do not. Setting null removes the key. What you read cannot be
 * changed: set a new value.
 */
export class Shared {
  #read;
  #send;

  /**
   * @param {() => import("./shared_map.js").SharedMap} read
   * @param {(patch: string, how: import("./send_queue.js").How) => void} send
   */
  constructor(read, send) {
    this.#read = read;
    this.#send = send;
  }

  /**
   * @param {string} key
   * @param {any} [otherwise] what to return where the key is not set
   * @returns {any}
   */
  get(key, otherwise = undefined) {
    const value = this.#read().get(key);
    return value === undefined ? otherwise : readOnly(value);
  }

  /** @param {string} key */
  has(key) {
    return this.#read().has(key);
  }

  /**
   * Set a key, or several at once, in one entry: `set("level", 2)`, `set({level: 2, title: "The cave"})`.
   * @template T
   * @overload
   * @param {string} key
   * @param {T & import("./messages.js").Sendable<T>} value
   * @returns {void}
   */
  /**
   * @template {{[key: string]: any}} T
   * @overload
   * @param {T & import("./messages.js").Sendable<T>} values
   * @returns {void}
   */
  /**
   * @param {string | {[key: string]: any}} key
   * @param {any} [value]
   * @throws {BadArgument} for what JSON cannot carry
   */
  set(key, value) {
    if (typeof key === "object" || typeof key === "string" || typeof key === "number") {
      this.#send(objectToJson("shared state", typeof key === "object" ? key : { [key]: value }), { whole: true });
    } else {
      throw new BadArgument(`shared state: a key is text, not ${typeof key}: set("level", 2)`, "state");
    }
  }

  /** @param {string} key */
  delete(key) {
    this.set(key, null);
  }

  /**
   * Merge objects recursively; null removes a key (RFC 7396).
   * @param {{[key: string]: any}} patch
   * @throws {BadArgument}
   */
  merge(patch) {
    this.#send(objectToJson("shared state", patch), {});
  }

  /**
   * Add a number to a key's value, which is a number, or not set: then it counts as 0.
   *
   * The sum is made in the room's order, so nothing is lost where several add at the same moment. Where the value is no
   * number, nothing changes, and an "error" event says so. Called in a function that runs everywhere, it adds once for each
   * computer: call it where something happens.
   *
   * @param {string} key
   * @param {number} number
   * @throws {BadArgument} for what is no finite number
   */
  add(key, number) {
    if (typeof number !== "number" || !Number.isFinite(number)) {
      throw new BadArgument(`shared state: add takes a key and a number, as in add("score", 1), not ${String(number)}`, "counting");
    }
    this.#send(member(key, number, 'add("score", 1)'), { op: "add" });
  }

  /**
   * Set a key if it is not set yet: of all who claim it, the first in the room's order gets it, and everyone hears who. For
   * the others nothing changes. `delete` frees it.
   *
   * @template T
   * @param {string} key
   * @param {T & import("./messages.js").Sendable<T>} value
   * @throws {BadArgument} for null, which would claim nothing, and for what JSON cannot carry
   */
  claim(key, value) {
    if (value === null) {
      throw new BadArgument('shared state: claim takes a key and a value, as in claim("coin", room.me.id): null means that nobody has it', "counting");
    }
    this.#send(member(key, value, 'claim("coin", room.me.id)'), { op: "claim" });
  }

  /**
   * Set a key to `next` if its value is `expected` when its turn in the room's order comes; else nothing changes.
   *
   * null as `expected`: the key is not set; as `next`: remove it. Arrays and objects are compared with all that is in them.
   *
   * @template T, U
   * @param {string} key
   * @param {T & import("./messages.js").Sendable<T>} expected
   * @param {U & import("./messages.js").Sendable<U>} next
   * @throws {BadArgument} for what JSON cannot carry
   */
  compareAndSet(key, expected, next) {
    const example = 'compareAndSet("turn", "Ada", "Alan")';
    this.#send(member(key, next, example), { op: "swap", was: member(key, expected, example) });
  }

  keys() {
    return this.#read().keys();
  }

  /** @returns {[string, any][]} */
  entries() {
    const values = this.#read();
    return values.keys().map((key) => [key, readOnly(values.get(key))]);
  }

  get size() {
    return this.#read().size;
  }

  [Symbol.iterator]() {
    return this.entries()[Symbol.iterator]();
  }

  /** All of it, for `JSON.stringify`. @returns {JsonObject} */
  toJSON() {
    return readOnly(this.#read().toJSON());
  }
}

/** An object of one key, as JSON text. @param {string} key @param {unknown} value @param {string} example for the message */
function member(key, value, example) {
  if (typeof key !== "string" && typeof key !== "number") {
    throw new BadArgument(`shared state: a key is text, not ${typeof key}: ${example}`, "state");
  }
  return objectToJson("shared state", { [key]: value });
}

const HINTS = 20; // at most: strangers choose the keys of a room's state
/** @type {Set<string>} */
const hinted = new Set(); // keys

// `room.state.level` is none of its values, and `room.state.level = 2` would set a property of this object, here alone. Only
// what is no property comes here. A hint is no exception: tools read properties that they only look for.
Object.setPrototypeOf(
  Shared.prototype,
  new Proxy(Object.prototype, {
    get(target, key, shared) {
      if (typeof key === "string" && !(key in target) && shared instanceof Shared && shared.has(key) && !hinted.has(key) && hinted.size < HINTS) {
        hinted.add(key);
        console.warn(withLink(`roomcast: shared state has no property '${key}': write get("${key}")`, "state"));
      }
      return Reflect.get(target, key, shared);
    },
    set(_, key) {
      throw new BadArgument(`shared state has no property '${String(key)}' to assign to: write set("${String(key)}", value)`, "state");
    },
  }),
);
