// Calls with bytes that have pieces left to send, the oldest first, and when the next piece may be sent.

import { TooFast } from "./errors.js";
import { lineOf } from "./outbox.js";
import { Outgoing, numberOf } from "./outgoing_parcel.js";
import { COMMANDS_FIRST, HEAD, PIECE, WINDOW } from "./parcels.js";

/** @typedef {import("./outbox.js").Outbox} Outbox */

export const MAX_TO_SEND = 100; // calls that may wait

export class ParcelQueue {
  /** @type {Outgoing[]} */
  #parcels = [];
  #last = 0; // number of the newest

  get length() {
    return this.#parcels.length;
  }

  /**
   * Make a parcel. Call `add` to queue it.
   * @param {string} command
   * @param {string} args JSON text
   * @param {import("./parcels.js").Blobs} blobs
   * @param {string} audience
   * @throws {TooFast} and {import("./errors.js").BadArgument}
   */
  make(command, args, blobs, audience) {
    if (this.#parcels.length >= MAX_TO_SEND) {
      throw new TooFast(`${MAX_TO_SEND} calls with bytes wait to be sent, so ${command} was not taken`);
    }
    return new Outgoing(this.#last + 1, command, args, blobs, audience);
  }

  /** @param {Outgoing} parcel */
  add(parcel) {
    this.#last = parcel.id;
    this.#parcels.push(parcel);
  }

  /** Whether the next piece may be sent: few may be unacknowledged at a time, and other commands go first. @param {Outbox} outbox */
  maySend(outbox) {
    return (
      this.#parcels.length > 0 &&
      outbox.unsent === 0 &&
      outbox.length < WINDOW + COMMANDS_FIRST &&
      outbox.count((message) => message.tail.startsWith(PIECE)) < WINDOW
    );
  }

  /**
   * The line of the next piece. It is numbered only when it is written, so that no piece in the outbox is unwritten.
   * @param {Outbox} outbox
   * @param {number} messageSize
   */
  next(outbox, messageSize) {
    const [parcel] = this.#parcels;
    const tail = parcel.take(messageSize);
    const piece = outbox.addWritten(HEAD, tail);
    if (parcel.done) {
      this.#parcels.shift();
    }
    return lineOf(piece);
  }

  /**
   * A message was refused. If it was a piece, drop the rest of its call; returns the tail of the line that tells the others,
   * or "".
   * @param {import("./outbox.js").Numbered | undefined} refused
   */
  giveUp(refused) {
    if (!refused?.tail.startsWith(PIECE)) {
      return "";
    }
    const number = numberOf(refused.tail);
    this.#parcels = this.#parcels.filter((parcel) => parcel.id !== number);
    const givenUp = `${PIECE},"a":[${number}]}`;
    return refused.tail === givenUp ? "" : givenUp; // where that is refused, too, saying it again would never end
  }

  /** The pieces sent so far are lost: start again. */
  restart() {
    this.#parcels.forEach((parcel) => parcel.restart());
  }
}
