// Whether to come back after a connection has ended, and when: as core/client/endings.py and client_core.py in Python.
//
// A `bye` says for itself whether to come back. Close codes are for ends without one: another program's, a proxy's, or a server
// that had no time for it.

import { Backoff } from "./backoff.js";

export const MAX_IN_VAIN = 10; // connections in a row that a server may end explicitly, soon after they began; then we give up
export const LASTS = 2_000; // ms after its welcome; a connection that lasted so long counts as a success
const MAX_AGAIN = 3_600; // seconds that a bye may ask us to stay away for
const LONGEST_SENTENCE = 500; // characters of a sentence of the server's

// Close codes that say: what you do is wrong, and will be the next time (RFC 6455, section 7.4; the last two: IANA).
const FINAL = new Set([1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003]);
const ABNORMAL = [0, 1006]; // without a close frame

export class Reconnection {
  farewell = ""; // the message of the last bye after which we may come back
  code = ""; // and its code

  #backoff;
  #welcomedAt = 0;
  #inVain = 0; // connections in a row that the server ended explicitly before they lasted

  /** @param {() => number} random gives numbers from 0 to 1, for the jitter of the waits */
  constructor(random) {
    this.#backoff = new Backoff(random);
  }

  /** When to try again, in ms on the caller's clock. */
  get retryAt() {
    return this.#backoff.retryAt;
  }

  /** A connection is open. */
  connected() {
    this.farewell = this.code = "";
  }

  /** We are in the room. @param {number} now */
  welcomed(now) {
    this.#welcomedAt = now;
  }

  /** The server sends us away for a while. @param {import("./messages.js").Bye} bye @param {number} now */
  goodbye({ code, message, again }, now) {
    const wait = Number.isFinite(again) ? Math.min(Math.max(Number(again), 0), MAX_AGAIN) : MAX_AGAIN;
    this.farewell = oneLine(message) || code;
    this.code = code;
    this.#backoff.retryAt = now + wait * 1000;
  }

  /**
   * A connection has ended, or could not be made. Returns why not to come back, or "".
   * @param {string} why
   * @param {number} now
   * @param {boolean} live whether we were in the room
   * @param {Ending} ending
   */
  ended(why, now, live, { said, final }) {
    if (live && now - this.#welcomedAt >= LASTS) {
      this.#backoff.reset();
      this.#inVain = 0;
    } else if (said && !this.farewell) {
      this.#inVain += 1;
    }
    if (final && !this.farewell) {
      return why;
    }
    return this.#inVain >= MAX_IN_VAIN ? `${this.#inVain} connections in a row were ended at once: ${why}` : "";
  }

  /** Wait before the next try. @param {number} now */
  wait(now) {
    this.#backoff.failed(now);
  }
}

/**
 * How a connection ended. `said`: the server has ended it explicitly, and may do so again. `final`: it would do so again.
 * @typedef {{said: boolean, final: boolean}} Ending
 */

/**
 * What a close code says.
 * @param {number} code
 * @param {string} reason
 * @returns {Ending & {why: string}}
 */
export function ending(code, reason) {
  const said = !ABNORMAL.includes(code);
  const about = oneLine(reason);
  return {
    why: said ? `the server closed the connection (${code}${about && `: ${about}`})` : "the connection was lost",
    said,
    final: FINAL.has(code) || (code >= 4000 && code < 5000),
  };
}

/** A sentence that the other side has written, for people: on one line, without what cannot be seen. @param {unknown} text */
export function oneLine(text) {
  const words = String(text ?? "");
  const seen = words.slice(0, LONGEST_SENTENCE).replace(/[\p{C}\p{Z}]+/gu, " ").trim();
  return seen + (words.length > LONGEST_SENTENCE ? " …" : "");
}
