// Calls with bytes that are arriving: puts their pieces together. parcels.js has the format.

import { bytesFrom } from "./base64.js";
import { BadArgument } from "./errors.js";
import { isObject } from "./shared_map.js";
import { checkCommand } from "./names.js";
import { MAX_AT_A_TIME, MAX_BYTES, MAX_BYTES_OF_ALL, joined } from "./parcels.js";

/** @typedef {import("./messages.js").Json} Json */
/** @typedef {import("./parcels.js").Place} Place */

/**
 * Progress of a call with bytes: `done` of `size` bytes have arrived. `failed` says why it cannot be completed, or is "".
 * @typedef {{id: number, command: string, done: number, size: number, failed: string}} Progress
 */
/**
 * What a piece brings: `run`, the arguments of the call, if it was the last piece; `code` and `message`, if the call of
 * the player `by` will not be run here.
 * @typedef {{progress?: Progress, run?: Json[] | {[name: string]: any}, by?: string, code?: string, message?: string}} Found
 */

/**
 * A parcel that is arriving. With command "", it is one that cannot be completed, which has been reported.
 * @typedef {{id: number, command: string, args: any, sizes: [place: Place, size: number][], size: number, done: number, parts: Uint8Array[]}} Parcel
 */

/** The unfinished parcels of a room. What it reports follows from the entries alone, so it is the same on every computer. */
export class Incoming {
  /** @type {Map<string, Map<number, Parcel>>} */
  #of = new Map(); // by player, by id

  /**
   * Handle the piece in an entry. Returns null where there is nothing to report.
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
        return drop(by, "bad-argument", `a piece of a call that cannot be read: ${error.sentence}`);
      }
      throw error;
    }
  }

  /** The player has left, so its parcels cannot be completed. @param {string} player @returns {Found[]} */
  leave(player) {
    const mine = this.#of.get(player) ?? new Map();
    this.#of.delete(player);
    return [...mine.values()].filter((parcel) => parcel.command).map((parcel) => missing(player, parcel, "its sender left"));
  }

  /** Whether pieces have come of a call that is still to be run. */
  get pending() {
    return [...this.#of.values()].some((mine) => [...mine.values()].some((parcel) => parcel.command !== ""));
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
    mine.delete(parcel.id); // its sender started again
    const { id, command, size, done, sizes } = parcel;
    if (sizes.length === 0 || sizes.some(([place, one]) => one < 0 || !isPlace(parcel.args, place)) || done > size) {
      ignore(mine, id);
      return drop(by, "bad-argument", `${command}: its bytes and their sizes do not agree`);
    }
    const unfinished = [...mine.values()].filter((one) => one.command);
    const ofPlayer = size + total(unfinished);
    const ofAll = [...this.#of.values()].reduce((sum, each) => sum + total([...each.values()]), size);
    const why =
      unfinished.length >= MAX_AT_A_TIME
        ? `more than ${MAX_AT_A_TIME} calls with bytes at a time`
        : ofPlayer > MAX_BYTES
          ? `${size} bytes, and a player's unfinished calls may carry ${MAX_BYTES}`
          : ofAll > MAX_BYTES_OF_ALL
            ? `${size} bytes more, and all unfinished calls together may carry ${MAX_BYTES_OF_ALL}`
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

/** Report nothing more about a parcel. @param {Map<number, Parcel>} mine @param {number} id */
function ignore(mine, id) {
  mine.set(id, ignored(id));
  const old = [...mine.values()].filter((parcel) => !parcel.command);
  old.slice(0, -MAX_AT_A_TIME).forEach((parcel) => mine.delete(parcel.id));
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
    throw new BadArgument("the opening lacks a field", "bytes");
  }
  const sizes = a.sizes.map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new BadArgument("a size is a place and a number", "bytes");
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

/** Whether the arguments have that place. @param {any} args @param {Place} place */
function isPlace(args, place) {
  return Object.hasOwn(args, place) && typeof place === (Array.isArray(args) ? "number" : "string");
}

/** @param {unknown} value @returns {number} */
function whole(value) {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new BadArgument("a number is no whole number", "bytes");
  }
  return value;
}

/** @param {Parcel[]} several */
function total(several) {
  return several.reduce((sum, parcel) => sum + parcel.size, 0);
}
