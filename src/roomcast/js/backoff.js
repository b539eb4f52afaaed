// When to try to connect again: after 0.1 s, then twice as long after each failure, up to 5 s, with jitter.

export const FIRST_WAIT = 100; // ms
export const MAX_WAIT = 5_000; // ms

const MAX_DOUBLINGS = 10; // more would change nothing

export class Backoff {
  retryAt = 0; // ms, on the clock of the caller

  #random;
  #failures = 0;

  /** @param {() => number} random gives numbers from 0 to 1, for the jitter */
  constructor(random) {
    this.#random = random;
  }

  /** A connection was lost, or could not be made. @param {number} now ms */
  failed(now) {
    const wait = Math.min(FIRST_WAIT * 2 ** this.#failures, MAX_WAIT);
    this.#failures = Math.min(this.#failures + 1, MAX_DOUBLINGS);
    this.retryAt = Math.max(this.retryAt, now + wait * (0.5 + this.#random() / 2));
  }

  /** We are in the room: the next failure is the first again. */
  reset() {
    this.#failures = 0;
  }
}
