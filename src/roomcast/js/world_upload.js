// The program's own state on its way to the server, which has asked for it: in pieces, after all else that waits.

import { sha256 } from "./digest.js";

/** @typedef {import("./messages.js").Save} Save */

const AROUND = 300; // bytes of a message beside the piece in it
const EXPANDS = 4; // bytes of a character in a JSON text, at most: canonical JSON has no control characters

/** The messages that answer `save`. They are not kept for another connection. */
export class WorldUpload {
  /** @type {{log: number, line: string}[]} */
  #lines = [];

  /** How many messages wait. */
  get length() {
    return this.#lines.length;
  }

  /**
   * Answer with the hash of the text and, where all of it is asked for, with the text.
   * @param {number} log the one that the entry `save.s` is in
   * @param {Save} save
   * @param {string} text
   * @param {number} size bytes that a message may have
   */
  add(log, save, text, size) {
    const d = sha256(new TextEncoder().encode(text));
    if (!save.whole) {
      this.#push(log, save, { d });
      return;
    }
    const step = Math.max(1, Math.floor((size - AROUND) / EXPANDS));
    for (let start = 0; start < text.length; ) {
      let end = start + step;
      if (/[\uD800-\uDBFF]/.test(text.charAt(end - 1))) {
        end += 1; // half a character is no text
      }
      this.#push(log, save, { d: start === 0 ? d : undefined, x: text.slice(start, end), more: end < text.length || undefined });
      start = end;
    }
  }

  /** Answer that there is nothing to send. @param {number} log @param {Save} save */
  decline(log, save) {
    this.#push(log, save, {});
  }

  /** The next message about the log that is followed now; "": there is none. It counts as written. @param {number} log */
  next(log) {
    for (let next = this.#lines.shift(); next; next = this.#lines.shift()) {
      if (next.log === log) {
        return next.line;
      }
    }
    return "";
  }

  clear() {
    this.#lines = [];
  }

  /** @param {number} log @param {Save} save @param {object} fields */
  #push(log, { s, at }, fields) {
    this.#lines.push({ log, line: JSON.stringify({ t: "world", s, ...fields, at: at || undefined }) });
  }
}
