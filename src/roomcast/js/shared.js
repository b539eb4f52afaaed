// Shared state as a program sees it: as of the last entry that it has run.

import { objectToJson } from "./json_arguments.js";

/** @typedef {import("./messages.js").JsonObject} JsonObject */

/**
 * Small values that everyone in the room sees. Reading gives the values as of the last entry run here.
 *
 * `set` sends the value. It takes effect, here too, when it has come back; the last one to set a key wins. Setting null
 * removes the key. Do not modify objects that you read: set a new value.
 */
export class Shared {
  #read;
  #send;

  /**
   * @param {() => JsonObject} read
   * @param {(patch: string, whole: boolean) => void} send
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
    const values = this.#read();
    return Object.hasOwn(values, key) ? values[key] : otherwise;
  }

  /** @param {string} key */
  has(key) {
    return Object.hasOwn(this.#read(), key);
  }

  /**
   * Set a key, or several at once, in one entry: `set("level", 2)`, `set({level: 2, title: "The cave"})`.
   * @param {string | {[key: string]: any}} key
   * @param {any} [value]
   * @throws {BadArgument} for what JSON cannot carry
   */
  set(key, value) {
    this.#send(objectToJson("shared state", typeof key === "object" ? key : { [String(key)]: value }), true);
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
    this.#send(objectToJson("shared state", patch), false);
  }

  keys() {
    return Object.keys(this.#read());
  }

  /** @returns {[string, any][]} */
  entries() {
    return Object.entries(this.#read());
  }

  get size() {
    return this.keys().length;
  }

  [Symbol.iterator]() {
    return this.entries()[Symbol.iterator]();
  }

  /** All of it, for `JSON.stringify`. @returns {JsonObject} */
  toJSON() {
    return this.#read();
  }
}
