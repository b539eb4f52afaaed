// Players as a program sees them: as of the last entry that it has run.

import { BadArgument } from "./errors.js";
import { Shared } from "./shared.js";

/** @typedef {import("./messages.js").PlayerRecord} PlayerRecord */
/** @typedef {import("./fold.js").RoomState} RoomState */

/** Someone in the room. `id` is unique there. There is one object for each player, so === compares them. */
export class Player {
  #fold;
  /** @type {PlayerRecord} */
  #last;

  /**
   * @param {string} id
   * @param {() => RoomState} fold
   * @param {(player: Player, patch: string, whole: boolean) => void} send
   */
  constructor(id, fold, send) {
    this.id = id;
    this.#fold = fold;
    this.#last = { id, name: id };
    /** Its own shared state, which only it can set. */
    this.state = new Shared(
      () => this.#record.state ?? {},
      (patch, whole) => send(this, patch, whole),
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

const REMEMBERED = 1_000; // players who have left and whose objects are kept

/** The one object for each player, also for those who have left, up to a number. */
export class KnownPlayers {
  #fold;
  #me;
  #set;
  /** @type {Map<string, Player>} */
  #known = new Map();

  /**
   * @param {() => RoomState} fold
   * @param {() => Player} me
   * @param {(patch: string, whole: boolean) => void} set sets the state of `me`
   */
  constructor(fold, me, set) {
    this.#fold = fold;
    this.#me = me;
    this.#set = set;
  }

  /** @param {string} id */
  get(id) {
    let player = this.#known.get(id);
    if (!player) {
      this.#forgetSome();
      player = new Player(id, this.#fold, (whose, patch, whole) => {
        if (whose !== this.#me()) {
          throw new BadArgument(
            `the state of ${whose.id} is its own to set: set room.me.state, or room.state for what is everyone's`,
          );
        }
        this.#set(patch, whole);
      });
      this.#known.set(id, player);
    }
    return player;
  }

  #forgetSome() {
    const { players } = this.#fold();
    if (this.#known.size - players.size > REMEMBERED) {
      for (const id of this.#known.keys()) {
        if (!players.has(id)) {
          this.#known.delete(id);
        }
      }
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
    throw new BadArgument("`to` takes a player, a player's id, or several of them");
  }
  return Array.from(several, (one) => {
    const id = one instanceof Player ? one.id : one;
    if (typeof id !== "string") {
      throw new BadArgument("`to` takes a player, a player's id, or several of them");
    }
    return id;
  });
}
