// When what has arrived is run: as it arrives, before the next frame is painted, or when the program says so.

/** @typedef {"arrival" | "frame" | "pump"} Batch */

export const BATCHES = ["arrival", "frame", "pump"];
export const NOTHING = -1; // there is nothing left to run

const MOST_IN_A_FRAME = 20_000; // things that may wait for the page's next frame; one that paints none must not drown

export class RunQueue {
  #batch;
  #next;
  #waiting;
  /** @type {(() => unknown)[]} */
  #calls = []; // of what is being run
  #running = false;
  #scheduled = false;

  /**
   * @param {Batch} batch
   * @param {() => number} next runs one thing; returns how many entries that was, or NOTHING
   * @param {() => number} waiting how many things wait
   */
  constructor(batch, next, waiting) {
    this.#batch = batch;
    this.#next = next;
    this.#waiting = waiting;
  }

  /** Call a function before anything else is run. @param {() => unknown} run */
  call(run) {
    this.#calls.push(run);
  }

  /** Let what has arrived be run when it is time. */
  schedule() {
    if (this.#batch === "pump" || this.#running) {
      return;
    }
    // In a page that is not seen no frames are painted.
    const late = this.#waiting() > MOST_IN_A_FRAME || (typeof document === "object" && document.hidden);
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
        queueMicrotask(run); // the program is registering its functions: when it has
      }
    }
  }

  /** Run all; returns how many entries that were. What a function throws comes out of here, and the rest still waits. */
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

  /** What one function throws is reported like any error that nobody catches, and does not hold up the others. */
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
