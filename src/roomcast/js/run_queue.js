// Decides when entries are run: as they arrive, before the next frame is painted, or when the program calls `pump`.

/** @typedef {"arrival" | "frame" | "pump"} Batch */

export const BATCHES = ["arrival", "frame", "pump"];
export const NOTHING = -1; // nothing is left to run

const MAX_IN_A_FRAME = 20_000; // events that may wait for the next frame; beyond that they run at once

export class RunQueue {
  #batch;
  #next;
  #waiting;
  /** @type {(() => unknown)[]} */
  #calls = []; // functions to call for the current event
  #running = false;
  #scheduled = false;

  /**
   * @param {Batch} batch
   * @param {() => number} next runs the next event; returns how many entries that were, or NOTHING
   * @param {() => number} waiting how many events wait
   */
  constructor(batch, next, waiting) {
    this.#batch = batch;
    this.#next = next;
    this.#waiting = waiting;
  }

  /** Queue a function, to be called before the next event is run. @param {() => unknown} run */
  call(run) {
    this.#calls.push(run);
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
    } else if (!this.#scheduled) {
      this.#scheduled = true;
      const run = () => {
        this.#scheduled = false;
        this.#runAll();
      };
      if (this.#batch === "frame") {
        requestAnimationFrame(run);
      } else {
        queueMicrotask(run); // after the program has registered its functions
      }
    }
  }

  /** Run all events; returns how many entries that were. An exception of a function propagates; the rest still waits. */
  pump() {
    let count = 0;
    this.#running = true;
    try {
      for (;;) {
        for (let call = this.#calls.shift(); call; call = this.#calls.shift()) {
          call();
        }
        const entries = this.#next();
        if (entries === NOTHING) {
          return count;
        }
        count += entries;
      }
    } finally {
      this.#running = false;
    }
  }

  /** Run all events. An exception is reported as uncaught, and the other functions still run. */
  #runAll() {
    for (;;) {
      try {
        this.pump();
        return;
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
