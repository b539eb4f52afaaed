// A call with bytes that is being sent: cuts it into pieces. parcels.js has the format.

import { toBase64 } from "./base64.js";
import { bytesOf } from "./codec.js";
import { BadArgument } from "./errors.js";
import { MAX_BYTES, PIECE, PIECE_SIZE, joined } from "./parcels.js";

const OVERHEAD = 200; // bytes of a message around its arguments

/** @typedef {import("./parcels.js").Blobs} Blobs */

export class Outgoing {
  #command;
  #args;
  #audience;
  #sizes;
  #data;
  #sent = -1; // bytes; -1: not even the opening

  /**
   * @param {number} id
   * @param {string} command
   * @param {string} args JSON text
   * @param {Blobs} blobs
   * @param {string} audience the field `to` as it stands on the line, with a comma; or ""
   * @throws {BadArgument} if it carries too much
   */
  constructor(id, command, args, blobs, audience) {
    this.id = id;
    this.#command = command;
    this.#args = args;
    this.#audience = audience;
    this.#sizes = JSON.stringify(blobs.map(([place, data]) => [place, data.length]));
    this.#data = joined(blobs.map(([, data]) => data));
    if (this.#data.length > MAX_BYTES) {
      throw new BadArgument(
        `${command}: ${this.#data.length} bytes in one call, and it may carry ${MAX_BYTES}: ` +
          "make them fewer, or send them in several calls",
        "too-big",
      );
    }
  }

  /** Whether all pieces have been taken. */
  get done() {
    return this.#sent >= this.#data.length;
  }

  /** The pieces sent so far are lost: start again. */
  restart() {
    this.#sent = -1;
  }

  /** The arguments of the first piece. @param {string} base64 the beginning of the data */
  opening(base64) {
    const b = base64 ? `,"b":"${base64}"` : "";
    return `{"id":${this.id},"c":${JSON.stringify(this.#command)},"a":${this.#args},"sizes":${this.#sizes}${b}}`;
  }

  /** The rest of a line after its number. @param {string} args */
  tail(args) {
    return `${PIECE},"a":${args}${this.#audience}}`;
  }

  /**
   * The rest of the next piece's line after its number, for a message of at most `messageSize` bytes.
   * @param {number} messageSize
   */
  take(messageSize) {
    const to = this.#audience === "" ? 2 : bytesOf(this.#audience) - ',"to":'.length;
    const room = messageSize - OVERHEAD - to;
    if (this.#sent < 0) {
      const part = this.#part(0, room - bytesOf(this.opening("")));
      this.#sent = part.length;
      return this.tail(this.opening(toBase64(part)));
    }
    const start = this.#sent;
    const part = this.#part(start, Math.max(room, 4)); // at least one group of base64, so that it ends at some time
    this.#sent += part.length;
    return this.tail(`[${this.id},${start},"${toBase64(part)}"]`);
  }

  /** The data from `start` on that fits into `room` characters of base64. @param {number} start @param {number} room */
  #part(start, room) {
    return this.#data.subarray(start, start + Math.min(PIECE_SIZE, Math.floor(Math.max(0, room) / 4) * 3));
  }
}

/** The id of the parcel that a piece belongs to. @param {string} tail the rest of its line after the number */
export function numberOf(tail) {
  return Number(/^,"c":"[^"]*","a":(?:\[|{"id":)(\d+)/.exec(tail)?.[1] ?? 0);
}
