// An answer that a program waits for: of a room with rules, to an `ask`.

export class PendingAnswer {
  done = false; // it has come, or it is known that none will
  /** @type {import("./messages.js").Json} */
  result = null;
  seq = 0; // of the turn in which it was done; 0: it is not yet known, or none
  code = ""; // why there is none: a code, "" where there is one
  message = "";

  /** @param {() => void} [settle] tells the program, when the answer's place among the events has come */
  constructor(settle = () => {}) {
    this.settle = settle;
  }

  /** The answer has come, with the turn at `seq`. @param {import("./messages.js").Json} result @param {number} seq */
  resolve(result, seq) {
    this.result = result;
    this.seq = seq;
    this.done = true;
  }

  /** There will be none. @param {string} code @param {string} message */
  fail(code, message) {
    if (!this.done) {
      this.code = code;
      this.message = message;
      this.done = true;
    }
  }
}
