// What a program holds of its timers: each by itself, and those that wait, by id.

import { BadArgument } from "./errors.js";
import { NOWHERE } from "./running.js";
import { argumentsOf } from "./timer_arguments.js";

/** @typedef {import("./running.js").RunningCall} RunningCall */
/** @typedef {import("./timers.js").TimerRecord} TimerRecord */
/** @typedef {import("./timers.js").Timers} Timers */

const HERE = "functions of room.everywhere and for commands, those for events of the log, and timers";

/** What `room.after` and `room.every` return, and what `room.timers` has: a function that is to run later. */
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

  /** A world that was loaded has the same timer as another record. */
  get #waiting() {
    return this.#timers.waiting.get(this.#record.id) ?? this.#record;
  }

  /** A whole number that is the same in every program: keep it in your state, and find the timer again in `room.timers`. */
  get id() {
    return this.#record.id;
  }

  /** The name of its function. */
  get function() {
    return this.#record.name;
  }

  /** The arguments of its function: each time you ask, arrays and objects among them are new. @returns {any[]} */
  get args() {
    return argumentsOf(this.#record.args);
  }

  /** When it runs next, on the room's time (as `room.time`); Infinity where it does not run any more. */
  get due() {
    return this.#timers.dueOf(this.#waiting) / 1000;
  }

  /** Seconds between two runs; 0 where it runs once. */
  get every() {
    return this.#record.interval / 1000;
  }

  /**
   * Let it not run any more. Does nothing where it has run for the last time.
   * @throws {BadArgument} where it is called on this computer alone: elsewhere, the timer would go on
   */
  cancel() {
    checked(this.#running(), `cancel() of the timer for ${this.#record.name}`);
    this.#timers.cancel(this.#waiting);
  }
}

/** Timers that wait to run, by id, in the order of setting: a Map that can be read only. */
export class WaitingTimers {
  #records;
  #handle;

  /**
   * @param {() => ReadonlyMap<number, TimerRecord>} records
   * @param {(record: TimerRecord) => Timer} handle
   */
  constructor(records, handle) {
    this.#records = records;
    this.#handle = handle;
  }

  get size() {
    return this.#records().size;
  }

  /** @param {number} id */
  has(id) {
    return this.#records().has(id);
  }

  /** The timer with that id; undefined where it does not wait any more. @param {number} id @returns {Timer | undefined} */
  get(id) {
    const record = this.#records().get(id);
    return record && this.#handle(record);
  }

  keys() {
    return this.#records().keys();
  }

  /** @returns {IterableIterator<Timer>} */
  *values() {
    for (const record of this.#records().values()) {
      yield this.#handle(record);
    }
  }

  /** @returns {IterableIterator<[number, Timer]>} */
  *entries() {
    for (const [id, record] of this.#records()) {
      yield [id, this.#handle(record)];
    }
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  /** @param {(timer: Timer, id: number, timers: WaitingTimers) => unknown} run */
  forEach(run) {
    for (const [id, timer] of this.entries()) {
      run(timer, id, this);
    }
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
