// The room's time as a program sees it: timers, how old what runs now is, how far behind the program is, and how long messages take.

import { NOWHERE } from "./running.js";
import { checked } from "./timer_handles.js";

/**
 * What `room.entry` says of the entry that is being run.
 * @typedef {object} CurrentEntry
 * @property {number} seq its place in the room's order
 * @property {number} at when it was put there, on the room's time: Unix seconds. Of a timer's run, when that was due
 * @property {number} age seconds since then, as estimated here: what is old was perhaps missed, and is only to be remembered
 */

/**
 * What it needs of its room.
 * @typedef {object} Context
 * @property {() => import("./inbox.js").Inbox} inbox
 * @property {() => import("./round_trips.js").RoundTrips} roundTrips
 * @property {() => void} measure pings the server, now and from now on
 */

/** The part of a room that has to do with time. */
export class TimedRoom {
  #context;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
  }

  /**
   * Register a function that timers run, in place of an earlier one of that name: `timer("explode", (x, y) => …)`. All programs
   * know it by the name, one word of letters, digits and _. Register it before a timer is set that runs it, and where the room has
   * a world, right after `join`.
   *
   * @param {string} name
   * @param {(...args: any[]) => unknown} run
   * @returns {this}
   * @throws {import("./errors.js").BadArgument}
   */
  timer(name, run) {
    this.#inbox.roomTimers.register(name, run);
    return this;
  }

  /**
   * Run a function once, `seconds` from now, on every computer at the same place of the room's order:
   * `after(2.0, "explode", x, y)`.
   *
   * To be called in functions that run everywhere, and in timers, up to their first `await`. `seconds` are counted on the room's
   * time (`room.time`), from the time of the entry or timer that is being run, and are at least 0.001. `args` are values that JSON
   * carries, and players.
   *
   * @param {number} seconds
   * @param {string} name of a function that is registered with `timer`
   * @param {...any} args
   * @throws {import("./errors.js").BadArgument} also where it is called on this computer alone; {TooFast} for more than 10,000 timers
   */
  after(seconds, name, ...args) {
    return this.#inbox.roomTimers.set("room.after", seconds, name, args);
  }

  /**
   * Run a function again and again, the first time `seconds` from now, until the timer is cancelled: `every(1 / 20, "step")`.
   *
   * As `after`. Times do not add up to an error: run number k is due k times `seconds` after now. While nobody is in the room,
   * timers rest.
   *
   * @param {number} seconds
   * @param {string} name
   * @param {...any} args
   * @throws {import("./errors.js").BadArgument} and {TooFast}
   */
  every(seconds, name, ...args) {
    return this.#inbox.roomTimers.set("room.every", seconds, name, args);
  }

  /**
   * The timers that wait to run, by id, in the order of setting: those of a world, or of a replay, as well.
   *
   * It can be read anywhere, and not written to. Keep `timer.id` in your state, and find the timer again with `room.timers.get(id)`;
   * that is undefined where it was cancelled, or has begun to run for the last time.
   */
  get timers() {
    return this.#inbox.roomTimers.waiting;
  }

  /**
   * The room's time, in Unix seconds: in functions that run everywhere, the same on every computer.
   *
   * It is the time of the entry that is being run, or that at which the timer was due. Elsewhere it is the room's time now, as
   * estimated here: on a local network within a few milliseconds. It never goes back, whatever happens to the clock of the server
   * or of this computer.
   */
  get time() {
    const running = this.#inbox.runningCall;
    return (running && running !== NOWHERE ? running.at : this.#now()) / 1000;
  }

  /**
   * Which entry of the log is being run: its `seq`, its time (`at`, seconds) and its `age` in seconds. In a timer: of the entry
   * before it, and when the timer was due.
   * @returns {CurrentEntry}
   * @throws {import("./errors.js").BadArgument} where none is being run
   */
  get entry() {
    const { seq, at } = checked(this.#inbox.runningCall, "room.entry");
    return { seq, at: at / 1000, age: Math.max(0, this.#now() - at) / 1000 };
  }

  /** Whether what is run now had happened before this page came, or came back: old news. */
  get catchingUp() {
    return this.#inbox.replica.seq < this.#inbox.upto;
  }

  /** How late this page is, in seconds: since what is to be run next, so much newer things have arrived. */
  get behind() {
    return this.#inbox.behind / 1000;
  }

  /**
   * Seconds that a message takes to the server and back, smoothed; null before that is known. It is measured from when you first
   * ask: at once, every five seconds, and on each new connection.
   */
  get latency() {
    this.#measure();
    const { latency } = this.#context.roundTrips();
    return latency === null ? null : latency / 1000;
  }

  #measure() {
    const roundTrips = this.#context.roundTrips();
    if (!roundTrips.wanted) {
      roundTrips.wanted = true;
      this.#context.measure();
    }
  }

  /** The room's time now, as estimated here: Unix milliseconds. */
  #now() {
    this.#measure(); // each round trip tells more
    return this.#inbox.timeAt(performance.now());
  }

  get #inbox() {
    return this.#context.inbox();
  }
}
