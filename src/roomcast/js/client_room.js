// The room as a program sees it: the object that `join` resolves to.

import { toJson } from "./json_arguments.js";
import { areRead, read, takeOut } from "./blobs.js";
import { ClientCore } from "./client_core.js";
import { Inbox } from "./inbox.js";
import { BadArgument, CannotConnect, Refused, RoomClosed } from "./errors.js";
import { Link } from "./link.js";
import { Players, idsOf } from "./players.js";
import { Handlers, commandName } from "./handlers.js";
import { RunQueue } from "./run_queue.js";
import { Shared } from "./shared.js";

/** @typedef {import("./players.js").Player} Player */
/** @typedef {import("./handlers.js").Run} Run */
/** @typedef {Player | string | Iterable<Player | string>} Audience */

export class Room {
  /** Those in the room, in the order of joining. */
  players;
  /** The room's shared state. */
  state;

  #where;
  #client;
  #link;
  #pageSession;
  #inbox;
  #handlers;
  #runQueue;
  #reading = 0; // calls whose Blobs are being read
  #awake = false; // frames are written at the end of this turn of the event loop
  /** @type {((failure: string) => void) | null} */
  #waitsForWelcome = null;

  /**
   * Made by `join`.
   * @param {import("./where.js").Where} where
   * @param {string} name
   * @param {object} how
   * @param {import("./run_queue.js").Batch} how.batch
   * @param {import("./page_session.js").PageSession} how.pageSession
   * @param {import("./link.js").SocketClass} how.Socket
   */
  constructor(where, name, { batch, pageSession, Socket }) {
    this.#where = where;
    this.#pageSession = pageSession;
    this.#client = new ClientCore(where.room, name, Math.random, pageSession.take());
    this.#link = new Link(where, this.#client, () => this.#arrived(), Socket);
    this.#runQueue = new RunQueue(
      batch,
      () => this.#inbox.runNext(),
      () => this.#client.events.length,
    );
    this.#handlers = new Handlers(this.#runQueue);
    this.#inbox = new Inbox({
      server: where.server,
      client: this.#client,
      handlers: this.#handlers,
      runQueue: this.#runQueue,
      setMine: (patch, whole) => this.#set("me", patch, whole),
      wake: () => this.#wake(),
      ended: () => pageSession.end(),
    });
    this.players = new Players(
      () => this.#inbox.fold,
      (id) => this.#inbox.player(id),
    );
    this.state = new Shared(
      () => this.#inbox.fold.shared,
      (patch, whole) => this.#set("room", patch, whole),
    );
  }

  // ------------------------------------------------------------------ reading

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
    return this.#inbox.me;
  }

  /** The place in the room's order of the last entry that was run here. */
  get seq() {
    return this.#inbox.seq;
  }

  /** True when the room is over for this page: it left, or the server sent it away. */
  get closed() {
    return this.#inbox.over !== null;
  }

  /** How many messages of ours have not come back yet. */
  get unacknowledged() {
    return this.#client.unacknowledged + this.#reading;
  }

  // ------------------------------------------------------------------ acting

  /**
   * Register a function that runs on every computer. Calling the returned function sends the call; when it comes back,
   * `run` is called with the player who called as its first argument.
   *
   * @template {any[]} Args
   * @param {(player: Player, ...args: Args) => unknown} run
   * @param {string} [name] the command's name. Default: the function's, which minifiers change
   * @returns {(...args: Args) => void}
   * @throws {BadArgument} for a name that no command may have
   */
  everywhere(run, name = run.name) {
    if (!name) {
      throw new BadArgument("everywhere() needs a function with a name: function move(player, dx, dy) {…}");
    }
    const command = this.#handlers.addCommand(name, run);
    return (...args) => this.#do(command, args, null);
  }

  /**
   * Call `run` for each command `name`, with the player and the arguments, or for each event `name`.
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
    this.#handlers.add(name, run);
    if (name === "join") {
      // Called for players who are there already, too, so that a game needs only one place to make its dots.
      for (const player of this.players) {
        this.#runQueue.call(() => run(player));
      }
      this.#runQueue.schedule();
    }
    return this;
  }

  /**
   * Send a command to everyone: `send("move", 5, 0)`; or to some players, whom alone it reaches:
   * `send({name: "whisper", to: player}, "psst")`. It never blocks.
   *
   * Arguments that are bytes (a Uint8Array or any other view, an ArrayBuffer, a Blob) are sent in pieces. The
   * command is run when all have arrived, with a Uint8Array for each.
   *
   * @param {string | {name: string, to?: Audience}} what
   * @param {...any} args
   * @throws {BadArgument} for what cannot be sent; {TooFast} when too much waits; {RoomClosed}
   */
  send(what, ...args) {
    const { name, to } = typeof what === "object" && what !== null ? what : { name: what, to: undefined };
    this.#do(commandName(name), args, to === undefined ? null : idsOf(to));
  }

  /**
   * Let the server check that all programs in the room have the same state. After every `every` entries, the hash of
   * `state()`, a JSON value, is compared with those of the others. At the first difference, "desync" is emitted.
   *
   * @param {() => unknown} state
   * @param {{every?: number}} [options]
   */
  check(state, { every = 100 } = {}) {
    if (!(every >= 1)) {
      throw new BadArgument(`every: ${every}: the interval is at least 1 entry`);
    }
    this.#inbox.addCheck(state, every);
  }

  /**
   * Run the entries that have arrived, in the room's order; returns how many that were. Programs that joined with
   * `{batch: "pump"}` call it once per turn of their own loop. An exception in one of your functions propagates; the
   * entries after it still wait.
   */
  pump() {
    try {
      return this.#runQueue.pump();
    } finally {
      this.#pageSession.changed(() => this.#client.kept);
    }
  }

  /** Leave the room for good, after what was sent has come back (within two seconds). */
  async leave() {
    await this.#link.leave();
    this.#pageSession.end();
  }

  // ------------------------------------------------------------------ connecting

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
    this.#pageSession.watch(this.#link, () => this.#client.kept);
    // Later, after the program that awaits `join` has registered its functions.
    setTimeout(() => this.#arrived(), 0);
  }

  /** While `enter` waits: a person wants to know at once why it does not work. */
  #checkWelcome() {
    const { events, over, farewell } = this.#client;
    const place = events.findIndex((event) => event.t === "joined");
    if (place >= 0) {
      this.#inbox.start(/** @type {import("./client_events.js").Joined} */ (events.splice(0, place + 1)[place]));
      this.#waitsForWelcome?.("");
    } else if (over || farewell) {
      const why = over ? over.message : farewell;
      this.#waitsForWelcome?.(`${this.#where.server} did not let us into '${this.name}': ${why}`);
    } else if (this.#link.firstFailure) {
      this.#waitsForWelcome?.(this.#link.firstFailure);
    }
  }

  #arrived() {
    if (this.#waitsForWelcome) {
      this.#checkWelcome();
    } else {
      this.#runQueue.schedule();
      this.#pageSession.changed(() => this.#client.kept);
    }
  }

  // ------------------------------------------------------------------ sending

  /** @param {string} command @param {unknown[]} args @param {string[] | null} to */
  #do(command, args, to) {
    this.#checkOpen();
    const { rest, blobs } = takeOut(args);
    const json = toJson(command, rest);
    if (blobs.length === 0) {
      this.#client.do(command, json, to, performance.now());
      this.#wake();
    } else if (areRead(blobs)) {
      this.#client.send(command, json, blobs, to);
      this.#wake();
    } else {
      this.#readAndSend(command, json, blobs, to);
    }
  }

  /**
   * Failures are emitted as "error" events, because the call has already returned.
   * @param {string} command
   * @param {string} json
   * @param {import("./blobs.js").Found} blobs
   * @param {string[] | null} to
   */
  async #readAndSend(command, json, blobs, to) {
    this.#reading += 1;
    try {
      const data = await read(blobs);
      this.#checkOpen();
      this.#client.send(command, json, data, to);
      this.#wake();
    } catch (error) {
      const why = error instanceof Error ? error.message : error;
      this.#inbox.emitError(new Refused("bad-argument", `${command} was not sent: ${why}`));
      this.#runQueue.schedule();
    } finally {
      this.#reading -= 1;
    }
  }

  /** @param {"me" | "room"} of @param {string} patch @param {boolean} whole */
  #set(of, patch, whole) {
    this.#checkOpen();
    this.#client.set(of, patch, whole);
    this.#wake();
  }

  #checkOpen() {
    const over = this.#inbox.over ?? this.#client.over;
    if (over) {
      throw new RoomClosed(`the room '${this.name}' is over for this page: ${over.message}`);
    }
  }

  /** Let what waits go out, together with what else is done in this turn. */
  #wake() {
    if (!this.#awake) {
      this.#awake = true;
      queueMicrotask(() => {
        this.#awake = false;
        this.#pageSession.changed(() => this.#client.kept);
        this.#link.flush();
        if (this.#client.events.length > 0) {
          this.#runQueue.schedule(); // a warning of the client's
        }
      });
    }
  }
}
