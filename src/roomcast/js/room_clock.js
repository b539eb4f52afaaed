// The room's time between two entries, as a client estimates it: from the times that the server tells, and when.

const SAMPLES = 8; // the newest: of these, the one with the shortest round trip counts
const HALF = 0.5; // ms: times are told in whole milliseconds, rounded down

/**
 * Moments here are milliseconds on our monotonic clock. The error of a sample is at most half its round trip; where both directions
 * take equally long it is none.
 */
export class RoomClock {
  /** @type {{trip: number, offset: number}[]} */
  #samples = []; // round trips, and how many ms the room is ahead
  /** @type {number | null} */
  #offset = null; // ms; null: nothing is known yet
  #least = 0; // ms: what was told already

  /** There is a new connection, perhaps to a server that has another clock. @param {boolean} anotherRoom whether time may go back */
  restart(anotherRoom) {
    this.#samples = [];
    if (anotherRoom) {
      this.#least = 0;
    }
  }

  /** What we sent was answered with the room's time, in Unix ms. @param {number} sent @param {number} received @param {number} time */
  sample(sent, received, time) {
    this.#samples.push({ trip: received - sent, offset: time + HALF - (sent + received) / 2 });
    this.#samples = this.#samples.slice(-SAMPLES);
    this.#offset = this.#samples.reduce((best, one) => (one.trip < best.trip ? one : best)).offset;
  }

  /** The room's time in Unix ms. It never goes back, and is not below `least`. @param {number} now @param {number} least */
  time(now, least) {
    this.#least = Math.max(this.#offset === null ? 0 : now + this.#offset, least, this.#least);
    return this.#least;
  }
}
