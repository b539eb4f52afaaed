// After a resume or a skip, the server has had messages of ours whose entries may be among those that we do not get.
//
// The server says how far it was: "of your messages I have had all up to number `n`, when the log was at `seq`". Once we
// have followed the log to that place, what has not come back by then never will: it is settled, and the program is told.

export class Settlement {
  /** @type {{seq: number, n: number} | null} */
  #due = null;

  /** @param {number} seq @param {number} n */
  expect(seq, n) {
    this.#due = { seq, n };
  }

  /** In a new session nothing is open. */
  clear() {
    this.#due = null;
  }

  /**
   * Entries up to `seq` are skipped, and `n` is what the server had had at `seq`; returns the number up to which all of
   * ours are settled now.
   * @param {number} seq
   * @param {number} n
   */
  skip(seq, n) {
    if (!this.#due || this.#due.seq > seq) {
      return n; // some of what the welcome counted still comes, as entries
    }
    const { n: before } = this.#due;
    this.#due = null;
    return Math.max(n, before);
  }

  /**
   * We have followed the log to `seen`; returns the number up to which all of ours are settled now, or null.
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
