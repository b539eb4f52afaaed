// Everything that a client sends: numbers it, checks it against the limits, keeps it until it is acknowledged, and packs it
// into frames.

import { bytesOf } from "./codec.js";
import { BadArgument, TooFast } from "./errors.js";
import { Outbox, lineOf } from "./outbox.js";
import { ParcelQueue } from "./parcel_queue.js";
import { HEAD } from "./parcels.js";
import { Reports } from "./reports.js";

export const MAX_WAITING = 10_000; // messages that may wait to be acknowledged

export class SendQueue {
  outbox;
  parcels = new ParcelQueue();
  reports = new Reports();
  /** @type {import("./messages.js").ClientLimits | null} */
  limits = null; // the server's; null before the first welcome

  #warned = false;

  /** @param {import("./outbox.js").KeptOutbox | null} kept of an earlier run */
  constructor(kept) {
    this.outbox = new Outbox(kept);
  }

  /** How many messages are not acknowledged, calls with bytes that are not sent yet included. */
  get unacknowledged() {
    return this.outbox.length + this.parcels.length;
  }

  /** Whether numbered messages or reports wait to be written. */
  get hasLines() {
    return this.reports.length > 0 || this.outbox.unsent > 0;
  }

  /** Whether a piece of a call with bytes may be sent now. */
  get hasPiece() {
    return this.parcels.maySend(this.outbox);
  }

  // ------------------------------------------------------------------ messages in

  /**
   * Number a command; returns its number.
   * @param {string} command
   * @param {string} args JSON text
   * @param {string[] | null} to player ids; null: everyone
   * @param {number} now ms
   * @throws {TooFast} and {BadArgument}
   */
  addCommand(command, args, to, now) {
    const a = args === "[]" ? "" : `,"a":${args}`;
    const n = this.#add('{"t":"do","n":', `,"c":${JSON.stringify(command)}${a}${audience(to)}}`, command);
    this.reports.acted(n, now);
    return n;
  }

  /**
   * Queue a call with bytes, which is sent in pieces.
   * @param {string} command
   * @param {string} args JSON text, with an empty text for each argument that is bytes
   * @param {import("./parcels.js").Blobs} blobs
   * @param {string[] | null} to
   * @throws {TooFast} and {BadArgument}
   */
  addParcel(command, args, blobs, to) {
    const parcel = this.parcels.make(command, args, blobs, audience(to));
    this.#checkSize(HEAD, parcel.tail(parcel.opening("")), command);
    this.parcels.add(parcel);
  }

  /**
   * Number a patch of shared state; returns its number.
   * @param {"me" | "room"} of
   * @param {string} patch JSON text
   * @param {boolean} whole
   * @throws {TooFast} and {BadArgument}
   */
  addPatch(of, patch, whole) {
    return this.#add('{"t":"set","n":', `,"of":"${of}","p":${patch}${whole ? ',"whole":true' : ""}}`, "the state");
  }

  /** @param {string} head @param {string} tail @param {string} what */
  #add(head, tail, what) {
    const waiting = this.outbox.length;
    if (waiting >= MAX_WAITING) {
      throw new TooFast(
        `${waiting} messages wait to be sent or to come back, so ${what} was not taken: ` +
          "send less often, or wait until the connection is back",
      );
    }
    this.#checkSize(head, tail, what);
    return this.outbox.add(head, tail);
  }

  /** @param {string} head @param {string} tail @param {string} what */
  #checkSize(head, tail, what) {
    const size = bytesOf(lineOf({ head, n: this.outbox.next, tail }));
    if (this.limits && size > this.limits.message_size) {
      throw new BadArgument(
        `${what} takes ${size} bytes, and a message may have ${this.limits.message_size}: send less, or in pieces`,
      );
    }
  }

  /**
   * Message `n` was refused. If it was a piece of a call with bytes, the other pieces are not sent, and a message tells the
   * receivers. Returns whether such a message was added.
   * @param {number} n
   */
  refused(n) {
    const givenUp = this.parcels.giveUp(this.outbox.acknowledge(n));
    if (givenUp) {
      this.outbox.add(HEAD, givenUp);
    }
    return givenUp !== "";
  }

  /**
   * A warning that the program sends faster than the server's rate, so that its commands arrive later and later; null
   * where it does not, or was warned already.
   * @returns {import("./messages.js").ErrorMessage | null}
   */
  rateWarning() {
    if (!this.limits) {
      return null;
    }
    const { rate, burst } = this.limits;
    const waiting = this.outbox.length;
    if (waiting <= burst) {
      this.#warned = false;
    } else if (waiting > burst + 2 * rate && !this.#warned) {
      this.#warned = true;
      const message =
        `${waiting} of our messages wait, for the server takes ${rate} a second from a player: ` +
        "send less often (setting: rate)";
      return { t: "error", code: "rate", message };
    }
    return null;
  }

  // ------------------------------------------------------------------ frames out

  /**
   * The next frame to write, "" if there is none now. Only for a connection that has had its welcome.
   * @param {number} now ms
   * @param {number} size bytes that a frame may have
   */
  nextFrame(now, size) {
    if (this.hasPiece) {
      return this.parcels.next(this.outbox, size);
    }
    const lines = this.reports.take(size);
    let room = lines.reduce((left, line) => left - bytesOf(line) - 1, size);
    for (let message = this.outbox.peek(); message; message = this.outbox.peek()) {
      const line = lineOf(message);
      room -= bytesOf(line) + 1;
      if (room < 0 && lines.length > 0) {
        break;
      }
      lines.push(line);
      this.outbox.wrote();
      this.reports.wrote(message.n, now);
    }
    return lines.join("\n");
  }
}

/** The field `to`, as it stands on a line. @param {string[] | null} to */
function audience(to) {
  return to === null ? "" : `,"to":${JSON.stringify(to)}`;
}
