// What programs tell the server: when they have run what, for those who watch; and hashes of their own state.

import { bytesOf } from "./codec.js";

/** @typedef {import("./messages.js").Do} Do */

const MOST = 50; // that wait to be told: who watches wants to see, not to drown

export class Reports {
  every = 0; // of so many entries, the server wants to be told of one's six steps; 0: of none
  /** @type {string[]} */
  #lines = []; // that wait to be written
  /** @type {Map<number, number>} */
  #actedAt = new Map(); // by number, where steps are watched
  /** @type {Map<number, number>} */
  #sentAfter = new Map(); // by number: ms from acting to writing

  /** How many wait to be written. */
  get length() {
    return this.#lines.length;
  }

  /** Let a line wait to be written; where too many do, it is left out. @param {string} line */
  add(line) {
    if (this.#lines.length < MOST) {
      this.#lines.push(line);
    }
  }

  /**
   * The lines that fit into so many bytes.
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

  /** The server wants to be told of one entry in so many from now on; 0: of none. @param {number} every */
  askedFor(every) {
    this.every = every;
    if (!every) {
      this.#actedAt.clear();
      this.#sentAfter.clear();
    }
  }

  /** The connection is gone, and with it who asked. */
  clear() {
    this.#lines = [];
    this.askedFor(0);
  }

  /** The program has acted: step 1. @param {number} n @param {number} now */
  acted(n, now) {
    if (this.every) {
      this.#actedAt.set(n, now);
    }
  }

  /** What it did is written: step 2. @param {number} n @param {number} now */
  wrote(n, now) {
    const actedAt = this.#actedAt.get(n);
    this.#actedAt.delete(n);
    if (actedAt !== undefined && this.#sentAfter.size < MOST) {
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
   * An entry was run, in so many ms: step 6.
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
