// Hashes of the program's state, which the server compares with those of the others: `room.check`.

import { digest } from "./digest.js";
import { BadArgument, Refused } from "./errors.js";

/**
 * What it needs of its room.
 * @typedef {object} Context
 * @property {import("./replica.js").Replica} replica
 * @property {import("./client_core.js").ClientCore} client
 * @property {import("./run_queue.js").RunQueue} runQueue
 * @property {() => void} wake lets what the client has to send go out
 * @property {(error: Refused) => void} failed tells the program
 */

export class StateChecks {
  /** @type {{state: () => unknown, every: number}[]} */
  #checks = [];
  #unhashed = false; // the program's state was none that has a hash
  #context;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
  }

  /** Send the hash of `state()` after every entry whose seq is divisible by `every`. @param {() => unknown} state @param {number} every */
  add(state, every) {
    if (!(Number.isSafeInteger(every) && every >= 1)) {
      throw new BadArgument(`every: ${every}: the interval is a whole number, at least 1 entry`, "check");
    }
    if (typeof state !== "function") {
      throw new BadArgument("check() takes a function that returns your state: room.check(() => ({ level }))", "check");
    }
    this.#checks.push({ state, every });
  }

  /** After the functions of the entry that is being run, hash the state, if it is time. */
  queue() {
    const { replica, client, runQueue, wake } = this.#context;
    const { seq } = replica;
    for (const { state, every } of this.#checks) {
      if (seq % every === 0) {
        runQueue.callNowhere(() => {
          const hash = this.#hashOf(state());
          if (hash && replica.log === client.log) {
            client.check(seq, hash); // a seq of a log that is gone has nothing to be compared with
            wake();
          }
        });
      }
    }
  }

  /** The hash of a state; "" where it has none, which is told once. @param {unknown} state */
  #hashOf(state) {
    try {
      const hash = digest(state);
      this.#unhashed = false;
      return hash;
    } catch (error) {
      if (!this.#unhashed && error instanceof BadArgument) {
        this.#unhashed = true;
        this.#context.failed(new Refused("bad-argument", error.sentence, 0, error.topic));
      }
      return "";
    }
  }
}
