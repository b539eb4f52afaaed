// The world: the two functions by which a program's own state is saved for those who come later, and loaded.
//
// The text that is saved is canonical JSON (RFC 8785), so that equal states give equal texts, and equal hashes, in every language.
// With the state go the timers that wait: their functions are known by name.

import { canonical } from "./digest.js";
import { BadArgument, Refused } from "./errors.js";
import { hasOnlyFiniteNumbers, objectToJson } from "./json_arguments.js";
import { Player } from "./players.js";
import { Text, givenArguments } from "./timer_arguments.js";
import { LEAST, MOST } from "./timers.js";

/** @typedef {import("./messages.js").Json} Json */
/** @typedef {import("./timers.js").SavedTimers} SavedTimers */
const LARGEST = 2 ** 53; // of a number of a timer: up to there, every language counts the same
const MADE = 2 ** 32; // timers since one entry: ids that are made of it stay below the largest

/** @typedef {{save: () => unknown, load: (saved: any) => unknown}} Functions */

export class World {
  first = ""; // the text of the world before anything had happened; "": it could not be saved
  hasFirst = false; // it was tried

  #functions;

  /** @param {unknown} functions @throws {BadArgument} */
  constructor(functions) {
    this.#functions = checkedFunctions(functions);
  }

  /** Other functions in place of those that were given. @param {unknown} functions @throws {BadArgument} */
  replace(functions) {
    this.#functions = checkedFunctions(functions);
  }

  /**
   * The state now, and the timers that wait, as text.
   * @param {SavedTimers | null} timers
   * @throws {BadArgument} for what JSON cannot carry
   */
  text(timers) {
    const state = this.#functions.save();
    objectToJson("the world", { world: state });
    /** @type {{[key: string]: any}} */
    const whole = { world: state };
    if (timers && (timers.records.length > 0 || timers.ran.length > 0 || timers.rested || timers.made)) {
      whole.timers = ofTimers(timers);
    }
    return canonical(whole);
  }

  /**
   * As `text`; null where it has none, or more than `most` bytes, which `failed` is told.
   * @param {number} most
   * @param {SavedTimers | null} timers
   * @param {(error: Refused) => void} failed
   */
  textWithin(most, timers, failed) {
    try {
      const text = this.text(timers);
      const size = new TextEncoder().encode(text).length;
      if (size <= most) {
        return text;
      }
      const [length, taken] = [size, most].map((count) => count.toLocaleString("en"));
      const what = `room.world: it has ${length} bytes where the server takes ${taken} (setting: world-size)`;
      failed(new Refused("too-big", `${what}; it is not kept for others`));
    } catch (error) {
      if (!(error instanceof BadArgument)) {
        throw error;
      }
      failed(new Refused("bad-argument", `room.world: ${error.sentence}; it is not kept for others`, 0, error.topic));
    }
    return null;
  }

  /**
   * Load a state. `goOn` is called before, with the timers that belong to it; null: there are none.
   * @param {string} text
   * @param {(id: string) => Player} player
   * @param {(name: string) => boolean} isTimer whether the program has a function of that name for timers
   * @param {number} at the room's time in ms, up to which all have run
   * @param {(timers: SavedTimers | null) => void} goOn
   * @throws {BadArgument} where the text cannot be read, no program could have set such timers, or one's function is not there
   */
  restore(text, player, isTimer, at, goOn) {
    const { state, timers } = read(text, player, at);
    const missing = timers?.records.find((one) => !isTimer(one.name));
    if (missing) {
      throw new BadArgument(
        `a timer of the world runs ${missing.name}, and this program has no function of that name: write ` +
          `room.timer("${missing.name}", () => …) right after join, in the same turn`,
        "late",
      );
    }
    goOn(timers);
    this.#functions.load(state);
  }
}

/** @param {unknown} given @returns {Functions} @throws {BadArgument} */
function checkedFunctions(given) {
  const { save, load } = /** @type {any} */ (given ?? {});
  if (typeof save !== "function" || typeof load !== "function") {
    throw new BadArgument(
      "room.world takes two functions: room.world({ save: () => ({ dots }), load: (saved) => { dots = saved.dots; } })",
      "late",
    );
  }
  return { save, load };
}

/** @param {string} text @param {(id: string) => Player} player @param {number} at @returns {{state: unknown, timers: SavedTimers | null}} */
function read(text, player, at) {
  try {
    const { world: state, timers } = JSON.parse(text);
    check(state !== undefined && hasOnlyFiniteNumbers(state));
    return { state, timers: timers === undefined ? null : timersOf(timers, player, at) };
  } catch {
    throw new BadArgument("the world that the server has cannot be read", "late");
  }
}

/** @param {SavedTimers} timers @returns {Json} */
function ofTimers({ records, rested, ran, made }) {
  return {
    set: records.map(({ name, args, start, interval, runs, id }) => [name, args.map(ofArgument), start, interval, runs, id]),
    rested,
    ran: Object.fromEntries(ran),
    made,
  };
}

/**
 * Throws for what no program has saved: a timer that is long due, and so again, would run for ever.
 * @param {any} saved
 * @param {(id: string) => Player} player
 * @param {number} at
 * @returns {SavedTimers}
 */
function timersOf({ set, rested, ran, made }, player, at) {
  const timers = {
    records: set.map((/** @type {[string, any[], number, number, number, number]} */ [name, args, start, interval, runs, id]) => ({
      name: String(name),
      args: args.map((one) => argumentOf(one, player)),
      start: number(start),
      interval: number(interval),
      runs: whole(runs),
      id: whole(id),
    })),
    rested: number(rested),
    ran: Object.entries(ran).map(([name, runs]) => /** @type {[string, number]} */ ([name, whole(runs)])),
    made: whole(made, MADE),
  };
  for (const { start, interval, runs } of timers.records) {
    const due = start + runs * interval + timers.rested;
    check((interval >= LEAST || (!interval && !runs)) && at <= due && due <= LARGEST);
  }
  const ids = new Set(timers.records.map((/** @type {{id: number}} */ { id }) => id));
  check(timers.records.length <= MOST && ids.size === timers.records.length);
  return timers;
}

/** @param {unknown} value @returns {number} */
function number(value) {
  check(typeof value === "number" && Math.abs(value) <= LARGEST);
  return /** @type {number} */ (value);
}

/** @param {unknown} value @param {number} [most] */
function whole(value, most = LARGEST) {
  check(Number.isInteger(value) && number(value) >= 0 && number(value) <= most);
  return number(value);
}

/** @param {boolean} isRight */
function check(isRight) {
  if (!isRight) {
    throw new TypeError("no program has saved this");
  }
}

/** @param {unknown} argument @returns {Json} */
function ofArgument(argument) {
  if (argument instanceof Player) {
    return { player: argument.id };
  }
  return { value: argument instanceof Text ? argument.value : /** @type {Json} */ (argument) };
}

/** @param {any} saved @param {(id: string) => Player} player */
function argumentOf(saved, player) {
  if (Object.hasOwn(saved, "player")) {
    return player(String(saved.player));
  }
  return givenArguments("room.world", [saved.value])[0];
}
