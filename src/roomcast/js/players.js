// Players as a program sees them: as of the last entry that it has run.

import { BadArgument } from "./errors.js";
import { isHalf } from "./json_arguments.js";
import { Shared } from "./shared.js";
import { SharedMap } from "./shared_map.js";

/** @typedef {import("./fold.js").PlayerState} PlayerState */
/** @typedef {import("./fold.js").RoomState} RoomState */
/** @typedef {import("./send_queue.js").How} How */

/** Someone in the room. `id` is unique there. There is one object for each player, so === compares them. */
export class Player {
  #fold;
  /** @type {PlayerState} */
  #last;

  /**
   * @param {string} id
   * @param {() => RoomState} fold
   * @param {(player: Player, patch: string, how: How) => void} send
   */
  constructor(id, fold, send) {
    this.id = id;
    this.#fold = fold;
    this.#last = { id, name: id, state: new SharedMap() };
    /** Its own shared state, which only it can set. */
    this.state = new Shared(
      () => this.#record.state,
      (patch, how) => send(this, patch, how),
    );
  }

  /** The name that the player gave; not unique. */
  get name() {
    return this.#record.name;
  }

  /** False while its connection is lost, and after it has left. */
  get here() {
    const record = this.#fold().players.get(this.id);
    return record !== undefined && record.here !== false;
  }

  get #record() {
    return this.#fold().players.get(this.id) ?? this.#last;
  }

  /** Keep the player's record, which leaves the room's state with the next entry. */
  remember() {
    this.#last = this.#record;
  }

  toString() {
    return this.name;
  }
}

const REMEMBERED = 1_000; // players who have left, until it is looked which of their objects are still held

/** The one object for each player; of those who have left, as long as the program holds it, and with it their last state. */
export class KnownPlayers {
  #fold;
  #me;
  #set;
  /** @type {Map<string, Player>} */
  #present = new Map();
  /** @type {Map<string, WeakRef<Player>>} */
  #absent = new Map();
  #swept = 0; // absent ones that were still held when it was last looked

  /**
   * @param {() => RoomState} fold
   * @param {() => Player} me
   * @param {(patch: string, how: How) => void} set sets the state of `me`
   */
  constructor(fold, me, set) {
    this.#fold = fold;
    this.#me = me;
    this.#set = set;
  }

  /** @param {string} id */
  get(id) {
    let player = this.#present.get(id) ?? this.#absent.get(id)?.deref();
    if (!player) {
      player = new Player(id, this.#fold, (whose, patch, how) => {
        if (whose !== this.#me()) {
          throw new BadArgument(
            `the state of ${whose.id} is its own to set: set room.me.state, or room.state for what is everyone's`,
            "no-such-player",
          );
        }
        this.#set(patch, how);
      });
      if (this.#fold().players.has(id)) {
        this.#present.set(id, player);
      } else {
        this.#setAbsent(id, player);
      }
    }
    return player;
  }

  /** The player leaves the room with the next entry. @param {Player} player */
  leave(player) {
    player.remember();
    this.#present.delete(player.id);
    this.#setAbsent(player.id, player);
  }

  /** @param {string} id @param {Player} player */
  #setAbsent(id, player) {
    this.#absent.set(id, new WeakRef(player));
    if (this.#absent.size > this.#swept + REMEMBERED) {
      for (const [other, held] of this.#absent) {
        if (!held.deref()) {
          this.#absent.delete(other);
        }
      }
      this.#swept = this.#absent.size;
    }
  }
}

/** Those in the room, in the order of joining: iterate over them, or take one by id. */
export class Players {
  #fold;
  #player;

  /**
   * @param {() => RoomState} fold
   * @param {(id: string) => Player} player
   */
  constructor(fold, player) {
    this.#fold = fold;
    this.#player = player;
  }

  /** @param {string} id @returns {Player | undefined} */
  get(id) {
    return this.#fold().players.has(id) ? this.#player(id) : undefined;
  }

  /** @param {string | Player} player a player, or an id */
  has(player) {
    return this.#fold().players.has(typeof player === "string" ? player : player.id);
  }

  get size() {
    return this.#fold().players.size;
  }

  /** @returns {IterableIterator<Player>} */
  *[Symbol.iterator]() {
    for (const id of [...this.#fold().players.keys()]) {
      yield this.#player(id);
    }
  }
}

/**
 * The player ids that `to` names.
 * @param {Player | string | Iterable<Player | string>} to
 * @returns {string[]}
 * @throws {BadArgument}
 */
export function idsOf(to) {
  const several = typeof to === "string" || to instanceof Player ? [to] : to;
  if (typeof several !== "object" || several === null || !(Symbol.iterator in several)) {
    throw new BadArgument("`to` takes a player, a player's id, or several of them", "to");
  }
  return Array.from(several, (one) => {
    const id = one instanceof Player ? one.id : one;
    if (typeof id !== "string" || isHalf(id)) {
      throw new BadArgument("`to` takes a player, a player's id, or several of them", "to");
    }
    return id;
  });
}
