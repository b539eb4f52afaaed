// Timers as a program sets them: functions that run later, on every computer at the same place of the room's order.

import { BadArgument, TooFast } from "./errors.js";
import { nearest } from "./nearest.js";
import { argumentsOf, givenArguments } from "./timer_arguments.js";
import { Timer, WaitingTimers, checked } from "./timer_handles.js";
import { MOST, Timers } from "./timers.js";

/** @typedef {import("./running.js").RunningCall} RunningCall */
/** @typedef {import("./timers.js").SavedTimers} SavedTimers */
/** @typedef {import("./timers.js").TimerRecord} TimerRecord */
/** @typedef {(...args: any[]) => unknown} Run */

const NONE = new Map();
/** @type {SavedTimers} */
const NO_TIMERS = { records: [], rested: 0, ran: [], made: 0 };

/** The functions that timers run, by the names that the program gives them; and the timers that it has set. */
export class RoomTimers {
  /** @type {Timers | null} */
  timers = null; // once the program has set one
  inStep = true; // they have run at the places at which they run everywhere
  waiting;

  #running;
  /** @type {WeakMap<TimerRecord, Timer>} */
  #handles = new WeakMap();
  /** @type {Map<string, Run>} */
  #functions = new Map();

  /** @param {() => RunningCall | null} running the call out of which this is asked */
  constructor(running) {
    this.#running = running;
    this.waiting = new WaitingTimers(
      () => this.timers?.waiting ?? NONE,
      (record) => this.#handleOf(/** @type {Timers} */ (this.timers), record),
    );
  }

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
   * @param {"room.after" | "room.every"} where
   * @param {unknown} wait seconds
   * @param {unknown} name
   * @param {unknown[]} args
   * @throws {BadArgument} and {TooFast}
   */
  set(where, wait, name, args) {
    const { seq, at } = checked(this.#running(), where);
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
    return this.#handleOf(this.timers, this.timers.set(called, given, seq, at, delay, repeat ? delay : 0));
  }

  /** Go on with those of a world that is loaded at `seq`; null: it has none. @param {SavedTimers | null} saved @param {number} seq */
  restore(saved, seq) {
    this.inStep = true;
    if (saved || this.timers) {
      this.timers ??= new Timers();
      this.timers.restore(saved ?? NO_TIMERS, seq);
    }
  }

  /** The one object for a timer. @param {Timers} timers @param {TimerRecord} record */
  #handleOf(timers, record) {
    const handle = this.#handles.get(record) ?? new Timer(timers, record, this.#running);
    this.#handles.set(record, handle);
    return handle;
  }

  /** The call of a timer's next run. @param {TimerRecord} record @returns {() => unknown} */
  callOf({ name, args }) {
    const run = this.#functions.get(name);
    return () => run?.(...argumentsOf(args));
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

/** @param {unknown} value */
function shown(value) {
  return typeof value === "string" ? `'${value}'` : typeof value === "function" ? "a function" : String(value);
}
