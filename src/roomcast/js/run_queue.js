// Decides when entries are run: as they arrive, before the next frame is painted, or when the program calls `pump`.

import { RoomBusy } from "./errors.js";
import { NOWHERE } from "./running.js";

/** @typedef {"arrival" | "frame" | "pump"} Batch */

export const BATCHES = ["arrival", "frame", "pump"];
export const NOTHING = -1; // nothing is left to run

const MAX_IN_A_FRAME = 20_000; // events that may wait for the next frame; beyond that they run at once
const AT_ONCE = 100; // ms; what takes longer to catch up with is run bit by bit, and a page answers meanwhile

export class RunQueue {
  /** @type {import("./running.js").RunningCall | boolean} */
  calling = false; // whether a call is being made, and once somebody has asked: which one

  #batch;
  #ready;
  #next;
  #waiting;
  /** @type {(() => unknown)[]} */
  #calls = []; // functions to call for the current event
  #running = false;
  #scheduled = false;

  /**
   * @param {Batch} batch
   * @param {() => boolean} ready whether anything may be run now
   * @param {() => number} next runs the next event; returns how many entries that were, or NOTHING
   * @param {() => number} waiting how many events wait
   */
  constructor(batch, ready, next, waiting) {
    this.#batch = batch;
    this.#ready = ready;
    this.#next = next;
    this.#waiting = waiting;
  }

  /** Queue a function, to be called before the next event is run. @param {() => unknown} run */
  call(run) {
    this.#calls.push(run);
  }

  /** Queue a function whose call is at no place of the order. @param {() => unknown} run */
  callNowhere(run) {
    this.#calls.push(() => {
      this.calling = NOWHERE;
      return run();
    });
  }

  /** Functions that are queued are not called. */
  clear() {
    this.#calls = [];
  }

  /** Events have arrived: run them now or later, according to `batch`. */
  schedule() {
    if (this.#batch === "pump" || this.#running) {
      return;
    }
    // A hidden page paints no frames.
    const late = this.#waiting() > MAX_IN_A_FRAME || (typeof document === "object" && document.hidden);
    if (this.#batch === "frame" ? late : this.#calls.length === 0) {
      this.#runAll();
    } else {
      // After the program has registered its functions.
      this.#runLater(this.#batch === "frame" ? requestAnimationFrame : queueMicrotask);
    }
  }

  /** @param {(run: () => void) => unknown} later */
  #runLater(later) {
    if (!this.#scheduled) {
      this.#scheduled = true;
      later(() => {
        this.#scheduled = false;
        this.#runAll();
      });
    }
  }

  /** Run what is queued at the end of this turn, before the program's next one: also where the rest waits for a frame. */
  soon() {
    if (this.#batch === "frame" && !this.#running) {
      queueMicrotask(() => !this.#running && this.#runAll());
    } else {
      this.schedule();
    }
  }

  /**
   * Run all events; returns how many entries that were. An exception of a function propagates; the rest still waits.
   * @param {number} [until] when to leave the rest (ms, as `performance.now`)
   */
  pump(until = Infinity) {
    if (this.#running) {
      throw new RoomBusy("pump() was called inside one of your functions: entries are run one at a time, call it outside");
    }
    if (!this.#ready()) {
      return 0;
    }
    let count = 0;
    let begun = false;
    this.#running = true;
    try {
      for (;;) {
        for (let call = this.#calls.shift(); call; call = this.#calls.shift()) {
          this.calling = true;
          call();
        }
        this.calling = false;
        if (begun && until < Infinity && performance.now() > until) {
          this.#runLater(this.#batch === "frame" ? requestAnimationFrame : setTimeout);
          return count;
        }
        const entries = this.#next();
        if (entries === NOTHING) {
          return count;
        }
        count += entries;
        begun = true;
      }
    } finally {
      this.#running = this.calling = false;
    }
  }

  /** Run all events, in a page that is looked at bit by bit. An exception is reported as uncaught, and the other functions still run. */
  #runAll() {
    const until = typeof document === "object" && !document.hidden ? performance.now() + AT_ONCE : Infinity;
    for (;;) {
      try {
        this.pump(until);
        return;
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
