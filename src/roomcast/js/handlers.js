// The functions that a program has registered for commands and events. Calls to them are queued, in the room's order.

import { BadArgument } from "./errors.js";
import { EVENTS, checkCommand } from "./names.js";
import { PARCEL } from "./parcels.js";

/** @typedef {import("./players.js").Player} Player */
/** @typedef {(...args: any[]) => unknown} Run */

export class Handlers {
  #runQueue;
  /** @type {Map<string, Run[]>} */
  #functions = new Map(); // by command
  /** @type {Map<string, Run[]>} */
  #handlers = new Map(); // by event

  /** @param {import("./run_queue.js").RunQueue} runQueue */
  constructor(runQueue) {
    this.#runQueue = runQueue;
  }

  /**
   * Register a function for a command or an event.
   * @param {string} name
   * @param {Run} run
   * @throws {BadArgument}
   */
  add(name, run) {
    if (EVENTS.has(name)) {
      this.#add(this.#handlers, name, run);
    } else {
      this.addCommand(name, run);
    }
  }

  /**
   * Register a function for a command; returns its name.
   * @param {string} name
   * @param {Run} run
   * @throws {BadArgument}
   */
  addCommand(name, run) {
    const command = commandName(name);
    this.#add(this.#functions, command, run);
    return command;
  }

  /**
   * Queue the functions of a command.
   * @param {string} command
   * @param {() => Player} by gives the caller; called only where a function is registered
   * @param {any[] | {[name: string]: any} | undefined} args by position; or by name, passed as one object
   */
  call(command, by, args = []) {
    const functions = this.#functions.get(command);
    if (functions) {
      const player = by();
      for (const run of functions) {
        this.#runQueue.call(Array.isArray(args) ? () => run(player, ...args) : () => run(player, args));
      }
    }
  }

  /** Queue the handlers of an event. @param {string} event @param {...unknown} args */
  emit(event, ...args) {
    for (const run of this.#handlers.get(event) ?? []) {
      this.#runQueue.call(() => run(...args));
    }
  }

  /**
   * As `emit`, but log a warning where no handler is registered.
   * @param {string} event
   * @param {string} warning
   * @param {...unknown} args
   */
  emitOrWarn(event, warning, ...args) {
    if (!this.#handlers.has(event)) {
      console.warn(`roomcast: ${warning}`);
    }
    this.emit(event, ...args);
  }

  /** @param {Map<string, Run[]>} registry @param {string} name @param {Run} run */
  #add(registry, name, run) {
    if (typeof run !== "function") {
      throw new BadArgument(`'${name}' needs a function to call, not ${run === null ? "null" : typeof run}`);
    }
    registry.set(name, [...(registry.get(name) ?? []), run]);
  }
}

/** Check a name that a program gives to a command. @param {unknown} name */
export function commandName(name) {
  if (name === PARCEL) {
    throw new BadArgument(`'${name}' is the command of all pieces of calls with bytes: call yours something else`);
  }
  return checkCommand(name);
}
