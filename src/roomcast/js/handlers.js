// The functions that a program has registered for commands and events. Calls to them are queued, in the room's order.

import { BadArgument } from "./errors.js";
import { withLink } from "./help_topics.js";
import { EVENTS, checkCommand } from "./names.js";
import { eventMeant, isElsewhere, nearest } from "./nearest.js";
import { PARCEL } from "./parcels.js";

/** @typedef {import("./players.js").Player} Player */
/** @typedef {(...args: any[]) => unknown} Run */

const MAX_WARNINGS = 20; // about names; who ignores so many does so on purpose

export class Handlers {
  #runQueue;
  /** @type {Map<string, Run[]>} */
  #functions = new Map(); // by command
  /** @type {Map<string, Run[]>} */
  #handlers = new Map(); // by event
  /** @type {Set<string>} */
  #everywhere = new Set(); // commands whose calls go through `everywhere`
  /** @type {Set<string>} */
  #warned = new Set();

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
      return;
    }
    const command = commandName(name);
    this.#add(this.#functions, command, run);
    const meant = this.#everywhere.has(command) ? "" : eventMeant(command, EVENTS);
    if (meant) {
      this.warn("event-name", command, `on('${command}') waits for a command of this name; if you mean the event, it is called '${meant}'`);
    } else if (!this.#everywhere.has(command) && isElsewhere(command)) {
      const events = [...EVENTS].join(", ");
      this.warn("event-name", command, `on('${command}') waits for a command of this name, for the room has no such event: its events are ${events}; keys and clicks are the page's: addEventListener('click', …)`);
    }
  }

  /**
   * Register the function of a command whose calls go through `everywhere`; returns the command's name.
   * @param {string | undefined} name
   * @param {Run} run
   * @throws {BadArgument}
   */
  addEverywhere(name, run) {
    const command = name === undefined ? this.#nameOf(run) : commandName(name);
    const before = this.#everywhere.has(command) && (this.#functions.get(command) ?? []).some((one) => one !== run);
    this.#add(this.#functions, command, run);
    this.#everywhere.add(command);
    if (before) {
      const how = `room.off("${command}", before) takes the one before away`;
      this.warn("same-name", command, `two functions are called '${command}', and each call runs both: give one another name, or ${how}`);
    }
    return command;
  }

  /**
   * Take a function away again. Calls of it that are queued already still run.
   * @param {string} name
   * @param {Run} run
   */
  remove(name, run) {
    const registry = EVENTS.has(name) ? this.#handlers : this.#functions;
    const rest = (registry.get(name) ?? []).filter((one) => one !== run);
    if (rest.length > 0) {
      registry.set(name, rest);
    } else {
      registry.delete(name);
    }
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
    } else if (this.#functions.size > 0 && this.#warned.size < MAX_WARNINGS && !this.#warned.has(command)) {
      const meant = nearest(command, this.#functions.keys());
      const hint = meant ? `; there is one for '${meant}'` : "";
      this.warn("unknown-command", command, `'${command}' has come from ${by().id || "the room"}, and no function is registered for it here${hint}`);
    }
  }

  /** Queue the handlers of an event. @param {string} event @param {...unknown} args */
  emit(event, ...args) {
    for (const run of this.#handlers.get(event) ?? []) {
      const call = () => run(...args);
      if (event === "error") {
        this.#runQueue.callNowhere(call);
      } else {
        this.#runQueue.call(call);
      }
    }
  }

  /**
   * As `emit`, but log a warning where no handler is registered.
   * @param {string} event
   * @param {string} topic of the warning
   * @param {string} warning
   * @param {...unknown} args
   */
  emitOrWarn(event, topic, warning, ...args) {
    if (!this.#handlers.has(event)) {
      console.warn(withLink(`roomcast: ${warning}`, topic));
    }
    this.emit(event, ...args);
  }

  /**
   * The name of a function that came without one for its command.
   * @param {Run} run
   * @throws {BadArgument}
   */
  #nameOf(run) {
    const name = run?.name ?? "";
    if (name === "" || name.startsWith("bound ")) {
      throw new BadArgument(
        "everywhere() needs a function with a name, or better the name itself, which no bundler changes: " +
          'everywhere("move", function (player, dx, dy) {…})',
        "decorator",
      );
    }
    const command = commandName(name);
    if (looksChanged(name, String(run))) {
      this.warn(
        "decorator",
        command,
        `everywhere() takes the command's name from its function, '${name}', and that looks as if a bundler had changed it: ` +
          'say the name, everywhere("move", …), so that other programs know the command',
      );
    }
    return command;
  }

  /** Warn once about each thing. @param {string} topic @param {string} about @param {string} sentence @param {"warn" | "info"} [level] */
  warn(topic, about, sentence, level = "warn") {
    if (!this.#warned.has(about)) {
      this.#warned.add(about);
      console[level](withLink(`roomcast: ${sentence}`, topic));
    }
  }

  /** Whether a function is registered for an event. @param {string} event */
  handles(event) {
    return this.#handlers.has(event);
  }

  /** Whether a function is registered for any command. */
  get hasCommands() {
    return this.#functions.size > 0;
  }

  /** @param {Map<string, Run[]>} registry @param {string} name @param {Run} run */
  #add(registry, name, run) {
    if (typeof run !== "function") {
      throw new BadArgument(`'${name}' needs a function to call, not ${run === null ? "null" : typeof run}`, "decorator");
    }
    registry.set(name, [...(registry.get(name) ?? []), run]);
  }
}

/**
 * Bundlers number the functions of several modules that have one name, and minifiers leave one or two letters.
 * @param {string} name
 * @param {string} source
 */
function looksChanged(name, source) {
  const isDense = !/\) \{|\) ?=> | => /.test(source.slice(0, 300));
  return /[a-z](\d|\$\d*)$/i.test(name) || (name.length <= 2 && isDense);
}

/** Check a name that a program gives to a command. @param {unknown} name */
export function commandName(name) {
  if (name === PARCEL) {
    throw new BadArgument(`'${name}' is the command of all pieces of calls with bytes: call yours something else`, "bad-name");
  }
  return checkCommand(name);
}
