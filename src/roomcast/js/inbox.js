// Runs the room's entries, one after the other in the room's order: each first changes the state (the fold), then queues the
// functions that are registered for it.

import { digest } from "./digest.js";
import { Refused } from "./errors.js";
import { EMPTY, apply, restore } from "./fold.js";
import { Incoming } from "./incoming_parcels.js";
import { PARCEL } from "./parcels.js";
import { KnownPlayers } from "./players.js";
import { NOTHING } from "./run_queue.js";

/** @typedef {import("./client_events.js").Event} Event */
/** @typedef {import("./client_events.js").Joined} Joined */
/** @typedef {import("./messages.js").Do} Do */
/** @typedef {import("./players.js").Player} Player */

/**
 * What the inbox needs of its room.
 * @typedef {object} Context
 * @property {string} server `host:port`, for messages to people
 * @property {import("./client_core.js").ClientCore} client
 * @property {import("./handlers.js").Handlers} handlers
 * @property {import("./run_queue.js").RunQueue} runQueue
 * @property {(patch: string, whole: boolean) => void} setMine sends a patch of our own state
 * @property {() => void} wake lets what the client has to send go out
 * @property {() => void} ended called when the room is over
 */

export class Inbox {
  fold = EMPTY;
  seq = 0; // of the last entry that was run
  /** @type {Player} */
  me;
  /** @type {import("./client_events.js").Closed | null} */
  over = null;

  #context;
  #client;
  #handlers;
  #runQueue;
  #known;
  #log = 0; // the number of the client's log that `seq` is in
  #incoming = new Incoming();
  /** @type {{state: () => unknown, every: number}[]} */
  #checks = [];
  /** @type {Event[]} */
  #events = []; // taken from the client, and run up to #next
  #next = 0;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    this.#client = context.client;
    this.#handlers = context.handlers;
    this.#runQueue = context.runQueue;
    this.#known = new KnownPlayers(
      () => this.fold,
      () => this.me,
      context.setMine,
    );
    this.me = this.player("");
  }

  /** The one object for a player. @param {string} id */
  player(id) {
    return this.#known.get(id);
  }

  /** Begin in the room, with no entry run yet. @param {Joined} joined */
  start(joined) {
    this.me = this.player(joined.me);
    this.fold = restore(joined.snapshot);
    this.seq = joined.s;
    this.#log = joined.log;
    this.#emitLost(joined);
  }

  /** Send the hash of `state()` after every entry whose seq is divisible by `every`. @param {() => unknown} state @param {number} every */
  addCheck(state, every) {
    this.#checks.push({ state, every });
  }

  /** Run the client's next event. Returns how many entries of the log that were: 0 or 1, or NOTHING where no event waits. */
  runNext() {
    if (this.#next >= this.#events.length) {
      this.#events = this.#client.events;
      this.#client.events = [];
      this.#next = 0;
    }
    const event = this.#events[this.#next++];
    return event ? this.#run(event) : NOTHING;
  }

  /** Tell the program that something was refused. @param {Refused} error */
  emitError(error) {
    this.#handlers.emitOrWarn("error", `${error.message} (${error.code})`, error);
  }

  /** @param {Event} event */
  #run(event) {
    switch (event.t) {
      case "do":
        this.#runCommand(event);
        return 1;
      case "hidden":
        this.seq = event.s;
        this.#check();
        return 0;
      case "skipped":
        this.#replace(event.snapshot, event.to);
        this.#handlers.emit("skipped", event.from, event.to);
        return 0;
      case "error":
        this.emitError(new Refused(event.code, event.message, event.n));
        return 0;
      case "joined":
        this.me = this.player(event.me);
        this.#log = event.log;
        this.#replace(event.snapshot, event.s);
        this.#emitLost(event);
        return 0;
      case "resumed":
        this.#handlers.emit("resumed", event.missed);
        return 0;
      case "offline": {
        const message = `the connection to ${this.#context.server} is lost (${event.why}): trying again`;
        this.#handlers.emitOrWarn("offline", message, event.why);
        return 0;
      }
      case "closed":
        this.over = event;
        this.#context.ended();
        this.#handlers.emit("closed", event.message);
        return 0;
      default:
        this.#runEntry(event);
        return 1;
    }
  }

  /** @param {Do} entry */
  #runCommand(entry) {
    this.seq = entry.s;
    if (entry.c === PARCEL) {
      const found = this.#incoming.take(entry);
      if (found) {
        this.#runParcel(entry.by, found);
      }
    } else {
      this.#call(entry.c, entry.by, entry.a);
    }
    if (this.#log === this.#client.log && this.#client.isAskedAbout(entry)) {
      this.#queueReport(entry);
    }
    this.#check();
  }

  /** @param {string} command @param {string} by @param {any[] | {[name: string]: any} | undefined} args */
  #call(command, by, args) {
    this.#handlers.call(command, () => this.player(by), args);
  }

  /** After the functions of this entry, report how long they took. @param {Do} entry */
  #queueReport(entry) {
    const began = performance.now();
    this.#runQueue.call(() => {
      this.#client.report(entry, performance.now() - began);
      this.#context.wake();
    });
  }

  /**
   * What a piece of a call with bytes has brought.
   * @param {string} by
   * @param {import("./incoming_parcels.js").Found} found
   */
  #runParcel(by, { progress, run, code, message }) {
    if (progress) {
      this.#handlers.emit("progress", this.player(by), progress);
    }
    if (progress && run) {
      this.#call(progress.command, by, run);
    }
    if (code && message) {
      this.emitError(new Refused(code, message));
    }
  }

  /** @param {Exclude<import("./messages.js").Entry, Do>} entry */
  #runEntry(entry) {
    this.seq = entry.s;
    const player = this.player(entry.by);
    if (entry.t === "leave") {
      player.remember();
      this.#incoming.leave(entry.by).forEach((found) => this.#runParcel(entry.by, found));
    }
    this.fold = apply(this.fold, entry);
    if (entry.t === "set") {
      this.#handlers.emit("set", player, entry.p);
    } else if (entry.t === "desync") {
      const players = entry.who.map((id) => this.player(id));
      const message = `the programs in this room differ after entry ${entry.after}: ${entry.who.join(", ")}`;
      this.#handlers.emitOrWarn("desync", message, entry.after, players);
    } else {
      this.#handlers.emit(entry.t, player);
    }
    this.#check();
  }

  /** After the functions of this entry, hash the program's state, if it is time. */
  #check() {
    const { seq } = this;
    for (const { state, every } of this.#checks) {
      if (seq % every === 0) {
        this.#runQueue.call(() => {
          const hash = digest(state());
          if (this.#log === this.#client.log) {
            this.#client.check(seq, hash); // a seq of a log that is gone has nothing to be compared with
            this.#context.wake();
          }
        });
      }
    }
  }

  /**
   * Continue from a snapshot: those who came and went meanwhile are told of as "join" and "leave", like any others.
   * @param {import("./messages.js").Snapshot} snapshot
   * @param {number} seq
   */
  #replace(snapshot, seq) {
    this.#incoming.skip().forEach((found) => this.#runParcel(found.by ?? "", found));
    const before = this.#playersHere();
    before.forEach((player) => player.remember());
    this.fold = restore(snapshot);
    this.seq = seq;
    const now = this.#playersHere();
    before.filter((player) => !now.includes(player)).forEach((player) => this.#handlers.emit("leave", player));
    now.filter((player) => !before.includes(player)).forEach((player) => this.#handlers.emit("join", player));
  }

  #playersHere() {
    return Array.from(this.fold.players.keys(), (id) => this.player(id));
  }

  /** @param {Joined} joined */
  #emitLost({ lost, dropped }) {
    if (lost) {
      const why = dropped ? `${lost}; ${dropped} of our messages were on their way, and may be lost` : lost;
      this.#handlers.emitOrWarn("lost", why, why);
    }
  }
}
