// The room as a program sees it: the object that `join` resolves to.

import { answerTo } from "./asking.js";
import { ClientCore } from "./client_core.js";
import { parsed } from "./command.js";
import { Entrance } from "./entrance.js";
import { Inbox } from "./inbox.js";
import { BadArgument } from "./errors.js";
import { Link } from "./link.js";
import { RoomRandom } from "./dice.js";
import { MovingRoom } from "./moving_room.js";
import { Players, idsOf } from "./players.js";
import { Handlers, commandName } from "./handlers.js";
import { RunQueue } from "./run_queue.js";
import { Sender } from "./sender.js";
import { Shared } from "./shared.js";

/** @typedef {import("./players.js").Player} Player */
/** @typedef {import("./handlers.js").Run} Run */
/** @typedef {import("./command.js").Command} Command */

export class Room extends MovingRoom {
  /** Those in the room, in the order of joining. */
  players;
  /** The room's shared state. */
  state;
  /** The room's dice: in functions that the room runs, they give the same numbers on every computer. */
  random;

  #client;
  #link;
  #entrance;
  #pageSession;
  #inbox;
  #handlers;
  #runQueue;
  #sender;
  #awake = false; // frames are written at the end of this turn of the event loop

  /**
   * Made by `join`.
   * @param {import("./where.js").Where} where
   * @param {string} name
   * @param {object} how
   * @param {import("./run_queue.js").Batch} how.batch
   * @param {import("./page_session.js").PageSession} how.pageSession
   * @param {import("./session.js").Kept | null} how.kept of an earlier page
   * @param {boolean} how.replay
   * @param {import("./room_search.js").Meet | null} how.meet which room is looked for
   * @param {string | undefined} how.credential by which the rules of a room know who comes
   * @param {import("./link.js").SocketClass} how.Socket
   */
  constructor(where, name, { batch, pageSession, kept, replay, meet, credential, Socket }) {
    super({
      client: () => this.#client,
      inbox: () => this.#inbox,
      sender: () => this.#sender,
      handlers: () => this.#handlers,
      roundTrips: () => this.#client.roundTrips,
      measure: () => this.#link.measure(),
    });
    this.#pageSession = pageSession;
    const { leaves } = pageSession;
    const settings = { kept, leaves, meet, credential, fromBeginning: replay, origin: performance.timeOrigin };
    this.#client = new ClientCore(where.room, name, Math.random, settings);
    this.#link = new Link(where, this.#client, () => this.#arrived(), Socket);
    this.#runQueue = new RunQueue(
      batch,
      () => this.#inbox.isReady(),
      () => this.#inbox.runNext(),
      () => this.#client.events.length,
    );
    this.#handlers = new Handlers(this.#runQueue);
    this.#entrance = new Entrance(where.server, this.#client, this.#link, this.#handlers);
    this.#inbox = new Inbox({
      server: where.server,
      client: this.#client,
      handlers: this.#handlers,
      runQueue: this.#runQueue,
      setMine: (patch, how) => this.#sender.set("me", patch, how),
      wake: () => this.#wake(),
      ended: () => pageSession.end(),
      broken: (why) => {
        this.#client.giveUp("", why);
        this.#link.leaveNow();
      },
    });
    this.#sender = new Sender({
      client: this.#client,
      over: () => this.#inbox.over,
      wake: () => this.#wake(),
      failed: (error) => {
        this.#inbox.emitError(error);
        this.#runQueue.schedule();
      },
    });
    this.players = new Players(
      () => this.#inbox.replica.fold,
      (id) => this.#inbox.replica.player(id),
    );
    this.random = new RoomRandom(
      () => this.#inbox.runningCall,
      () => this.#inbox.replica.fold.seed || this.#client.room,
    );
    this.state = new Shared(
      () => this.#inbox.replica.fold.shared,
      (patch, how) => this.#sender.set("room", patch, how),
    );
  }

  // ------------------------------------------------------------------ acting

  /**
   * Register a function that runs on every computer: `everywhere("move", (player, dx, dy) => …)`. Calling the returned function
   * sends the call; when it comes back, `run` is called with the player who called as its first argument.
   *
   * `everywhere({name: "aim", latest: true}, …)`: calls that are outdated are not sent, as by `send`.
   *
   * @template {any[]} Args
   * @overload
   * @param {string | {name: string, latest?: boolean, ttl?: number}} name the command's name
   * @param {(player: Player, ...args: Args) => unknown} run
   * @returns {(...args: Args) => void}
   */
  /**
   * Without a name, the command has that of the function, which bundlers change.
   *
   * @template {any[]} Args
   * @overload
   * @param {(player: Player, ...args: Args) => unknown} run
   * @param {string} [name]
   * @returns {(...args: Args) => void}
   */
  /**
   * @param {string | {name: string, latest?: boolean, ttl?: number} | Run} first
   * @param {Run | string} [second]
   * @returns {(...args: any[]) => void}
   * @throws {BadArgument} for a name that no command may have
   */
  everywhere(first, second) {
    const [what, run] = typeof first === "function" ? [second, first] : [first, second];
    const { name, outdating, to } = parsed(/** @type {string | Command | undefined} */ (what));
    if (to !== undefined) {
      throw new BadArgument('everywhere() is for everyone: for one player, write room.on("whisper", …) and send({ name, to }, …)', "to");
    }
    const command = this.#handlers.addEverywhere(name, /** @type {Run} */ (run));
    return (...args) => this.#sender.do(command, args, null, outdating);
  }

  /**
   * Call `run` for each command `name`, with the player and the arguments, or for each event `name`.
   *
   * Events: "join", "leave", "away", "back", "host" (player), "set" (player, patch), "error" (error), "desync" (seq, players),
   * "progress" (player, progress), "offline" (why), "resumed" (missed), "skipped" (first, last), "lost" (why),
   * "closed" (why).
   *
   * @template {keyof import("./client_events.js").EventArguments} Name
   * @overload
   * @param {Name} name
   * @param {(...args: import("./client_events.js").EventArguments[Name]) => unknown} run
   * @returns {this}
   */
  /**
   * @template {string} Name
   * @overload
   * @param {Name extends keyof import("./client_events.js").EventArguments ? never : Name} name
   * @param {(player: Player, ...args: any[]) => unknown} run
   * @returns {this}
   */
  /**
   * @param {string} name
   * @param {Run} run
   * @returns {this}
   */
  on(name, run) {
    this.#handlers.add(name, run);
    if (["join", "host"].includes(name) && this.players.size > 0) {
      // Called for players who are there already, too, so that a game needs only one place to make its dots.
      this.#inbox.tellOfNow(name, run);
      this.#runQueue.soon();
    }
    return this;
  }

  /**
   * Take a function away that `on` or `everywhere` has registered.
   * @param {string} name
   * @param {Run} run
   * @returns {this}
   */
  off(name, run) {
    this.#handlers.remove(name, run);
    return this;
  }

  /**
   * Send a command to everyone: `send("move", 5, 0)`; or to some players, whom alone it reaches:
   * `send({name: "whisper", to: player}, "psst")`. It never blocks.
   *
   * `latest` and `ttl` are for what is of no use when it comes late: `send({name: "aim", latest: true}, x, y)`. A command waits
   * here while the connection is lost, or takes no more. With `latest`, it is dropped when a newer one with `latest`, of the
   * same name and `to`, is sent meanwhile. With `ttl`, it is dropped when it has waited for more than so many seconds. What a
   * lost connection has not brought to the server waits again. `outdated` counts what was dropped.
   *
   * Arguments that are bytes (a Uint8Array or any other view, an ArrayBuffer, a Blob) are sent in pieces. The
   * command is run when all have arrived, with a Uint8Array for each.
   *
   * @param {string | Command} what
   * @param {...any} args
   * @throws {BadArgument} for what cannot be sent; {TooFast} when too much waits; {RoomClosed}
   */
  send(what, ...args) {
    const { name, to, outdating } = parsed(what);
    this.#sender.do(commandName(name), args, to === undefined ? null : idsOf(to), outdating);
  }

  /**
   * Ask the rules of the room: send a command, and wait for what its handler returns: `await room.ask("roll", 6)`.
   *
   * The promise is kept when the state has changed here as well. `ask({ name: "roll", named: { sides: 6 }, timeout: 2000 })` gives
   * arguments by name, and waits at most so many milliseconds (5,000 by default).
   *
   * It is broken by the errors of `send`; by {Refused} where the rules refuse, with their `code` and message, where there are none, and
   * where no answer comes ("unanswered").
   *
   * @param {string | import("./asking.js").Question} what
   * @param {...any} args
   * @returns {Promise<any>}
   */
  ask(what, ...args) {
    return answerTo(what, args, (command, json, answer) => this.#sender.ask(command, json, answer));
  }

  /**
   * Let the server check that all programs in the room have the same state. After every `every` entries, the hash of
   * `state()`, a JSON value, is compared with those of the others. At the first difference, "desync" is emitted.
   *
   * @param {() => unknown} state
   * @param {{every?: number}} [options]
   */
  check(state, { every = 100 } = {}) {
    this.#inbox.checks.add(state, every);
  }

  /**
   * Save this program's own state for those who come later, and load it: `world({ save: () => ({ dots }), load: (saved) => … })`.
   *
   * `save` returns the state, a JSON value; the room asks for it now and then. `load` is called with such a state in place of all
   * that happened before: for who comes late, and for who missed too much. Call this right after `join`, in the same turn, with the
   * functions that timers run (`timer`); until the world has come, nothing is run. Called again, it takes other functions.
   *
   * @param {{save: () => unknown, load: (saved: any) => unknown}} functions
   * @throws {BadArgument}
   */
  world(functions) {
    this.#inbox.world.register(functions);
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
      this.#link.caughtUp();
      this.#pageSession.changed(() => this.#client.kept);
    }
  }

  /**
   * Leave the room for good, after what was sent has come back (within two seconds). With `keep`, a `join` of the same room and
   * name that waits already, or comes within a moment, goes on as the same player.
   */
  async leave() {
    if (await this.#pageSession.handsOver(this.#link.leaving())) {
      this.#pageSession.handOver(this.#client.kept);
      this.#link.yieldNow();
    } else {
      this.#link.leaveNow();
      this.#pageSession.end();
    }
  }

  // ------------------------------------------------------------------ connecting

  /**
   * Connect, and wait for the server to let us in.
   * @param {number} timeout ms
   * @throws {import("./errors.js").CannotConnect}
   */
  async enter(timeout) {
    const failure = await this.#entrance.connect(timeout);
    if (failure) {
      this.#pageSession.failed(this.#client.over !== null);
      this.#link.leaveNow();
      throw failure;
    }
    this.#pageSession.watch(this.#link, () => this.#client.kept);
    // Later, after the program that awaits `join` has registered its functions.
    setTimeout(() => this.#arrived(), 0);
  }

  #arrived() {
    if (this.#entrance.waits) {
      const joined = this.#entrance.look();
      if (joined) {
        this.#inbox.start(joined);
      }
    } else {
      this.#runQueue.schedule();
      this.#pageSession.changed(() => this.#client.kept);
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
