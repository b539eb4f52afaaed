// What a client reports to the server: when it ran which entries, for observers; and hashes of the program's state.

import { bytesOf } from "./codec.js";

/** @typedef {import("./messages.js").Do} Do */

const MAX_WAITING = 50; // reports that may wait to be sent; further ones are dropped

export class Reports {
  every = 0; // sampling interval: report entries where seq % every == 0; 0: report none
  /** @type {{log: number, line: string}[]} */
  #lines = []; // reports that wait to be sent, and the log that each is about
  /** @type {Map<number, number>} */
  #sentAfter = new Map(); // by message number: ms from the call to the writing

  /** How many reports wait to be sent. */
  get length() {
    return this.#lines.length;
  }

  /** Queue a line about that log; dropped where too many wait. @param {string} line @param {number} log */
  add(line, log) {
    if (this.#lines.length < MAX_WAITING) {
      this.#lines.push({ log, line });
    }
  }

  /**
   * Take the lines that fit into `size` bytes. Those about another log than the one that is followed now are dropped: there, the
   * same seq is another entry.
   * @param {number} size
   * @param {number} log
   */
  take(size, log) {
    const lines = [];
    let count = 0;
    for (let left = size; count < this.#lines.length; count += 1) {
      const { log: of, line } = this.#lines[count];
      const after = left - bytesOf(line) - 1;
      if (after < 0) {
        break;
      }
      if (of === log) {
        left = after;
        lines.push(line);
      }
    }
    this.#lines.splice(0, count);
    return lines;
  }

  /** The server asks for reports of one entry in `every` from now on; 0: of none. @param {number} every */
  askedFor(every) {
    this.every = every;
    if (!every) {
      this.#sentAfter.clear();
    }
  }

  /** The connection is lost, and the request for reports with it. */
  clear() {
    this.#lines = [];
    this.askedFor(0);
  }

  /** Message `n` was written, which the program sent at `actedAt`: steps 1 and 2. @param {number} n @param {number} actedAt @param {number} now */
  wrote(n, actedAt, now) {
    if (this.every && this.#sentAfter.size < MAX_WAITING) {
      this.#sentAfter.set(n, now - actedAt);
    }
  }

  /**
   * Whether the server wants to know when this entry has been run here.
   * @param {Do} entry
   * @param {boolean} own it is our message
   */
  isAskedAbout(entry, own) {
    if (!this.every) {
      return false;
    }
    if (entry.s % this.every !== 0) {
      if (own) {
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
   * @param {number} log the one that the entry is in
   * @param {boolean} own it is our message
   */
  ran(entry, ran, log, own) {
    const n = own ? (entry.n ?? 0) : 0;
    const sent = this.#sentAfter.get(n);
    this.#sentAfter.delete(n);
    this.add(JSON.stringify({ t: "done", s: entry.s, ran, sent }), log);
  }
}
