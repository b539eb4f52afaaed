// Our own state, ahead of the server: as client/prediction.py in Python. Each command that was sent and not decided yet is done to a
// copy of our state; when an entry arrives, the copy is made anew from what the room says.

/** @typedef {import("./messages.js").JsonObject} JsonObject */
/** @typedef {import("./pending_answer.js").PendingAnswer} PendingAnswer */
/** @typedef {{answer: PendingAnswer, command: string, run: (state: {[key: string]: any}) => unknown, taken: boolean}} Pending */

export class Prediction {
  #replica;
  #report;
  /** @type {Pending[]} */
  #pending = [];
  /** @type {{[key: string]: any}} */
  #values = {};
  #base = ""; // the log, and the seq, of the state from which they were made
  /** @type {Map<string, number>} by key, the sum of what numbers were wrong by, so far */
  corrections = new Map();

  /**
   * @param {() => import("./replica.js").Replica} replica
   * @param {(command: string, error: unknown) => void} report is given an error of one of the program's functions
   */
  constructor(replica, report) {
    this.#replica = replica;
    this.#report = report;
  }

  /** A command was sent; `run` does to a state what the room will do. @param {Pending} pending */
  add(pending) {
    this.#update();
    if (this.#run(this.#values, pending)) {
      this.#pending.push(pending);
    } else {
      this.#values = this.#made();
    }
  }

  /** Our state, as it will probably be. */
  get values() {
    this.#update();
    return this.#values;
  }

  #update() {
    const { log, seq } = this.#replica();
    const base = `${log}:${seq}`;
    if (base === this.#base && !this.#pending.some(({ taken }) => taken)) {
      return;
    }
    this.#base = base;
    this.#pending = this.#pending.filter(({ answer, taken }) => !taken && !(answer.seq > 0 && answer.seq <= seq));
    const before = this.#values;
    this.#values = this.#made();
    for (const [key, value] of Object.entries(this.#values)) {
      const old = before[key];
      if (typeof value === "number" && typeof old === "number" && value !== old) {
        this.corrections.set(key, (this.corrections.get(key) ?? 0) + value - old);
      }
    }
  }

  /** What the room says, with what waits. @returns {{[key: string]: any}} */
  #made() {
    const replica = this.#replica();
    for (;;) {
      const values = structuredClone(replica.fold.players.get(replica.me.id)?.state.toJSON() ?? {});
      const wrong = this.#pending.find((pending) => !this.#run(values, pending));
      if (!wrong) {
        return values;
      }
      this.#pending = this.#pending.filter((one) => one !== wrong); // it has changed half of them: once more, without it
    }
  }

  /** @param {{[key: string]: any}} values @param {Pending} pending */
  #run(values, { command, run }) {
    try {
      run(values);
      return true;
    } catch (error) {
      this.#report(command, error);
      return false;
    }
  }
}
