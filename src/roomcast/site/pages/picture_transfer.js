// Transfers the bytes of pictures: to everyone once, and later from any player who has them to those who join.
//
// The room's state lists the pictures, and each player's state those that it has. The bytes are in no state: whoever lacks
// some asks a player who has them, then the next.

import { sha256 } from "../../js/digest.js";

/** @typedef {import("../../js/roomcast.js").Room} Room */
/** @typedef {import("../../js/roomcast.js").Player} Player */

const PATIENCE = 6000; // milliseconds without progress after which another player is asked
const ANSWER_EVERY = 10_000; // milliseconds between two transfers of a picture to one player

/**
 * @typedef {object} Reader
 * @property {(key: string, bytes: Uint8Array<ArrayBuffer>) => void} arrived
 * @property {(key: string) => void} expected  it is on its way, or somebody was asked for it
 * @property {(key: string) => void} nowhere  nobody who is here has it
 */
/** @typedef {{by: string, sha: string, asked: Set<string>, timer: number}} Wish */

export class Post {
  /** @type {Map<string, Uint8Array<ArrayBuffer>>} */
  #have = new Map();
  /** @type {Map<string, Wish>} */
  #wishes = new Map();
  /** @type {Map<string, Map<string, number>>} */
  #answered = new Map(); // when we have sent which picture, by player
  #room;
  #reader;

  /** @param {Room} room @param {Reader} reader */
  constructor(room, reader) {
    this.#room = room;
    this.#reader = reader;
    room.on("picture", (player, key, bytes) => this.#arrives(player, key, bytes));
    room.on("want", (player, key) => this.#answer(player, key));
    room.on("progress", (player, { command, failed }) => command === "picture" && this.#hear(player, failed));
    room.on("set", (_, patch) => "pictures" in patch && this.#askAgain());
    room.on("back", () => this.#askAgain());
    for (const event of ["away", "leave"]) {
      room.on(event, (player) => this.#answered.delete(player.id)); // a page that was reloaded has lost its pictures
    }
    room.on("resumed", () => this.#sayWhatWeHave());
    room.on("lost", () => this.#sayWhatWeHave());
    this.#sayWhatWeHave(); // nothing yet, even if this page had some before a reload
  }

  /** Send a picture of ours to everyone. @param {string} key @param {Uint8Array<ArrayBuffer>} bytes */
  mail(key, bytes) {
    this.#room.send("picture", key, bytes);
    this.#keep(key, bytes);
  }

  /** The bytes of a picture, where they are here. @param {string} key */
  bytesOf(key) {
    return this.#have.get(key);
  }

  /**
   * The board has this picture. Ask for it, unless it was sent a moment ago and is about to arrive.
   *
   * @param {string} key
   * @param {{by: string, sha: string}} picture
   * @param {boolean} onItsWay
   */
  want(key, { by, sha }, onItsWay) {
    if (this.#have.has(key) || this.#wishes.has(key)) {
      return;
    }
    const wish = { by, sha, asked: new Set(), timer: 0 };
    this.#wishes.set(key, wish);
    if (onItsWay) {
      this.#reader.expected(key);
      this.#wait(key, wish);
    } else {
      this.#ask(key, wish);
    }
  }

  /** It was removed from the board. @param {string} key */
  forget(key) {
    clearTimeout(this.#wishes.get(key)?.timer);
    this.#wishes.delete(key);
    if (this.#have.delete(key)) {
      this.#sayWhatWeHave();
    }
  }

  /**
   * A piece of a picture has arrived: its sender is busy, and may send others before the one that we wait for.
   *
   * @param {Player} player
   * @param {string} failed why no more of it will come
   */
  #hear(player, failed) {
    for (const [key, wish] of this.#wishes) {
      if (wish.by === player.id || wish.asked.has(player.id)) {
        if (failed) {
          this.#ask(key, wish);
        } else if (wish.timer) {
          this.#wait(key, wish);
        }
      }
    }
  }

  /** @param {string} key @param {Wish} wish */
  #wait(key, wish) {
    clearTimeout(wish.timer);
    wish.timer = setTimeout(() => this.#ask(key, wish), PATIENCE);
  }

  /** @param {string} key @param {Wish} wish */
  #ask(key, wish) {
    clearTimeout(wish.timer);
    wish.timer = 0;
    if (this.#room.closed) {
      return;
    }
    const all = [...this.#room.players].filter((player) => player !== this.#room.me && player.here && has(player, key));
    const holders = all.filter((player) => !wish.asked.has(player.id));
    if (holders.length === 0) {
      wish.asked.clear();
      this.#reader.nowhere(key);
      if (all.length > 0) {
        wish.timer = setTimeout(() => this.#ask(key, wish), 2 * ANSWER_EVERY); // they may only be slow
      }
      return;
    }
    const holder = holders[Math.floor(Math.random() * holders.length)]; // random, so that newcomers ask different players
    wish.asked.add(holder.id);
    this.#room.send({ name: "want", to: holder }, key);
    this.#reader.expected(key);
    this.#wait(key, wish);
  }

  /** A player has joined who may have pictures that nobody had. */
  #askAgain() {
    for (const [key, wish] of this.#wishes) {
      if (!wish.timer) {
        this.#ask(key, wish);
      }
    }
  }

  /** @param {Player} player @param {unknown} key */
  #answer(player, key) {
    const bytes = typeof key === "string" ? this.#have.get(key) : undefined;
    const now = performance.now();
    const answered = this.#answered.get(player.id) ?? new Map();
    if (bytes && player !== this.#room.me && now - (answered.get(key) ?? -ANSWER_EVERY) >= ANSWER_EVERY) {
      this.#answered.set(player.id, answered.set(key, now));
      this.#room.send({ name: "picture", to: player }, key, bytes);
    }
  }

  /** @param {Player} player @param {unknown} key @param {unknown} bytes */
  #arrives(player, key, bytes) {
    const wish = typeof key === "string" ? this.#wishes.get(key) : undefined;
    if (typeof key !== "string" || !wish || !(bytes instanceof Uint8Array)) {
      return; // one of ours, or one that we have, or none of the board's
    }
    if (sha256(bytes) !== wish.sha) {
      wish.asked.add(player.id);
      this.#ask(key, wish);
      return;
    }
    clearTimeout(wish.timer);
    this.#wishes.delete(key);
    const whole = new Uint8Array(bytes);
    this.#keep(key, whole);
    this.#reader.arrived(key, whole);
  }

  /** @param {string} key @param {Uint8Array<ArrayBuffer>} bytes */
  #keep(key, bytes) {
    this.#have.set(key, bytes);
    this.#sayWhatWeHave();
  }

  #sayWhatWeHave() {
    if (!this.#room.closed) {
      this.#room.me.state.set("pictures", [...this.#have.keys()]);
    }
  }
}

/** @param {Player} player @param {string} key */
function has(player, key) {
  const keys = player.state.get("pictures");
  return Array.isArray(keys) && keys.includes(key);
}
