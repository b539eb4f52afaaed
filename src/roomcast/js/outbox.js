// Messages that are not acknowledged yet: numbered, the oldest first, and how many of them have been written.

/**
 * A numbered message: its number `n`, and the text of its line before and after the number.
 * @typedef {{n: number, head: string, tail: string}} Numbered
 */
/** What is kept through a reload. `sent`: how many of `waiting` have been written. @typedef {{waiting: [n: number, head: string, tail: string][], sent: number}} KeptOutbox */

export class Outbox {
  #n = 0;
  /** @type {Numbered[]} */
  #waiting = [];
  #unsent = 0; // how many of those, counted from the end, were not written to this connection
  #neverSent = 0; // how many of those were not written to any connection

  /** @param {KeptOutbox | null} kept */
  constructor(kept) {
    if (kept) {
      this.#waiting = kept.waiting.map(([n, head, tail]) => ({ n, head, tail }));
      this.#n = this.#waiting.at(-1)?.n ?? 0;
      this.#unsent = this.#waiting.length;
      this.#neverSent = this.#waiting.length - kept.sent;
    }
  }

  /** @returns {KeptOutbox} */
  get kept() {
    return {
      waiting: this.#waiting.map(({ n, head, tail }) => [n, head, tail]),
      sent: this.#waiting.length - this.#neverSent,
    };
  }

  get length() {
    return this.#waiting.length;
  }

  get unsent() {
    return this.#unsent;
  }

  /** @param {(message: Numbered) => boolean} which */
  count(which) {
    return this.#waiting.filter(which).length;
  }

  /**
   * Add a message; returns its number.
   * @param {string} head
   * @param {string} tail
   */
  add(head, tail) {
    this.#n += 1;
    this.#waiting.push({ n: this.#n, head, tail });
    this.#unsent += 1;
    this.#neverSent += 1;
    return this.#n;
  }

  /** The number of the next message. */
  get next() {
    return this.#n + 1;
  }

  /**
   * The next message to write to this connection. Call `wrote` once it is written.
   * @returns {Numbered | undefined}
   */
  peek() {
    return this.#unsent > 0 ? this.#waiting[this.#waiting.length - this.#unsent] : undefined;
  }

  wrote() {
    this.#unsent -= 1;
    this.#neverSent = Math.min(this.#neverSent, this.#unsent);
  }

  /**
   * Remove message `n`, which came back or was refused. Returns it.
   * @param {number} n
   * @returns {Numbered | undefined}
   */
  acknowledge(n) {
    const waiting = this.#waiting;
    // Usually the oldest; but a refusal may overtake an earlier message whose entry is still to be flushed.
    const place = waiting.length > 0 && waiting[0].n === n ? 0 : waiting.findIndex((message) => message.n === n);
    if (place < 0) {
      return undefined;
    }
    const [message] = waiting.splice(place, 1);
    if (this.#unsent > waiting.length) {
      this.#unsent = this.#neverSent = waiting.length; // the server acknowledged a message that we never sent
    }
    return message;
  }

  /**
   * Remove all messages up to number `n`; returns their numbers.
   * @param {number} n
   */
  settle(n) {
    const had = this.#upTo(n);
    const settled = this.#waiting.splice(0, had).map((message) => message.n);
    this.#unsent = Math.min(this.#unsent, this.#waiting.length);
    this.#neverSent = Math.min(this.#neverSent, this.#unsent);
    return settled;
  }

  /**
   * Send again what the server has not had, under the numbers that it expects: the old ones, unless a crash has made
   * it forget that it refused some.
   * @param {number} n the highest number that the server has had
   */
  countFrom(n) {
    const again = this.#waiting.slice(this.#upTo(n));
    again.forEach((message, index) => {
      message.n = n + 1 + index;
    });
    this.#n = n + again.length;
    this.#unsent = again.length;
    this.#neverSent = Math.min(this.#neverSent, this.#unsent);
  }

  /** In a new session, number from 1 what was never sent, and drop the rest. Returns how many were dropped. */
  startAnew() {
    const dropped = this.#waiting.length - this.#neverSent;
    this.#waiting.splice(0, dropped);
    this.#waiting.forEach((message, index) => {
      message.n = index + 1;
    });
    this.#n = this.#unsent = this.#neverSent = this.#waiting.length;
    return dropped;
  }

  /** @param {number} n */
  #upTo(n) {
    const first = this.#waiting.findIndex((message) => message.n > n);
    return first < 0 ? this.#waiting.length : first;
  }
}

/** The line of a message. @param {Numbered} message */
export function lineOf({ head, n, tail }) {
  return head + n + tail;
}
