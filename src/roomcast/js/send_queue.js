// Everything that a client sends: numbers it, checks it against the limits, keeps it until it is acknowledged, and packs it
// into frames.

import { bytesOf } from "./codec.js";
import { BadArgument, TooFast } from "./errors.js";
import { Outbox, lineOf } from "./outbox.js";
import { ParcelQueue } from "./parcel_queue.js";
import { HEAD } from "./parcels.js";
import { Reports } from "./reports.js";
import { misshapen } from "./shape.js";
import { WorldUpload } from "./world_upload.js";

/** When a command is outdated: when a newer one waits (`latest`), after so many ms (`ttl`). @typedef {{latest: boolean, ttl: number}} Outdating */

export const MAX_WAITING = 10_000; // messages that may wait to be acknowledged

/**
 * How a patch of shared state is meant. `whole`: its values replace the old ones, and are not merged. `op`: it is an operation,
 * of which the room works out what it changes; `was`, as JSON text, are the values that a swap expects.
 * @typedef {{whole?: boolean, op?: "add" | "claim" | "swap", was?: string}} How
 */

export class SendQueue {
  outbox;
  parcels = new ParcelQueue();
  reports = new Reports();
  world = new WorldUpload();
  /** @type {import("./messages.js").ClientLimits | null} */
  limits = null; // the server's; null before the first welcome

  #warned = false;

  /** The server has told us that it holds us back: then it does so whenever it does, and knows better. */
  told = false;

  /**
   * @param {import("./outbox.js").KeptOutbox | null} kept of an earlier run
   * @param {number} origin Unix ms at which the caller's clock was 0
   */
  constructor(kept, origin) {
    this.outbox = new Outbox(kept, origin);
  }

  /** How many messages are not acknowledged, calls with bytes that are not sent yet included. */
  get unacknowledged() {
    return this.outbox.length + this.parcels.length;
  }

  /** Whether numbered messages, reports or a world wait to be written. */
  get hasLines() {
    return this.reports.length > 0 || this.outbox.unsent > 0 || this.world.length > 0;
  }

  /** Whether a piece of a call with bytes may be sent now. */
  get hasPiece() {
    return this.parcels.maySend(this.outbox);
  }

  // ------------------------------------------------------------------ messages in

  /**
   * Queue a command; returns the number that it is about to get.
   * @param {string} command
   * @param {string} args JSON text
   * @param {string[] | null} to player ids; null: everyone
   * @param {number} now ms
   * @param {Outdating | null} [outdating]
   * @throws {TooFast} and {BadArgument}
   */
  addCommand(command, args, to, now, outdating = null) {
    const a = args === "[]" ? "" : `,"a":${args}`;
    const tail = `,"c":${JSON.stringify(command)}${a}${audience(to)}}`;
    if (outdating === null) {
      return this.#add('{"t":"do","n":', tail, command, now);
    }
    const { latest, ttl } = outdating;
    this.outbox.dropTooOld(now);
    return this.#add('{"t":"do","n":', tail, command, now, {
      kind: latest ? JSON.stringify([command, to && [...to].sort()]) : undefined,
      until: ttl < Infinity ? now + ttl : undefined,
    });
  }

  /**
   * Queue a command that wants an answer; returns as `addCommand`.
   * @param {string} command
   * @param {string} args JSON text
   * @param {import("./pending_answer.js").PendingAnswer} answer
   * @throws {TooFast} and {BadArgument}
   */
  addAsk(command, args, answer) {
    const a = args === "[]" ? "" : `,"a":${args}`;
    return this.#add('{"t":"ask","n":', `,"c":${JSON.stringify(command)}${a}}`, command, undefined, { answer });
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
   * @param {How} how
   * @throws {TooFast} and {BadArgument}
   */
  addPatch(of, patch, { whole = false, op, was }) {
    const how = (whole ? ',"whole":true' : "") + (op ? `,"op":"${op}"` : "") + (was ? `,"was":${was}` : "");
    return this.#add('{"t":"set","n":', `,"of":"${of}","p":${patch}${how}}`, "the state");
  }

  /** @param {string} head @param {string} tail @param {string} what @param {number} [now] @param {import("./outbox.js").Freshness} [freshness] */
  #add(head, tail, what, now, freshness) {
    const waiting = this.outbox.length;
    if (waiting >= MAX_WAITING) {
      throw new TooFast(
        `${waiting} messages wait to be sent or to come back, so ${what} was not taken: ` +
          "send less often, or wait until the connection is back",
      );
    }
    this.#checkSize(head, tail, what);
    return this.outbox.add(head, tail, now, freshness);
  }

  /** @param {string} head @param {string} tail @param {string} what */
  #checkSize(head, tail, what) {
    const why = this.#unfit(lineOf({ head, n: this.outbox.next, tail }));
    if (why) {
      throw new BadArgument(`${what} ${why}: send less, or in pieces`, "too-big");
    }
  }

  /** Why the server would end the connection over a message; "" where it would not. @param {string} line */
  #unfit(line) {
    if (!this.limits) {
      return "";
    }
    const { message_size: most } = this.limits;
    const size = 3 * line.length > most ? bytesOf(line) : 0; // a character has at most three bytes
    return size > most ? `takes ${size} bytes, and a message may have ${most}` : misshapen(line, this.limits);
  }

  /**
   * The server has come back with smaller limits: drop what it would end the connection for. Returns an event for each.
   * @returns {import("./client_events.js").Event[]}
   */
  dropUnfit() {
    const unfit = (/** @type {import("./outbox.js").Numbered} */ message) => this.#unfit(lineOf(message)) !== "";
    return this.outbox.drop(unfit).map((message) => {
      const why = `a message ${this.#unfit(lineOf(message))}: the server's limits are smaller than before, and it was not sent`;
      return refusal("too-big", why, message);
    });
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
   * where it does not, or was warned already. It is for servers that do not say so themselves, as older ones do not.
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
    } else if (waiting > burst + 2 * rate && !this.#warned && !this.told) {
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
   * @param {number} log the one that we follow
   */
  nextFrame(now, size, log) {
    if (this.hasPiece) {
      return this.parcels.next(this.outbox, size);
    }
    if (this.reports.length === 0 && this.outbox.unsent === 0) {
      return this.world.next(log);
    }
    const lines = this.reports.take(size, log);
    let room = lines.reduce((left, line) => left - bytesOf(line) - 1, size);
    for (let message = this.outbox.peek(); message; message = this.outbox.peek()) {
      const line = lineOf(message);
      room -= bytesOf(line) + 1;
      if (room < 0 && lines.length > 0) {
        break;
      }
      lines.push(line);
      this.outbox.wrote();
      if (message.at !== undefined) {
        this.reports.wrote(message.n, message.at, now);
      }
    }
    return lines.join("\n");
  }
}

/**
 * The event by which the program hears that a message was refused, or lost.
 * @param {string} code
 * @param {string} message
 * @param {{n: number, answer?: import("./pending_answer.js").PendingAnswer}} about
 * @returns {import("./client_events.js").Answered | import("./messages.js").ErrorMessage}
 */
export function refusal(code, message, { n, answer }) {
  if (!answer) {
    return { t: "error", code, message, n };
  }
  answer.fail(code, message);
  return { t: "answered", answer };
}

/** The field `to`, as it stands on a line. @param {string[] | null} to */
function audience(to) {
  return to === null ? "" : `,"to":${JSON.stringify(to)}`;
}
