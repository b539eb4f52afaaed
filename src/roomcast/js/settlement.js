// Finds messages whose outcome stays unknown: after a resume or a skip, their entries may be among those that we do not get.
//
// The server says: "when the log was at `seq`, I had received your messages up to number `n`". Once we have followed the log
// to `seq`, a message up to `n` that has not come back never will. It is settled, and the program is told.

export class Settlement {
  /** @type {{seq: number, n: number} | null} */
  #due = null;

  /** When the log was at `seq`, the server had our messages up to number `n`. @param {number} seq @param {number} n */
  expect(seq, n) {
    this.#due = { seq, n };
  }

  /** Whether an entry may be our message `n`. Before the expected place stand others of an earlier session, too. @param {number} n */
  mayCome(n) {
    return !this.#due || n <= this.#due.n;
  }

  /**
   * Entries up to `seq` are skipped, and the server had our messages up to `n` by then. Returns the number up to which
   * messages are settled now.
   * @param {number} seq
   * @param {number} n
   */
  skip(seq, n) {
    if (!this.#due || this.#due.seq > seq) {
      return n; // entries of messages that the welcome counted are still to come
    }
    const { n: before } = this.#due;
    this.#due = null;
    return Math.max(n, before);
  }

  /**
   * We have followed the log to `seen`. Returns the number up to which messages are settled now, or null.
   * @param {number} seen
   */
  reach(seen) {
    if (!this.#due || seen < this.#due.seq) {
      return null;
    }
    const { n } = this.#due;
    this.#due = null;
    return n;
  }
}
