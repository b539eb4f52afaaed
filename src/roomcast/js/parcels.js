// Parcels: a call that carries bytes travels in pieces, as commands like any others, and is run at the last one.
//
// docs/protocol.md has the format and its reasons; core/parcels.py in Python says the same, with the same numbers.

import { bytesFrom, toBase64 } from "./base64.js";
import { bytesOf } from "./codec.js";
import { BadArgument } from "./errors.js";
import { checkCommand } from "./names.js";
import { isObject } from "./fold.js";

/** @typedef {import("./messages.js").Json} Json */
/** @typedef {number | string} Place where bytes stand among the arguments: a position, or a name */
/** @typedef {[place: Place, data: Uint8Array][]} Blobs */

/**
 * How far a call with bytes has come: `done` of `size` bytes are here. `failed` says why no more will come, or is "".
 * @typedef {{id: number, command: string, done: number, size: number, failed: string}} Progress
 */
/**
 * What a piece brings: `run`, the arguments of the call, if it was the last one; `code` and `message`, if the call of
 * the player `by` will not be run here.
 * @typedef {{progress?: Progress, run?: Json[] | {[name: string]: any}, by?: string, code?: string, message?: string}} Found
 */

export const PARCEL = "roomcast:parcel"; // the command of all pieces
export const HEAD = '{"t":"do","n":'; // a piece's line up to its number …
export const PIECE = `,"c":"${PARCEL}"`; // … and what follows it

export const PIECE_SIZE = 32 * 1024; // bytes of a piece
export const WINDOW = 3; // pieces under way at a time
export const COMMANDS_FIRST = 8; // other messages that may be under way; with more, pieces wait for them
export const MOST_BYTES = 16 * 1024 * 1024; // of a parcel, and of a player's unfinished ones together
export const MOST_BYTES_OF_ALL = 128 * 1024 * 1024; // of all unfinished ones that we hold
export const MOST_AT_A_TIME = 16; // unfinished ones of a player
const OVERHEAD = 200; // bytes of a message around its arguments

/** A call that is being sent. */
export class Outgoing {
  #command;
  #args;
  #audience;
  #sizes;
  #data;
  #sent = -1; // bytes; less than 0: not even the opening

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
    if (this.#data.length > MOST_BYTES) {
      throw new BadArgument(
        `${command}: ${this.#data.length} bytes in one call, and it may carry ${MOST_BYTES}: ` +
          "make them fewer, or send them in several calls",
      );
    }
  }

  /** Whether all pieces have been taken. */
  get done() {
    return this.#sent >= this.#data.length;
  }

  /** What was sent is lost: begin again. */
  restart() {
    this.#sent = -1;
  }

  /** The arguments of the first piece. @param {string} base64 so much of the data */
  opening(base64) {
    const b = base64 ? `,"b":"${base64}"` : "";
    return `{"id":${this.id},"c":${JSON.stringify(this.#command)},"a":${this.#args},"sizes":${this.#sizes}${b}}`;
  }

  /** The rest of a line after its number. @param {string} args */
  tail(args) {
    return `${PIECE},"a":${args}${this.#audience}}`;
  }

  /**
   * The rest of the next piece's line, for a message of at most so many bytes.
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
    const part = this.#part(start, Math.max(room, 4)); // at least a letter's worth, to come to an end
    this.#sent += part.length;
    return this.tail(`[${this.id},${start},"${toBase64(part)}"]`);
  }

  /** As much as fits into so many letters of base64. @param {number} start @param {number} room */
  #part(start, room) {
    return this.#data.subarray(start, start + Math.min(PIECE_SIZE, Math.floor(Math.max(0, room) / 4) * 3));
  }
}

/** Of which parcel a piece is. @param {string} tail the rest of its line */
export function numberOf(tail) {
  return Number(/^,"c":"[^"]*","a":(?:\[|{"id":)(\d+)/.exec(tail)?.[1] ?? 0);
}

/**
 * One that is coming in. Without `command` it is one of which we miss something, and have said so.
 * @typedef {{id: number, command: string, args: any, sizes: [place: Place, size: number][], size: number, done: number, parts: Uint8Array[]}} Parcel
 */

/** The unfinished parcels of a room. All that it says follows from the entries: who saw the same, says the same. */
export class Incoming {
  /** @type {Map<string, Map<number, Parcel>>} */
  #of = new Map(); // by player, by number

  /**
   * Take in the piece that an entry holds; null: there is nothing to tell.
   * @param {{by: string, a?: unknown}} entry
   * @returns {Found | null}
   */
  take({ by, a }) {
    const mine = this.#of.get(by) ?? new Map();
    this.#of.set(by, mine);
    try {
      return Array.isArray(a) ? this.#add(by, mine, readPiece(a)) : this.#open(by, mine, readOpening(a));
    } catch (error) {
      if (error instanceof BadArgument) {
        return drop(by, "bad-argument", `a piece of a call that cannot be read: ${error.message}`);
      }
      throw error;
    }
  }

  /** The player is gone: nothing more will come of it. @param {string} player @returns {Found[]} */
  leave(player) {
    const mine = this.#of.get(player) ?? new Map();
    this.#of.delete(player);
    return [...mine.values()].filter((parcel) => parcel.command).map((parcel) => missing(player, parcel, "its sender left"));
  }

  /** Entries were skipped, and pieces may have been among them. @returns {Found[]} */
  skip() {
    /** @type {Found[]} */
    const dropped = [];
    for (const [player, mine] of this.#of) {
      for (const [id, parcel] of mine) {
        if (parcel.command) {
          dropped.push(missing(player, parcel, "pieces of it were skipped"));
          mine.set(id, ignored(id));
        }
      }
    }
    return dropped;
  }

  /** @param {string} by @param {Map<number, Parcel>} mine @param {Parcel} parcel @returns {Found} */
  #open(by, mine, parcel) {
    mine.delete(parcel.id); // begun again
    const { id, command, size, done, sizes } = parcel;
    if (sizes.length === 0 || sizes.some(([place, one]) => one < 0 || !isPlace(parcel.args, place)) || done > size) {
      ignore(mine, id);
      return drop(by, "bad-argument", `${command}: its bytes and their sizes do not agree`);
    }
    const unfinished = [...mine.values()].filter((one) => one.command);
    const ofPlayer = size + total(unfinished);
    const ofAll = [...this.#of.values()].reduce((sum, each) => sum + total([...each.values()]), size);
    const why =
      unfinished.length >= MOST_AT_A_TIME
        ? `more than ${MOST_AT_A_TIME} calls with bytes at a time`
        : ofPlayer > MOST_BYTES
          ? `${size} bytes, and a player's unfinished calls may carry ${MOST_BYTES}`
          : ofAll > MOST_BYTES_OF_ALL
            ? `${size} bytes more, and all unfinished calls together may carry ${MOST_BYTES_OF_ALL}`
            : "";
    if (why) {
      ignore(mine, id);
      return drop(by, "too-big", `${command} is not run here: ${why}`, progress({ ...parcel, done: 0 }, why));
    }
    mine.set(id, parcel);
    return finish(mine, parcel);
  }

  /** @param {string} by @param {Map<number, Parcel>} mine @param {{id: number, at: number, part: Uint8Array}} piece @returns {Found | null} */
  #add(by, mine, { id, at, part }) {
    const parcel = mine.get(id);
    if (!parcel) {
      if (at < 0) {
        return null;
      }
      ignore(mine, id);
      return drop(by, "incomplete", "a call with bytes is not run here: it began before we came");
    }
    if (!parcel.command) {
      return null;
    }
    if (at !== parcel.done || part.length === 0 || at + part.length > parcel.size) {
      ignore(mine, id);
      return missing(by, parcel, at < 0 ? "its sender gave up" : "a piece of it is missing");
    }
    parcel.parts.push(part);
    parcel.done += part.length;
    return finish(mine, parcel);
  }
}

/** @param {Map<number, Parcel>} mine @param {Parcel} parcel @returns {Found} */
function finish(mine, parcel) {
  if (parcel.done < parcel.size) {
    return { progress: progress(parcel) };
  }
  mine.delete(parcel.id);
  const data = joined(parcel.parts);
  const run = Array.isArray(parcel.args) ? [...parcel.args] : { ...parcel.args };
  let start = 0;
  for (const [place, size] of parcel.sizes) {
    run[place] = data.slice(start, start + size);
    start += size;
  }
  return { progress: progress(parcel), run };
}

/** @param {Parcel} parcel @param {string} [failed] @returns {Progress} */
function progress({ id, command, done, size }, failed = "") {
  return { id, command, done, size, failed };
}

/** @param {string} by @param {Parcel} parcel @param {string} why @returns {Found} */
function missing(by, parcel, why) {
  return drop(by, "incomplete", `${parcel.command} is not run here: ${why}`, progress(parcel, why));
}

/** @param {string} by @param {string} code @param {string} message @param {Progress} [progress] @returns {Found} */
function drop(by, code, message, progress) {
  return { by, code, message: `from ${by}: ${message}`, progress };
}

/** Of what comes of it yet, nothing is said any more. @param {Map<number, Parcel>} mine @param {number} id */
function ignore(mine, id) {
  mine.set(id, ignored(id));
  const old = [...mine.values()].filter((parcel) => !parcel.command);
  old.slice(0, -MOST_AT_A_TIME).forEach((parcel) => mine.delete(parcel.id));
}

/** @param {number} id @returns {Parcel} */
function ignored(id) {
  return { id, command: "", args: null, sizes: [], size: 0, done: 0, parts: [] };
}

/** @param {unknown[]} a @returns {{id: number, at: number, part: Uint8Array}} */
function readPiece(a) {
  const [id, at = -1, b = ""] = a;
  return { id: whole(id), at: whole(at), part: bytesFrom(b) };
}

/** @param {unknown} a @returns {Parcel} */
function readOpening(a) {
  if (!isObject(a) || !Array.isArray(a.sizes) || typeof a.a !== "object" || a.a === null) {
    throw new BadArgument("the opening lacks a field");
  }
  const sizes = a.sizes.map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new BadArgument("a size is a place and a number");
    }
    const [place, size] = pair;
    return /** @type {[Place, number]} */ ([typeof place === "string" ? place : whole(place), whole(size)]);
  });
  const part = bytesFrom(a.b ?? "");
  return {
    id: whole(a.id),
    command: checkCommand(a.c),
    args: a.a,
    sizes,
    size: sizes.reduce((sum, [, size]) => sum + size, 0),
    done: part.length,
    parts: [part],
  };
}

/** Whether something stands there in the arguments. @param {any} args @param {Place} place */
function isPlace(args, place) {
  return Object.hasOwn(args, place) && typeof place === (Array.isArray(args) ? "number" : "string");
}

/** @param {unknown} value @returns {number} */
function whole(value) {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new BadArgument("a number is no whole number");
  }
  return value;
}

/** @param {Parcel[]} several */
function total(several) {
  return several.reduce((sum, parcel) => sum + parcel.size, 0);
}

/** @param {Uint8Array[]} parts */
function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}
