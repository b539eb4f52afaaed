// Which call of a function runs now, and at which place of the room's order: what dice, time and timers ask.

/** One call of one of the program's functions, while it runs. Made only where somebody asks, for most never do. */
export class RunningCall {
  /** @type {any} */
  generator = null; // its dice, once it has rolled

  /**
   * @param {number} seq of the entry that it is for; of a timer's run, of the entry before it
   * @param {number} at the room's time, Unix milliseconds: of the entry; of a timer's run, when it was due
   * @param {string} key text that says which place this is, the same for everyone: "17" for that of entry 17, "17:step:2" for the
   *   third run after it of timers with functions of that name
   */
  constructor(seq, at, key) {
    this.seq = seq;
    this.at = at;
    this.key = key;
  }
}

/** A call that others do not make at the same place of the order: of a join that a snapshot brought, of an error. */
export const NOWHERE = new RunningCall(0, 0, "");
