// The world between the program and the room: asked for and waited for when the program begins, loaded, and saved when the room asks.

import { BadArgument } from "./errors.js";
import { EMPTY } from "./fold.js";
import { World } from "./world.js";

/** @typedef {import("./client_events.js").Event} Event */

const OUTSIDE_THE_LOG = ["error", "offline", "closed"];

/**
 * What it needs of its room.
 * @typedef {object} Context
 * @property {import("./replica.js").Replica} replica
 * @property {import("./room_timers.js").RoomTimers} roomTimers
 * @property {import("./client_core.js").ClientCore} client
 * @property {import("./handlers.js").Handlers} handlers
 * @property {import("./run_queue.js").RunQueue} runQueue
 * @property {() => void} wake lets what the client has to send go out
 * @property {(error: import("./errors.js").Refused) => void} failed tells the program
 */

export class WorldExchange {
  told = false; // joins that a snapshot brought were told of
  waits = false; // the program waits for the world: what came before it counts for nothing

  #context;
  #beganAt = 0; // seq of the last snapshot that we began with
  #older = 0; // commands that were sent before that, of which nothing is seen here
  #forgotten = 0; // entries of which a page that wants to run all from the beginning sees nothing
  /** @type {World | null} */
  #world = null; // the functions that save and load the program's own state, if it has them
  /** @type {{fold: import("./fold.js").RoomState, seq: number} | null} */
  #aside = null; // what it goes on with where the room has none; until then, it sees nobody

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
  }

  /** We begin with a snapshot. @param {import("./client_events.js").Joined} joined */
  begin({ s, snapshot, world, before }) {
    this.#beganAt = s;
    this.#forgotten = this.#context.client.fromBeginning ? s : 0;
    this.#older = world || this.#forgotten || hasState(snapshot) ? 0 : before;
  }

  /** What was before we came is nowhere to be seen, if the program's functions made anything of it: say so, once. */
  hintLate() {
    const [older, forgotten, { handlers, client }] = [this.#older, this.#forgotten, this.#context];
    this.#older = this.#forgotten = 0;
    if (!handlers.hasCommands || this.#world) {
      return;
    }
    if (forgotten) {
      const words =
        `the room '${client.room}' has forgotten its first ${forgotten.toLocaleString("en")} entries, so replay runs what came ` +
        "after them: what this page's functions would have made of those is missing here. For a room that runs for hours, room.world";
      handlers.warn("late", "what was before", words);
    } else if (older) {
      const calls = older === 1 ? "was one call" : `were ${older.toLocaleString("en")} calls`;
      const words =
        `before this page came, there ${calls} in the room '${client.room}', of which it sees nothing. To run them here as well: ` +
        "join(…, { replay: true }); for a room that runs for hours, room.world";
      handlers.warn("late", "what was before", words, "info"); // in a chat, nothing is missing: that cannot be told from here
    }
  }

  /** Let the program begin with the world; nothing is run until it has come. @param {unknown} functions @throws {BadArgument} */
  register(functions) {
    if (this.#world) {
      this.#world.replace(functions);
      return;
    }
    const { replica, client, runQueue, wake } = this.#context;
    const world = new World(functions);
    if (this.told || replica.seq !== this.#beganAt) {
      throw new BadArgument("room.world comes right after join, in the same turn: what has run already would count twice", "late");
    }
    this.#world = world;
    this.waits = true;
    this.#aside = { fold: replica.fold, seq: replica.seq };
    replica.fold = EMPTY;
    replica.seq = 0;
    runQueue.clear();
    client.beginWithWorld();
    wake();
  }

  /**
   * The answer has come for which the program waits. Returns what is to be run of what waits: what came before a world counts for
   * nothing; where there is none, the program goes on as it was.
   * @param {Event[]} waiting
   */
  answered(waiting) {
    this.waits = false;
    const place = waiting.findIndex((event) => event.t === "joined" && event.again);
    if (place < 0) {
      this.#goOnWithout();
      return waiting;
    }
    this.#aside = null;
    return waiting.filter((event, index) => index >= place || OUTSIDE_THE_LOG.includes(event.t));
  }

  /** The room has no world: the program goes on as it was. */
  #goOnWithout() {
    if (this.#aside) {
      const { replica, handlers } = this.#context;
      ({ fold: replica.fold, seq: replica.seq } = this.#aside);
      this.#aside = null;
      this.keepFirst();
      replica.playersHere.forEach((player) => handlers.emit("join", player));
      if (replica.host) {
        handlers.emit("host", replica.host);
      }
    }
  }

  /** Keep the state as it is before anything has happened, for a room that begins anew. */
  keepFirst() {
    const world = this.#world;
    if (world && !world.hasFirst) {
      this.#context.runQueue.callNowhere(() => {
        world.hasFirst = true;
        world.first = world.textWithin(Infinity, null, this.#context.failed) ?? "";
      });
    }
  }

  /** Whether the program goes on with a world from a snapshot at `seq`. @param {string} saved its text, or "" @param {number} seq */
  goesOnWith(saved, seq) {
    return this.#world !== null && (saved !== "" || seq === 0);
  }

  /** Load what was saved; "": the room has begun anew, and what was before anything had happened is loaded. @param {string} saved */
  load(saved) {
    const world = this.#world;
    const text = saved || world?.first;
    if (world && text) {
      const { replica, roomTimers, runQueue } = this.#context;
      runQueue.callNowhere(() =>
        world.restore(
          text,
          (id) => replica.player(id),
          (name) => roomTimers.has(name),
          replica.at,
          (timers) => roomTimers.restore(timers, replica.seq),
        ),
      );
    }
  }

  /**
   * The room asks for the state as it is after the entry `save.s`.
   * @param {import("./messages.js").Save} save
   * @param {() => boolean} isWhole whether it can be had then: who begins here has no part of a call with bytes that has come
   */
  save(save, isWhole) {
    const { replica, roomTimers, client, runQueue, wake, failed } = this.#context;
    replica.at = Math.max(replica.at, save.at);
    const world = this.#world;
    if (world && save.s === replica.seq) {
      runQueue.callNowhere(() => { // not everyone is asked
        const timers = roomTimers.timers?.saved(replica.seq) ?? null;
        const text = roomTimers.inStep && isWhole() ? world.textWithin(save.most, timers, failed) : null; // else the room asks again
        client.saveWorld(replica.log, save, text);
        wake();
      });
    }
  }
}

/** @param {import("./messages.js").Snapshot} snapshot */
function hasState({ state = {}, players = [] }) {
  return [state, ...players.map((one) => one.state ?? {})].some((one) => Object.keys(one).length > 0);
}
