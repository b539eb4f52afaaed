// Round trips to the server: pings, and what is learnt from their answers.
//
// Nothing is pinged for this until somebody asks (`wanted`): then after each welcome, and again every PING_EVERY. The program's
// own commands tell less: a room holds them back for its pace.

import { RoomClock } from "./room_clock.js";

/** @typedef {import("./messages.js").Pong} Pong */

export const PING_EVERY = 5_000; // ms between two pings; each counts as a command for the server's rate
const GAIN = 0.25; // share of a new sample in the latency: RFC 6298, section 2, has 1/8 for samples that come more often

export class RoundTrips {
  wanted = false; // whether somebody has asked
  /** @type {number | null} */
  latency = null; // ms that a round trip takes, smoothed; null before the first answer

  #clock;
  #anew = true; // no answer has come over this connection
  #sentAt = 0; // when the newest ping was written
  #underWay = 0; // pings that are written and not answered

  /** @param {RoomClock} [clock] gets the samples of the room's time */
  constructor(clock = new RoomClock()) {
    this.#clock = clock;
  }

  /** A ping is being written. @param {number} now ms */
  sent(now) {
    this.#sentAt = now;
    this.#underWay += 1;
  }

  /** The answer to a ping has come. It tells something where it is clear which ping it answers. @param {Pong} pong @param {number} now ms */
  answered(pong, now) {
    if (this.#underWay === 1) {
      this.sample(this.#sentAt, now, pong);
    }
    this.#underWay = 0;
  }

  /** One round trip: a ping was written at `sentAt`, and the answer received at `receivedAt`. @param {number} sentAt @param {number} receivedAt @param {Pong} pong */
  sample(sentAt, receivedAt, pong) {
    if (pong.time) {
      this.#clock.sample(sentAt, receivedAt, pong.time);
    }
    const took = receivedAt - sentAt;
    // Another connection may go another way.
    this.latency = this.latency === null || this.#anew ? took : this.latency + GAIN * (took - this.latency);
    this.#anew = false;
  }

  /** The connection is gone. The latency stays what it was until the next one has an answer. */
  disconnected() {
    this.#underWay = 0;
    this.#anew = true;
  }
}
