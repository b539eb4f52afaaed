// The room as a program sees it.
//
// Entries are run one after the other, in the room's order: each first changes the state (the fold), then calls the
// functions that are registered for it. What arrives waits in client_core.js until it is run.

import { ClientCore } from "./client_core.js";
import { takeOut, toJson } from "./arguments.js";
import { digest } from "./digest.js";
import { BadArgument, CannotConnect, Refused, RoomClosed } from "./errors.js";
import { Link } from "./link.js";
import { Incoming, PARCEL } from "./parcels.js";
import { KnownPlayers, Players, Shared, idsOf } from "./players.js";
import { Registry, ownCommand } from "./registry.js";
import { EMPTY, apply, restore } from "./fold.js";
import { NOTHING, RunQueue } from "./run_queue.js";

/** @typedef {import("./client_core.js").Event} Event */
/** @typedef {import("./messages.js").Entry} Entry */
/** @typedef {import("./players.js").Player} Player */
/** @typedef {import("./registry.js").Run} Run */
/** @typedef {Player | string | Iterable<Player | string>} Audience */

export class Room {
  /** Those in the room, in the order of joining. */
  players;
  /** The room's shared state. */
  state;

  #where;
  #client;
  #link;
  #keeper;
  #fold = EMPTY;
  #seq = 0;
  #log = 0; // which of the client's logs that is in
  /** @type {Player} */
  #me;
  #known;
  #registry;
  /** @type {{state: () => unknown, every: number}[]} */
  #checks = [];
  #incoming = new Incoming();
  #reading = 0; // Blobs whose bytes are not here yet
  #turns;
  /** @type {Event[]} */
  #events = []; // taken from the client, and run up to #next
  #next = 0;
  #kicked = false;
  /** @type {((failure: string) => void) | null} */
  #waitsForWelcome = null;
  /** @type {import("./client_core.js").Closed | null} */
  #over = null;

  /**
   * Made by `join`.
   * @param {import("./where.js").Where} where
   * @param {string} name
   * @param {{batch: import("./run_queue.js").Batch, keeper: import("./page_session.js").PageSession, Socket: import("./link.js").SocketClass}} how
   */
  constructor(where, name, { batch, keeper, Socket }) {
    this.#where = where;
    this.#keeper = keeper;
    this.#client = new ClientCore(where.room, name, Math.random, keeper.take());
    this.#link = new Link(where, this.#client, () => this.#arrived(), Socket);
    this.#turns = new RunQueue(
      batch,
      () => this.#runNext(),
      () => this.#client.events.length,
    );
    this.#registry = new Registry(this.#turns);
    const fold = () => this.#fold;
    this.#known = new KnownPlayers(
      fold,
      () => this.#me,
      (patch, whole) => this.#set("me", patch, whole),
    );
    this.players = new Players(fold, (id) => this.#player(id));
    this.state = new Shared(
      () => this.#fold.shared,
      (patch, whole) => this.#set("room", patch, whole),
    );
    this.#me = this.#player("");
  }

  // ------------------------------------------------------------------ what a program asks

  /** The room's name, also where it was joined by its code. */
  get name() {
    return this.#client.room;
  }

  /** The room's code: a few letters that stand for it on its server, to be said and typed. */
  get code() {
    return this.#client.code;
  }

  /** The player that this page is. */
  get me() {
    return this.#me;
  }

  /** The place in the room's order of the last entry that was run here. */
  get seq() {
    return this.#seq;
  }

  /** True when the room is over for this page: it left, or the server sent it away. */
  get closed() {
    return this.#over !== null;
  }

  /** How many messages of ours have not come back yet. */
  get unacknowledged() {
    return this.#client.unacknowledged + this.#reading;
  }

  // ------------------------------------------------------------------ what a program does

  /**
   * A function that runs on every computer: calling what this returns sends the call; it runs, with the player who
   * called as its first argument, when the call comes back.
   *
   * @template {any[]} Args
   * @param {(player: Player, ...args: Args) => unknown} run
   * @param {string} [name] the command's name, where it is not the function's: tools that make scripts small rename functions
   * @returns {(...args: Args) => void}
   * @throws {BadArgument} for a name that no command may have
   */
  everywhere(run, name = run.name) {
    if (!name) {
      throw new BadArgument("everywhere() needs a function with a name: function move(player, dx, dy) {…}");
    }
    const command = this.#registry.addCommand(name, run);
    return (...args) => this.#do(command, args, null);
  }

  /**
   * Call the function for each command of that name (with the player and the arguments), or for each event.
   *
   * Events: "join", "leave", "away", "back" (player), "set" (player, patch), "error" (error), "desync" (seq, players),
   * "progress" (player, progress), "offline" (why), "resumed" (missed), "skipped" (first, last), "lost" (why),
   * "closed" (why).
   *
   * @param {string} name
   * @param {Run} run
   * @returns {this}
   */
  on(name, run) {
    this.#registry.add(name, run);
    if (name === "join") {
      // A join handler is told of those who are there already, too, so that a game makes its dots in one place.
      for (const player of this.players) {
        this.#turns.call(() => run(player));
      }
      this.#turns.schedule();
    }
    return this;
  }

  /**
   * Send a command to everyone: `send("move", 5, 0)`; or to some, who alone get to see it:
   * `send({name: "whisper", to: player}, "psst")`. It never waits.
   *
   * Arguments that are bytes (a Uint8Array or any other view, an ArrayBuffer, a Blob) travel in pieces, and the command
   * is run when all have come; there they are a Uint8Array.
   *
   * @param {string | {name: string, to?: Audience}} what
   * @param {...any} args
   * @throws {BadArgument} for what cannot be sent; {TooFast} when too much waits; {RoomClosed}
   */
  send(what, ...args) {
    const { name, to } = typeof what === "object" && what !== null ? what : { name: what, to: undefined };
    this.#do(ownCommand(name), args, to === undefined ? null : idsOf(to));
  }

  /**
   * Let the server find out whether all programs in the room have the same state: `state()` gives the program's own
   * (what JSON can carry) after every so many entries, and its hash is compared with the others'. On the first
   * difference all who registered `room.on("desync", …)` are told.
   *
   * @param {() => unknown} state
   * @param {{every?: number}} [options]
   */
  check(state, { every = 100 } = {}) {
    if (!(every >= 1)) {
      throw new BadArgument(`every: ${every}: check after every so many entries, at least 1`);
    }
    this.#checks.push({ state, every });
  }

  /**
   * Run what has arrived, in the room's order; returns how many entries that were. For programs that joined with
   * `{batch: "pump"}`: they call it once a turn of their own loop. An exception in one of your functions comes out of
   * here; what came after it still waits.
   */
  pump() {
    try {
      return this.#turns.pump();
    } finally {
      this.#keeper.changed(() => this.#client.kept);
    }
  }

  /** Leave the room for good, after what was sent has come back (within two seconds). */
  async leave() {
    await this.#link.leave();
    this.#keeper.end();
  }

  // ------------------------------------------------------------------ coming in

  /**
   * Connect, and wait for the server to let us in.
   * @param {number} timeout ms
   * @throws {CannotConnect}
   */
  async enter(timeout) {
    const { server } = this.#where;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    try {
      const failure = await new Promise((/** @type {(failure: string) => void} */ resolve) => {
        this.#waitsForWelcome = resolve;
        timer = setTimeout(() => resolve(`${server} does not answer within ${timeout / 1000} seconds`), timeout);
        this.#link.connect();
      });
      if (failure) {
        this.#link.leaveNow();
        throw new CannotConnect(failure);
      }
    } finally {
      clearTimeout(timer);
      this.#waitsForWelcome = null;
    }
    this.#keeper.watch(this.#link, () => this.#client.kept);
    // Later, when the program that waits for `join` has registered its functions.
    setTimeout(() => this.#arrived(), 0);
  }

  /** While we wait to be let in: a person wants to know why it does not work, not to wait. */
  #letIn() {
    const { events, over, farewell } = this.#client;
    const place = events.findIndex((event) => event.t === "joined");
    if (place >= 0) {
      const joined = /** @type {import("./client_core.js").Joined} */ (events.splice(0, place + 1)[place]);
      this.#me = this.#player(joined.me);
      this.#fold = restore(joined.snapshot);
      this.#seq = joined.s;
      this.#log = joined.log;
      this.#tellLost(joined);
      this.#waitsForWelcome?.("");
    } else if (over || farewell) {
      const why = over ? over.message : farewell;
      this.#waitsForWelcome?.(`${this.#where.server} did not let us into '${this.name}': ${why}`);
    } else if (this.#link.firstFailure) {
      this.#waitsForWelcome?.(this.#link.firstFailure);
    }
  }

  // ------------------------------------------------------------------ what comes in

  #arrived() {
    if (this.#waitsForWelcome) {
      this.#letIn();
    } else {
      this.#turns.schedule();
      this.#keeper.changed(() => this.#client.kept);
    }
  }

  #runNext() {
    if (this.#next >= this.#events.length) {
      this.#events = this.#client.events;
      this.#client.events = [];
      this.#next = 0;
    }
    const event = this.#events[this.#next++];
    return event ? this.#run(event) : NOTHING;
  }

  /**
   * Change the state, and call what is registered, or queue it. Returns 1 for an entry of the log.
   * @param {Event} event
   */
  #run(event) {
    switch (event.t) {
      case "do":
        this.#runCommand(event);
        return 1;
      case "hidden":
        this.#seq = event.s;
        this.#check();
        return 0;
      case "skipped":
        this.#replace(event.snapshot, event.to);
        this.#registry.emit("skipped", event.from, event.to);
        return 0;
      case "error":
        this.#fail(new Refused(event.code, event.message, event.n));
        return 0;
      case "joined":
        this.#me = this.#player(event.me);
        this.#log = event.log;
        this.#replace(event.snapshot, event.s);
        this.#tellLost(event);
        return 0;
      case "resumed":
        this.#registry.emit("resumed", event.missed);
        return 0;
      case "offline":
        this.#registry.emitOrWarn("offline", `the connection to ${this.#where.server} is lost (${event.why}): trying again`, event.why);
        return 0;
      case "closed":
        this.#over = event;
        this.#keeper.end();
        this.#registry.emit("closed", event.message);
        return 0;
      default:
        this.#runEntry(event);
        return 1;
    }
  }

  /** @param {import("./messages.js").Do} entry */
  #runCommand(entry) {
    this.#seq = entry.s;
    if (entry.c === PARCEL) {
      const found = this.#incoming.take(entry);
      if (found) {
        this.#tell(entry.by, found);
      }
    } else {
      this.#call(entry.c, entry.by, entry.a);
    }
    if (this.#log === this.#client.log && this.#client.isAskedAbout(entry)) {
      const began = performance.now();
      this.#turns.call(() => {
        this.#client.report(entry, performance.now() - began);
        this.#kick();
      });
    }
    this.#check();
  }

  /** @param {string} command @param {string} by @param {any[] | {[name: string]: any} | undefined} args */
  #call(command, by, args) {
    this.#registry.call(command, () => this.#player(by), args);
  }

  /**
   * What a piece of a call with bytes has brought.
   * @param {string} by
   * @param {import("./parcels.js").Found} found
   */
  #tell(by, { progress, run, code, message }) {
    if (progress) {
      this.#registry.emit("progress", this.#player(by), progress);
    }
    if (progress && run) {
      this.#call(progress.command, by, run);
    }
    if (code && message) {
      this.#fail(new Refused(code, message));
    }
  }

  /** @param {Exclude<Entry, import("./messages.js").Do>} entry */
  #runEntry(entry) {
    this.#seq = entry.s;
    const player = this.#player(entry.by);
    if (entry.t === "leave") {
      player.remember();
      this.#incoming.leave(entry.by).forEach((found) => this.#tell(entry.by, found));
    }
    this.#fold = apply(this.#fold, entry);
    if (entry.t === "set") {
      this.#registry.emit("set", player, entry.p);
    } else if (entry.t === "desync") {
      const players = entry.who.map((id) => this.#player(id));
      const message = `the programs in this room differ after entry ${entry.after}: ${entry.who.join(", ")}`;
      this.#registry.emitOrWarn("desync", message, entry.after, players);
    } else {
      this.#registry.emit(entry.t, player);
    }
    this.#check();
  }

  /** After what this entry calls for, hash the program's state, if it is time. */
  #check() {
    const seq = this.#seq;
    for (const { state, every } of this.#checks) {
      if (seq % every === 0) {
        this.#turns.call(() => {
          const hash = digest(state());
          if (this.#log === this.#client.log) {
            this.#client.check(seq, hash); // a place in a log that is gone has nothing to be compared with
            this.#kick();
          }
        });
      }
    }
  }

  /**
   * Go on from a snapshot: those who came and went by it are told of like any others.
   * @param {import("./messages.js").Snapshot} snapshot
   * @param {number} seq
   */
  #replace(snapshot, seq) {
    this.#incoming.skip().forEach((found) => this.#tell(found.by ?? "", found));
    const before = [...this.players];
    before.forEach((player) => player.remember());
    this.#fold = restore(snapshot);
    this.#seq = seq;
    before.filter((player) => !this.players.has(player)).forEach((player) => this.#registry.emit("leave", player));
    Array.from(this.players)
      .filter((player) => !before.includes(player))
      .forEach((player) => this.#registry.emit("join", player));
  }

  /** @param {import("./client_core.js").Joined} joined */
  #tellLost({ lost, dropped }) {
    if (lost) {
      const why = dropped ? `${lost}; ${dropped} of our messages were on their way, and may be lost` : lost;
      this.#registry.emitOrWarn("lost", why, why);
    }
  }

  /** @param {Refused} error */
  #fail(error) {
    this.#registry.emitOrWarn("error", `${error.message} (${error.code})`, error);
  }

  // ------------------------------------------------------------------ what goes out

  /** @param {string} command @param {unknown[]} args @param {string[] | null} to */
  #do(command, args, to) {
    this.#checkOpen();
    const { rest, blobs } = takeOut(args);
    const json = toJson(command, rest);
    if (blobs.length === 0) {
      this.#client.do(command, json, to, performance.now());
      this.#kick();
    } else if (blobs.some(([, data]) => data instanceof Blob)) {
      this.#readAndSend(command, json, blobs, to);
    } else {
      this.#client.send(command, json, /** @type {import("./parcels.js").Blobs} */ (blobs), to);
      this.#kick();
    }
  }

  /**
   * What cannot be read or sent is told as an "error" event, for the call has returned long ago.
   * @param {string} command
   * @param {string} json
   * @param {[place: number, data: Uint8Array | Blob][]} blobs
   * @param {string[] | null} to
   */
  async #readAndSend(command, json, blobs, to) {
    this.#reading += 1;
    try {
      const read = await Promise.all(
        blobs.map(async ([place, data]) => /** @type {[number, Uint8Array]} */ (
          [place, data instanceof Blob ? new Uint8Array(await data.arrayBuffer()) : data]
        )),
      );
      this.#checkOpen();
      this.#client.send(command, json, read, to);
      this.#kick();
    } catch (error) {
      this.#fail(new Refused("bad-argument", `${command} was not sent: ${error instanceof Error ? error.message : error}`));
      this.#turns.schedule();
    } finally {
      this.#reading -= 1;
    }
  }

  /** @param {"me" | "room"} of @param {string} patch @param {boolean} whole */
  #set(of, patch, whole) {
    this.#checkOpen();
    this.#client.set(of, patch, whole);
    this.#kick();
  }

  #checkOpen() {
    const over = this.#over ?? this.#client.over;
    if (over) {
      throw new RoomClosed(`the room '${this.name}' is over for this page: ${over.message}`);
    }
  }

  /** Let what waits go out, together with what else is done in this turn. */
  #kick() {
    if (!this.#kicked) {
      this.#kicked = true;
      queueMicrotask(() => {
        this.#kicked = false;
        this.#keeper.changed(() => this.#client.kept);
        this.#link.flush();
        if (this.#client.events.length > 0) {
          this.#turns.schedule(); // a warning of our own
        }
      });
    }
  }

  /** @param {string} id */
  #player(id) {
    return this.#known.get(id);
  }
}
