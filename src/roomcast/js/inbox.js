// Runs the room's entries, one after the other in the room's order: each first changes the state (the fold), then queues the
// functions that are registered for it.

import { digest } from "./digest.js";
import { BadArgument, Refused } from "./errors.js";
import { EMPTY, apply, restore } from "./fold.js";
import { Incoming } from "./incoming_parcels.js";
import { hasOnlyFiniteNumbers } from "./json_arguments.js";
import { PARCEL } from "./parcels.js";
import { KnownPlayers } from "./players.js";
import { readOnly } from "./read_only.js";
import { RoomTimers } from "./room_timers.js";
import { NOTHING } from "./run_queue.js";
import { NOWHERE, RunningCall } from "./running.js";
import { Timers } from "./timers.js";
import { World } from "./world.js";

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
 */

const OUTSIDE_THE_LOG = ["error", "offline", "closed"];

export class Inbox {
  fold = EMPTY;
  seq = 0; // of the last entry that was run
  upto = 0; // seq: entries up to it had come before we came, or came back
  roomTimers = new RoomTimers();
  /** @type {Player} */
  me;
  /** @type {import("./client_events.js").Closed | null} */
  over = null;

  #context;
  #client;
  #handlers;
  #runQueue;
  #known;
  #at = 0; // the room's time, as of what was run last: Unix ms
  #log = 0; // the number of the client's log that `seq` is in
  #incoming = new Incoming();
  /** @type {{state: () => unknown, every: number}[]} */
  #checks = [];
  /** @type {import("./messages.js").Entry | null} */
  #entry = null; // whose functions are called now
  /** @type {RunningCall | null} */
  #timed = null; // the run of a timer, where that was taken last
  /** @type {World | null} */
  #world = null; // the functions that save and load the program's own state, if it has them
  #beginsAgain = false; // the program waits for the world: what came before it counts for nothing
  /** @type {{fold: import("./fold.js").RoomState, seq: number} | null} */
  #aside = null; // what it goes on with where the room has none; until then, it sees nobody
  #told = false; // joins that a snapshot brought were told of
  #beganAt = 0; // seq of the last snapshot that we began with
  #unhashed = false; // the program's state was none that has a hash
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
    this.fold = restore(joined.snapshot);
    this.seq = joined.s;
    this.#at = joined.snapshot.at ?? 0;
    this.#begin(joined);
    this.#emitLost(joined);
  }

  /** @param {Joined} joined */
  #begin(joined) {
    this.me = this.player(joined.me);
    this.#log = joined.log;
    this.upto = joined.upto;
    this.#beganAt = joined.s;
  }

  /** Call a function that was registered for joins for those who are here already. @param {(player: Player) => unknown} run */
  tellOfThoseHere(run) {
    for (const player of this.#playersHere()) {
      this.#runQueue.callNowhere(() => {
        this.#told = true;
        return run(player);
      });
    }
  }

  /** Send the hash of `state()` after every entry whose seq is divisible by `every`. @param {() => unknown} state @param {number} every */
  addCheck(state, every) {
    this.#checks.push({ state, every });
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
    this.#timed = null;
    this.#fetch();
    const event = this.#events[this.#next];
    if (this.#runTimer(event)) {
      return 0;
    }
    if (!event) {
      this.#askForTime();
      return NOTHING;
    }
    this.#next += 1;
    this.#tellTimers(event);
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
        this.seq = event.s;
        this.#at = event.at || this.#at;
        this.#check();
        return 0;
      case "skipped":
        if (this.#world && event.world) {
          this.#beginWithWorld(this.#world, event.snapshot, event.to, event.world);
        } else {
          this.#replace(event.snapshot, event.to);
        }
        this.#handlers.emit("skipped", event.from, event.to);
        return 0;
      case "save":
        this.#save(event);
        return 0;
      case "error":
        this.emitError(new Refused(event.code, event.message, event.n));
        return 0;
      case "joined":
        this.#begin(event);
        this.#keepFirst(); // nothing has happened yet
        if (this.#world && (event.world || event.s === 0)) {
          this.#beginWithWorld(this.#world, event.snapshot, event.s, event.world);
        } else {
          this.#replace(event.snapshot, event.s);
        }
        this.#emitLost(event);
        return 0;
      case "resumed":
        this.upto = this.seq + event.missed;
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
    this.seq = entry.s;
    this.#at = entry.at;
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
    if (!hasOnlyFiniteNumbers(args)) {
      this.emitError(new Refused("bad-argument", `from ${by}: ${command} is not run here: a number is beyond all bounds`));
      return;
    }
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
    this.#at = entry.at;
    const player = this.player(entry.by);
    if (entry.t === "leave") {
      this.#known.leave(player);
      this.#incoming.leave(entry.by).forEach((found) => this.#runParcel(entry.by, found));
    }
    this.fold = apply(this.fold, entry);
    if (entry.t === "set") {
      if (Object.keys(entry.p).length > 0) { // else nothing has changed
        this.#handlers.emit("set", player, readOnly(entry.p));
      }
    } else if (entry.t === "desync") {
      const players = entry.who.map((id) => this.player(id));
      const message = `the programs in this room differ after entry ${entry.after}: ${entry.who.join(", ")}`;
      this.#handlers.emitOrWarn("desync", "check", message, entry.after, players);
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
        this.#runQueue.callNowhere(() => {
          const hash = this.#hashOf(state());
          if (hash && this.#log === this.#client.log) {
            this.#client.check(seq, hash); // a seq of a log that is gone has nothing to be compared with
            this.#context.wake();
          }
        });
      }
    }
  }

  /** The hash of a state; "" where it has none, which is told once. @param {unknown} state */
  #hashOf(state) {
    try {
      const hash = digest(state);
      this.#unhashed = false;
      return hash;
    } catch (error) {
      if (!this.#unhashed && error instanceof BadArgument) {
        this.#unhashed = true;
        this.emitError(new Refused("bad-argument", error.sentence, 0, error.topic));
      }
      return "";
    }
  }

  /**
   * Continue from a snapshot: those who came and went meanwhile are told of as "join" and "leave", like any others.
   * @param {import("./messages.js").Snapshot} snapshot
   * @param {number} seq
   */
  #replace(snapshot, seq) {
    const before = this.#restart(snapshot, seq);
    const now = this.#playersHere();
    before.filter((player) => !now.includes(player)).forEach((player) => this.#handlers.emit("leave", player));
    now.filter((player) => !before.includes(player)).forEach((player) => this.#handlers.emit("join", player));
  }

  /** Continue from a snapshot; returns who was here before. @param {import("./messages.js").Snapshot} snapshot @param {number} seq */
  #restart(snapshot, seq) {
    this.#incoming.skip().forEach((found) => this.#runParcel(found.by ?? "", found));
    const before = this.#playersHere();
    before.forEach((player) => this.#known.leave(player));
    this.fold = restore(snapshot);
    this.seq = seq;
    this.#at = snapshot.at || this.#at;
    return before;
  }

  #playersHere() {
    return Array.from(this.fold.players.keys(), (id) => this.player(id));
  }

  // ------------------------------------------------------------------ timers

  /**
   * Set a timer out of the running call.
   * @param {"room.after" | "room.every"} where @param {unknown} seconds @param {unknown} name @param {unknown[]} args
   */
  setTimer(where, seconds, name, args) {
    return this.roomTimers.set(() => this.runningCall, where, seconds, name, args);
  }

  /** Run the timer that is to run before the next event, or where none waits, by now. Returns whether there is one. @param {Event | undefined} event */
  #runTimer(event) {
    const { timers } = this.roomTimers;
    if (!timers || !this.#isTimerDue(timers.due, event)) {
      return false;
    }
    const { next: timer, due } = timers;
    this.#entry = null;
    this.#timed = new RunningCall(this.seq, due, timers.key(this.seq));
    this.#at = Math.max(this.#at, due);
    this.#runQueue.call(this.roomTimers.callOf(timer));
    timers.ran(this.seq);
    return true;
  }

  /** @param {number} due @param {Event | undefined} event */
  #isTimerDue(due, event) {
    return due <= this.#at || (this.#isAnyoneHere() && due <= (event ? timeOf(event) : this.#client.ticked));
  }

  /** Before an event is run: what it says of time. @param {Event} event */
  #tellTimers(event) {
    const { timers } = this.roomTimers;
    if (!timers) {
      return;
    }
    if (event.t === "joined") {
      timers.rest(this.#at, event.snapshot.at || this.#at); // another log: each is due as long from now as it was
      return;
    }
    const at = timeOf(event);
    if (at > this.#at && !this.#isAnyoneHere()) {
      if (this.#at) {
        timers.rest(this.#at, at);
      }
    } else if (0 < at && at < this.#at) {
      const why = "the server's clock was set back while it was not running: timers have run here that others run later";
      this.#handlers.emitOrWarn("lost", "timers", why, why);
    }
  }

  /** Whether a player is connected, as of the last entry run: while none is, timers rest. */
  #isAnyoneHere() {
    for (const { here = true } of this.fold.players.values()) {
      if (here) {
        return true;
      }
    }
    return false;
  }

  /** All is run for now: have the server tell the room's time when the next timer is due. */
  #askForTime() {
    const { timers } = this.roomTimers;
    if (timers && this.#client.askForTime(timers.wanted(), Math.max(this.#client.ticked, this.#at))) {
      this.#context.wake();
    }
  }

  /** The room's time now, as estimated here: Unix ms. @param {number} now on our monotonic clock */
  timeAt(now) {
    return this.#client.clock.time(now, this.#at);
  }

  /** How late what is to run next is, in ms: since then, newer things have arrived. */
  get behind() {
    this.#fetch();
    const { events, ticked } = this.#client;
    const due = this.roomTimers.timers?.due ?? Infinity;
    const first = this.#events[this.#next];
    const last = [...this.#events.slice(Math.max(this.#next, this.#events.length - 2)), ...events.slice(-2)].slice(-2);
    const newest = [...last.reverse(), first].map((event) => (event ? timeOf(event) : 0)).find((at) => at > 0);
    const [oldest, latest] = newest ? [Math.min(due, (first && timeOf(first)) || Infinity), newest] : [due, ticked];
    return Math.max(0, latest - oldest);
  }

  // ------------------------------------------------------------------ the world

  /** Let the program begin with the world; nothing is run until it has come. @param {unknown} functions @throws {BadArgument} */
  registerWorld(functions) {
    if (this.#world) {
      this.#world.replace(functions);
      return;
    }
    const world = new World(functions);
    if (this.#told || this.seq !== this.#beganAt) {
      throw new BadArgument("room.world comes right after join, in the same turn: what has run already would count twice", "late");
    }
    this.#world = world;
    this.#beginsAgain = true;
    this.#aside = { fold: this.fold, seq: this.seq };
    this.fold = EMPTY;
    this.seq = 0;
    this.#runQueue.clear();
    this.#client.beginWithWorld();
    this.#context.wake();
  }

  /** The room has no world: the program goes on as it was. */
  #goOnWithoutWorld() {
    this.#beginsAgain = false;
    if (this.#aside) {
      ({ fold: this.fold, seq: this.seq } = this.#aside);
      this.#aside = null;
      this.#keepFirst();
      this.#playersHere().forEach((player) => this.#handlers.emit("join", player));
    }
  }

  /** Keep the state as it is before anything has happened, for a room that begins anew. */
  #keepFirst() {
    const world = this.#world;
    if (world && !world.hasFirst) {
      this.#runQueue.callNowhere(() => {
        world.hasFirst = true;
        world.first = world.textWithin(Infinity, null, (error) => this.emitError(error)) ?? "";
      });
    }
  }

  /** Whether something may be run: not while the program waits for the world. When that has come, what came before it is gone. */
  isReady() {
    if (this.#client.holding) {
      return false;
    }
    if (this.#beginsAgain) {
      const waiting = [...this.#events.slice(this.#next), ...this.#client.events];
      const place = waiting.findIndex((event) => event.t === "joined" && event.again);
      if (place < 0) {
        this.#goOnWithoutWorld();
      } else {
        this.#beginsAgain = false;
        this.#aside = null;
        this.#events = waiting.filter((event, index) => index >= place || OUTSIDE_THE_LOG.includes(event.t));
        this.#next = 0;
        this.#client.events = [];
      }
    }
    return true;
  }

  /** @param {import("./messages.js").Save} save */
  #save(save) {
    this.#at = Math.max(this.#at, save.at);
    const world = this.#world;
    if (world && save.s === this.seq) {
      this.#runQueue.callNowhere(() => { // not everyone is asked
        const timers = this.roomTimers.timers?.saved(this.seq) ?? null;
        // Who begins here would not have the pieces that have come: the room asks again.
        const text = this.#incoming.pending ? null : world.textWithin(save.most, timers, (error) => this.emitError(error));
        this.#client.saveWorld(this.#log, save, text);
        this.#context.wake();
      });
    }
  }

  /**
   * Go on from a snapshot with the state that belongs to it: what was before is in there, joins among it.
   * @param {World} world @param {import("./messages.js").Snapshot} snapshot @param {number} seq @param {string} saved
   */
  #beginWithWorld(world, snapshot, seq, saved) {
    this.#restart(snapshot, seq);
    const text = saved || world.first; // the latter where the room has begun anew
    if (text) {
      this.#runQueue.callNowhere(() => this.#loadWorld(world, text));
    }
  }

  /** @param {World} world @param {string} text */
  #loadWorld(world, text) {
    const saved = world.restore(text, (id) => this.player(id), (name) => this.roomTimers.has(name));
    if (saved || this.roomTimers.timers) {
      this.roomTimers.timers ??= new Timers();
      this.roomTimers.timers.restore(saved ?? { records: [], rested: 0, ran: [] }, this.seq);
    }
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

/** The room's time of an event, Unix ms; 0: it has none. @param {Event} event */
function timeOf(event) {
  return "at" in event ? (event.at ?? 0) : 0;
}
