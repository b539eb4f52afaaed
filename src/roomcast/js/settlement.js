// Knows which entries may be our messages, and finds messages whose outcome stays unknown: after a resume or a skip, their
// entries may be among those that we do not get.
//
// Another player may have had our id before us, whose entries have its own numbers 1, 2, 3 … Who begins at an older place
// reads them, and they acknowledge nothing: our messages come after the entry that was the last when our session began.
//
// The server says: "when the log was at `seq`, I had received your messages up to number `n`". Once we have followed the log
// to `seq`, a message up to `n` that has not come back never will. It is settled, and the program is told.

export class Settlement {
  /** @type {{seq: number, n: number} | null} */
  #due = null;

  /** @param {number} [began] seq after which entries with our id are ours; up to there, another player may have had it */
  constructor(began = 0) {
    this.began = began;
  }

  /** A session begins, and the log ends at `seq`: nothing of ours is in it yet. @param {number} seq */
  begin(seq) {
    this.began = seq;
    this.#due = null;
  }

  /** When the log ended at `seq`, the server had our messages up to number `n`. @param {number} seq @param {number} n */
  expect(seq, n) {
    this.began = Math.min(this.began, seq); // a crash may have undone what was in the log when the session began
    this.#due = { seq, n };
  }

  /** Whether the entry at `seq`, which has our id and the number `n`, may be our message. @param {number} n @param {number} seq */
  mayCome(n, seq) {
    return seq > this.began && (!this.#due || n <= this.#due.n);
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
