// Asks the server to tell the room's time when a timer is due: with a message only where the last one does not do.

import { NO_WAKE } from "./timers.js";

/** @typedef {import("./timers.js").Wake} Wake */

/** What one client has asked for. */
export class Wakes {
  hasOutput = false; // whether the server is to be told
  /** @type {Readonly<Wake>} */
  #asked = NO_WAKE;

  /**
   * Ask for what is wanted now; `heard`: the room's time, as far as we have heard it. Returns whether the server must be told.
   *
   * Instead of a moment, an earlier one does as well: when it has come, this is called again.
   * @param {Readonly<Wake>} wanted
   * @param {number} heard
   */
  ask(wanted, heard) {
    const { at, every, start } = this.#asked;
    const does = wanted.at <= heard || (heard < at && at <= wanted.at);
    if (does && wanted.every === every && wanted.start === start) {
      return false;
    }
    this.#asked = wanted;
    this.hasOutput = true;
    return true;
  }

  /** A new connection is live: the server knows of nothing. */
  connected() {
    const { at, every, start } = this.#asked;
    this.hasOutput = at !== 0 || every !== 0 || start !== 0;
  }

  /** The message that is to be written. It counts as written. */
  write() {
    this.hasOutput = false;
    const { at, every, start } = this.#asked;
    return JSON.stringify({ t: "wake", at: at || undefined, every: every || undefined, from: start || undefined });
  }
}
