// Runs the room's entries, one after the other in the room's order: each first changes the state (the fold), then queues the
// functions that are registered for it.

import { Refused } from "./errors.js";
import { sentenceOf } from "./help_topics.js";
import { Incoming } from "./incoming_parcels.js";
import { hasOnlyFiniteNumbers } from "./json_arguments.js";
import { PARCEL } from "./parcels.js";
import { readOnly } from "./read_only.js";
import { Replica } from "./replica.js";
import { RoomTimers } from "./room_timers.js";
import { NOTHING } from "./run_queue.js";
import { NOWHERE, RunningCall } from "./running.js";
import { StateChecks } from "./state_checks.js";
import { TimerRunner } from "./timer_runner.js";
import { queueEffects } from "./turn_running.js";
import { WorldExchange } from "./world_exchange.js";

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
 * @property {(patch: string, how: import("./send_queue.js").How) => void} setMine sends a patch of our own state
 * @property {() => void} wake lets what the client has to send go out
 * @property {() => void} ended called when the room is over
 * @property {(why: string) => void} broken ends the room: what the server has sent cannot be run
 */

export class Inbox {
  upto = 0; // seq: entries up to it had come before we came, or came back
  /** @type {import("./client_events.js").Closed | null} */
  over = null;

  replica;
  roomTimers = new RoomTimers(() => this.runningCall);
  checks;
  world;

  #context;
  #client;
  #handlers;
  #runQueue;
  #timerRunner;
  #incoming = new Incoming();
  /** @type {import("./messages.js").Entry | null} */
  #entry = null; // whose functions are called now
  /** @type {RunningCall | null} */
  #timed = null; // the run of a timer, where that was taken last
  /** @type {Event[]} */
  #events = []; // taken from the client, and run up to #next
  #next = 0;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    this.#client = context.client;
    this.#handlers = context.handlers;
    this.#runQueue = context.runQueue;
    this.replica = new Replica(context.setMine);
    const parts = {
      ...context,
      replica: this.replica,
      roomTimers: this.roomTimers,
      failed: (/** @type {Refused} */ error) => this.emitError(error),
    };
    this.#timerRunner = new TimerRunner(parts);
    this.checks = new StateChecks(parts);
    this.world = new WorldExchange(parts);
  }

  /** Begin in the room, with no entry run yet. @param {Joined} joined */
  start(joined) {
    this.replica.restart(joined.snapshot, joined.s);
    this.#begin(joined);
    this.#emitLost(joined);
  }

  /** @param {Joined} joined */
  #begin(joined) {
    const { replica } = this;
    replica.me = replica.player(joined.me);
    replica.log = joined.log;
    this.upto = joined.upto;
    this.world.begin(joined);
  }

  /** Call a function of "join" for those who are here already, one of "host" for who is it. @param {string} event @param {(player: Player) => unknown} run */
  tellOfNow(event, run) {
    for (const player of this.replica.concernedBy(event)) {
      this.#runQueue.callNowhere(() => {
        this.world.told = true;
        return run(player);
      });
    }
  }

  /** The call of one of the program's functions out of which this is asked; null outside of them. */
  get runningCall() {
    const { calling } = this.#runQueue;
    if (calling !== true) {
      return calling || null;
    }
    const entry = this.#entry;
    const call = this.#timed ?? (entry ? new RunningCall(entry.s, entry.at, String(entry.s)) : NOWHERE);
    this.#runQueue.calling = call;
    return call;
  }

  /**
   * Run the next timer or the client's next event. Returns how many entries of the log that were: 0 or 1, or NOTHING where nothing
   * is to be run.
   */
  runNext() {
    this.world.hintLate();
    this.#fetch();
    const event = this.#events[this.#next];
    this.#timed = this.#timerRunner.runNext(event);
    if (this.#timed) {
      this.#entry = null;
      return 0;
    }
    if (!event) {
      this.#timerRunner.askForTime();
      return NOTHING;
    }
    this.#next += 1;
    this.#timerRunner.heed(event);
    return this.#run(event);
  }

  /** Take what the client has received, where all that was taken before is run. */
  #fetch() {
    if (this.#next >= this.#events.length) {
      this.#events = this.#client.events;
      this.#client.events = [];
      this.#next = 0;
    }
  }

  /** Tell the program that something was refused. @param {Refused} error */
  emitError(error) {
    this.#handlers.emitOrWarn("error", error.topic, `${error.sentence} (${error.code})`, error);
  }

  /** @param {Event} event */
  #run(event) {
    this.#entry = null;
    switch (event.t) {
      case "do":
        this.#entry = event;
        this.#runCommand(event);
        return 1;
      case "hidden":
        this.replica.seq = event.s;
        this.replica.at = event.at || this.replica.at;
        this.checks.queue();
        return 0;
      case "skipped":
        this.#continueFrom(event.snapshot, event.to, event.world);
        this.#handlers.emit("skipped", event.from, event.to);
        return 0;
      case "save":
        this.world.save(event, () => !this.#incoming.pending);
        return 0;
      case "error":
        this.emitError(new Refused(event.code, event.message, event.n));
        return 0;
      case "answered":
        this.#runQueue.call(() => event.answer.settle());
        return 0;
      case "joined":
        this.#begin(event);
        this.world.keepFirst(); // nothing has happened yet
        this.#continueFrom(event.snapshot, event.s, event.world);
        this.#emitLost(event);
        return 0;
      case "resumed":
        this.upto = this.replica.seq + event.missed;
        this.#handlers.emit("resumed", event.missed);
        return 0;
      case "offline": {
        const message = `the connection to ${this.#context.server} is lost (${event.why}): trying again`;
        this.#handlers.emitOrWarn("offline", "connection-lost", message, event.why);
        return 0;
      }
      case "closed":
        this.over = event;
        this.#context.ended();
        this.#handlers.emit("closed", event.message);
        return 0;
      default:
        this.#entry = event;
        this.#runEntry(event);
        return 1;
    }
  }

  /** @param {Do} entry */
  #runCommand(entry) {
    const { replica } = this;
    replica.seq = entry.s;
    replica.at = entry.at;
    if (entry.c === PARCEL) {
      const found = this.#incoming.take(entry);
      if (found) {
        this.#runParcel(entry.by, found);
      }
    } else {
      this.#call(entry.c, entry.by, entry.a);
    }
    if (this.#client.isAskedAbout(replica.log, entry)) {
      this.#queueReport(entry);
    }
    this.checks.queue();
  }

  /** @param {string} command @param {string} by @param {any[] | {[name: string]: any} | undefined} args */
  #call(command, by, args) {
    if (!hasOnlyFiniteNumbers(args)) {
      this.emitError(new Refused("bad-argument", `from ${by}: ${command} is not run here: a number is beyond all bounds`));
      return;
    }
    this.#handlers.call(command, () => this.replica.player(by), args);
  }

  /** After the functions of this entry, report how long they took. @param {Do} entry */
  #queueReport(entry) {
    const { log } = this.replica;
    const began = performance.now();
    this.#runQueue.call(() => {
      this.#client.report(log, entry, performance.now() - began);
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
      this.#handlers.emit("progress", this.replica.player(by), progress);
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
    const { replica } = this;
    replica.seq = entry.s;
    replica.at = entry.at;
    const player = replica.player(entry.by);
    const effects = "x" in entry ? entry.x : undefined;
    if (entry.t === "leave") {
      this.#incoming.leave(entry.by).forEach((found) => this.#runParcel(entry.by, found));
    }
    let host; // a new one
    try {
      host = replica.apply(entry);
    } catch (error) {
      [this.#events, this.#client.events, this.#next] = [[], [], 0]; // the state would be another than the others have
      this.#context.broken(`what the server has sent cannot be run: ${sentenceOf(error)}`);
      return;
    }
    if (entry.t === "set") {
      if (Object.keys(entry.p).length > 0) { // else nothing has changed
        this.#handlers.emit("set", player, readOnly(entry.p));
      }
    } else if (entry.t === "desync") {
      const message = `the programs in this room differ after entry ${entry.after}: ${entry.who.join(", ")}`;
      this.#handlers.emitOrWarn("desync", "check", message, entry.after, entry.who.map((id) => replica.player(id)));
    } else if (entry.t !== "turn") {
      this.#handlers.emit(entry.t, player);
    }
    if (effects) {
      queueEffects(effects, replica, this.#handlers, (command, by, args) => this.#call(command, by, args));
    }
    if (host) {
      this.#handlers.emit("host", host);
    }
    this.checks.queue();
  }

  /**
   * Continue from a snapshot, with the world that belongs to it where the program has one: what was before is in there, joins among it.
   * Else those who came and went meanwhile are told of as "join" and "leave", like any others.
   * @param {import("./messages.js").Snapshot} snapshot
   * @param {number} seq
   * @param {string} [saved] the world's text
   */
  #continueFrom(snapshot, seq, saved = "") {
    const { replica, world } = this;
    this.#incoming.skip().forEach((found) => this.#runParcel(found.by ?? "", found));
    const changes = replica.restart(snapshot, seq);
    if (world.goesOnWith(saved, seq)) {
      world.load(saved);
    } else {
      changes.forEach(([event, player]) => this.#handlers.emit(event, player));
    }
  }

  /** Whether something may be run: not while the program waits for the world. When that has come, what came before it is gone. */
  isReady() {
    if (this.#client.holding) {
      return false;
    }
    if (this.world.waits) {
      this.#events = this.world.answered([...this.#events.slice(this.#next), ...this.#client.events]);
      this.#next = 0;
      this.#client.events = [];
    }
    return true;
  }

  /** The room's time now, as estimated here: Unix ms. @param {number} now on our monotonic clock */
  timeAt(now) {
    return this.#client.clock.time(now, this.replica.at);
  }

  /** How late what is to run next is, in ms: since then, newer things have arrived. */
  get behind() {
    this.#fetch();
    const last = [...this.#events.slice(Math.max(this.#next, this.#events.length - 2)), ...this.#client.events.slice(-2)].slice(-2);
    return this.#timerRunner.behind(this.#events[this.#next], last);
  }

  /** @param {Joined} joined */
  #emitLost({ lost, dropped }) {
    if (lost) {
      const were = dropped === 1 ? "was on its way" : "were on their way";
      const why = dropped ? `${lost}; ${dropped} of our messages ${were}, and may be lost` : lost;
      this.#handlers.emitOrWarn("lost", "server-restarted", why, why);
    }
  }
}
