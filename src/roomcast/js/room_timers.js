// Timers as a program sets them: functions that run later, on every computer at the same place of the room's order.

import { BadArgument, TooFast } from "./errors.js";
import { toJson } from "./json_arguments.js";
import { nearest } from "./nearest.js";
import { Player } from "./players.js";
import { NOWHERE } from "./running.js";
import { Timers } from "./timers.js";

/** @typedef {import("./running.js").RunningCall} RunningCall */
/** @typedef {import("./timers.js").TimerRecord} TimerRecord */
/** @typedef {(...args: any[]) => unknown} Run */

const MOST = 10_000; // timers that may wait in one program
const HERE = "functions of room.everywhere and for commands, those for events of the log, and timers";

/** What `room.after` and `room.every` return: a function that is to run later. */
export class Timer {
  #timers;
  #record;
  #running;

  /**
   * Made by `room.after` and `room.every`.
   * @param {Timers} timers
   * @param {TimerRecord} record
   * @param {() => RunningCall | null} running
   */
  constructor(timers, record, running) {
    this.#timers = timers;
    this.#record = record;
    this.#running = running;
  }

  /**
   * Let it not run any more. Does nothing where it has run for the last time.
   * @throws {BadArgument} where it is called on this computer alone: elsewhere, the timer would go on
   */
  cancel() {
    checked(this.#running(), `cancel() of the timer for ${this.#record.name}`);
    this.#timers.cancel(this.#record);
  }
}

/**
 * The running call, if everyone makes it at the same place of the order.
 * @param {RunningCall | null} running
 * @param {string} where what is used, for the message
 * @returns {RunningCall}
 * @throws {BadArgument}
 */
export function checked(running, where) {
  if (!running) {
    throw new BadArgument(
      `${where} is for functions that run in every program: ${HERE} (each up to its first await). Call one of these, and use it there`,
      "timers",
    );
  }
  if (running === NOWHERE) {
    throw new BadArgument(
      `${where} is for functions that run in every program at the same place of the order. This call is made ` +
        "here alone: for a player who was here before us, an error, the connection, or room.check",
      "timers",
    );
  }
  return running;
}

/** The functions that timers run, by the names that the program gives them; and the timers that it has set. */
export class RoomTimers {
  /** @type {Timers | null} */
  timers = null; // once the program has set one

  /** @type {Map<string, Run>} */
  #functions = new Map();

  /** Register a function, in place of an earlier one of that name. @param {unknown} name @param {unknown} run @throws {BadArgument} */
  register(name, run) {
    if (typeof name !== "string" || !/^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(name)) {
      throw new BadArgument(
        `room.timer: ${shown(name)}: a function of timers has a name, which all programs know it by: one word of letters, ` +
          'digits and _, as in room.timer("explode", (x, y) => …)',
        "timers",
      );
    }
    if (typeof run !== "function") {
      throw new BadArgument(`room.timer: '${name}' needs a function to call, not ${shown(run)}`, "timers");
    }
    this.#functions.set(name, /** @type {Run} */ (run));
  }

  /** Whether a function of that name is registered. @param {string} name */
  has(name) {
    return this.#functions.has(name);
  }

  /**
   * Set a timer out of the running call.
   * @param {() => RunningCall | null} running
   * @param {"room.after" | "room.every"} where
   * @param {unknown} wait seconds
   * @param {unknown} name
   * @param {unknown[]} args
   * @throws {BadArgument} and {TooFast}
   */
  set(running, where, wait, name, args) {
    const { seq, at } = checked(running(), where);
    const repeat = where === "room.every";
    const delay = typeof wait === "number" ? Math.max(wait, 0) * 1000 : NaN;
    if (!Number.isFinite(delay) || (repeat && delay <= 0)) {
      const what = repeat ? "the time between two runs is a number of seconds above 0" : "the time is a number of seconds";
      throw new BadArgument(`${where}: ${what}, not ${shown(wait)}`, "timers");
    }
    const called = this.#checkName(where, name);
    const given = givenArguments(where, args);
    if (this.timers && this.timers.count >= MOST) {
      throw new TooFast(`${where}: ${MOST} timers wait to run: cancel some, or let one set the next`, "timers");
    }
    this.timers ??= new Timers();
    return new Timer(this.timers, this.timers.set(called, given, seq, at, delay, repeat ? delay : 0), running);
  }

  /** The call of a timer's next run. @param {TimerRecord} record @returns {() => unknown} */
  callOf({ name, args }) {
    const run = this.#functions.get(name);
    return () => run?.(...args.map((one) => (one instanceof Text ? one.value : one)));
  }

  /** @param {string} where @param {unknown} name @returns {string} */
  #checkName(where, name) {
    if (typeof name === "string" && this.#functions.has(name)) {
      return name;
    }
    if (typeof name !== "string") {
      throw new BadArgument(
        `${where} takes the name of a function, not ${shown(name)}: register it, room.timer("explode", (x, y) => …), and say its name`,
        "timers",
      );
    }
    const meant = nearest(name, this.#functions.keys());
    const hint = meant ? `; there is one called '${meant}'` : "";
    throw new BadArgument(`${where}: no function of timers is called '${name}'${hint}: register it, room.timer("${name}", () => …)`, "timers");
  }
}

/** An argument that is an array or an object, as JSON: each run gets one of its own, as one that comes later does. */
export class Text {
  #json;

  /** @param {string} json */
  constructor(json) {
    this.#json = json;
  }

  get value() {
    return JSON.parse(this.#json);
  }
}

/**
 * Arguments as a timer keeps them.
 * @param {string} where
 * @param {unknown[]} args players, and what JSON can carry
 * @returns {readonly any[]}
 * @throws {BadArgument}
 */
export function givenArguments(where, args) {
  const values = JSON.parse(toJson(where, args.map((one) => (one instanceof Player ? null : one))));
  return args.map((one, index) => {
    if (one instanceof Player) {
      return one;
    }
    const value = values[index];
    return typeof value === "object" && value !== null ? new Text(JSON.stringify(value)) : value;
  });
}

/** @param {unknown} value */
function shown(value) {
  return typeof value === "string" ? `'${value}'` : typeof value === "function" ? "a function" : String(value);
}
