// An answer that a program waits for: of a room with rules, to an `ask`.

export class PendingAnswer {
  done = false; // it has come, or it is known that none will
  /** @type {import("./messages.js").Json} */
  result = null;
  code = ""; // why there is none: a code, "" where there is one
  message = "";

  /** @param {() => void} [settle] tells the program, when the answer's place among the events has come */
  constructor(settle = () => {}) {
    this.settle = settle;
  }

  /** The answer has come. @param {import("./messages.js").Json} result */
  resolve(result) {
    this.result = result;
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
