// What a client reports to the server: when it ran which entries, for observers; and hashes of the program's state.

import { bytesOf } from "./codec.js";

/** @typedef {import("./messages.js").Do} Do */

const MAX_WAITING = 50; // reports that may wait to be sent; further ones are dropped

export class Reports {
  every = 0; // sampling interval: report entries where seq % every == 0; 0: report none
  /** @type {string[]} */
  #lines = []; // reports that wait to be sent
  /** @type {Map<number, number>} */
  #actedAt = new Map(); // by message number: when the program called, in ms
  /** @type {Map<number, number>} */
  #sentAfter = new Map(); // by message number: ms from the call to the writing

  /** How many reports wait to be sent. */
  get length() {
    return this.#lines.length;
  }

  /** Queue a line; dropped where too many wait. @param {string} line */
  add(line) {
    if (this.#lines.length < MAX_WAITING) {
      this.#lines.push(line);
    }
  }

  /**
   * Take the lines that fit into `size` bytes.
   * @param {number} size
   */
  take(size) {
    let count = 0;
    for (let left = size; count < this.#lines.length; count += 1) {
      left -= bytesOf(this.#lines[count]) + 1;
      if (left < 0) {
        break;
      }
    }
    return this.#lines.splice(0, count);
  }

  /** The server asks for reports of one entry in `every` from now on; 0: of none. @param {number} every */
  askedFor(every) {
    this.every = every;
    if (!every) {
      this.#actedAt.clear();
      this.#sentAfter.clear();
    }
  }

  /** The connection is lost, and the request for reports with it. */
  clear() {
    this.#lines = [];
    this.askedFor(0);
  }

  /** The program called message `n`: step 1. @param {number} n @param {number} now */
  acted(n, now) {
    if (this.every) {
      this.#actedAt.set(n, now);
    }
  }

  /** Message `n` was written: step 2. @param {number} n @param {number} now */
  wrote(n, now) {
    const actedAt = this.#actedAt.get(n);
    this.#actedAt.delete(n);
    if (actedAt !== undefined && this.#sentAfter.size < MAX_WAITING) {
      this.#sentAfter.set(n, now - actedAt);
    }
  }

  /**
   * Whether the server wants to know when this entry has been run here.
   * @param {Do} entry
   * @param {string} me our player id
   */
  isAskedAbout(entry, me) {
    if (!this.every) {
      return false;
    }
    if (entry.s % this.every !== 0) {
      if (entry.by === me) {
        this.#sentAfter.delete(entry.n ?? 0);
      }
      return false;
    }
    return true;
  }

  /**
   * An entry was run, which took `ran` ms: step 6.
   * @param {Do} entry
   * @param {number} ran
   * @param {string} me our player id
   */
  ran(entry, ran, me) {
    const n = entry.by === me ? (entry.n ?? 0) : 0;
    const sent = this.#sentAfter.get(n);
    this.#sentAfter.delete(n);
    this.add(JSON.stringify({ t: "done", s: entry.s, ran, sent }));
  }
}
