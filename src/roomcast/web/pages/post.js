// Pictures on their way: mailed to everyone once, and to those who come later by somebody who has them.
//
// Shared state says which pictures there are, and each player which it has. The bytes are in no state: whoever lacks
// some asks one who has them, then the next.

import { sha256 } from "/digest.js";

/** @typedef {import("../roomcast.js").Room} Room */
/** @typedef {import("../roomcast.js").Player} Player */

const PATIENCE = 6000; // milliseconds without a sign of a picture, and somebody else is asked
const ANSWER_EVERY = 10_000; // milliseconds between two copies of a picture for one player

/**
 * @typedef {object} Reader
 * @property {(key: string, bytes: Uint8Array<ArrayBuffer>) => void} arrived
 * @property {(key: string) => void} expected  it is on its way, or somebody was asked for it
 * @property {(key: string) => void} nowhere  nobody who is here has it
 */
/** @typedef {{sha: string, asked: Set<string>, timer: number}} Wish */

export class Post {
  /** @type {Map<string, Uint8Array>} */
  #have = new Map();
  /** @type {Map<string, Wish>} */
  #wishes = new Map();
  /** @type {Map<string, number>} */
  #answered = new Map();
  #room;
  #reader;

  /** @param {Room} room @param {Reader} reader */
  constructor(room, reader) {
    this.#room = room;
    this.#reader = reader;
    room.on("picture", (player, key, bytes) => this.#arrives(player, key, bytes));
    room.on("want", (player, key) => this.#answer(player, key));
    room.on("set", (player, patch) => "pictures" in patch && this.#askAgain());
    room.on("back", () => this.#askAgain());
    room.on("resumed", () => this.#sayWhatWeHave());
    room.on("lost", () => this.#sayWhatWeHave());
  }

  /** Mail a picture of ours to everyone. @param {string} key @param {Uint8Array<ArrayBuffer>} bytes */
  mail(key, bytes) {
    this.#room.send("picture", key, bytes);
    this.#keep(key, bytes);
  }

  /**
   * There is a picture with this hash. One that was mailed a moment ago is on its way; any other is asked for.
   *
   * @param {string} key
   * @param {string} sha
   * @param {boolean} onItsWay
   */
  want(key, sha, onItsWay) {
    if (this.#have.has(key) || this.#wishes.has(key)) {
      return;
    }
    const wish = { sha, asked: new Set(), timer: 0 };
    this.#wishes.set(key, wish);
    if (onItsWay) {
      this.#reader.expected(key);
      this.moves(key);
    } else {
      this.#ask(key, wish);
    }
  }

  /** A piece of it has come: whoever sends it is at it. @param {string} key */
  moves(key) {
    const wish = this.#wishes.get(key);
    if (wish) {
      clearTimeout(wish.timer);
      wish.timer = setTimeout(() => this.#ask(key, wish), PATIENCE);
    }
  }

  /** It is not on the board any more. @param {string} key */
  forget(key) {
    clearTimeout(this.#wishes.get(key)?.timer);
    this.#wishes.delete(key);
    if (this.#have.delete(key)) {
      this.#sayWhatWeHave();
    }
  }

  /** @param {string} key @param {Wish} wish */
  #ask(key, wish) {
    clearTimeout(wish.timer);
    if (this.#room.closed) {
      return;
    }
    const holders = [...this.#room.players].filter(
      (player) => player.here && player !== this.#room.me && has(player, key) && !wish.asked.has(player.id),
    );
    if (holders.length === 0) {
      wish.asked.clear(); // when somebody comes who has it, all may be asked again
      this.#reader.nowhere(key);
      return;
    }
    const holder = holders[Math.floor(Math.random() * holders.length)]; // newcomers do not all ask the same one
    wish.asked.add(holder.id);
    this.#room.send({ name: "want", to: holder }, key);
    this.#reader.expected(key);
    wish.timer = setTimeout(() => this.#ask(key, wish), PATIENCE);
  }

  /** Somebody has come who may have what nobody had. */
  #askAgain() {
    for (const [key, wish] of this.#wishes) {
      if (wish.asked.size === 0) {
        this.#ask(key, wish);
      }
    }
  }

  /** @param {Player} player @param {unknown} key */
  #answer(player, key) {
    const bytes = typeof key === "string" ? this.#have.get(key) : undefined;
    const now = performance.now();
    const copy = `${player.id} ${key}`;
    if (bytes && player !== this.#room.me && now - (this.#answered.get(copy) ?? -ANSWER_EVERY) >= ANSWER_EVERY) {
      this.#answered.set(copy, now);
      this.#room.send({ name: "picture", to: player }, key, bytes);
    }
  }

  /** @param {Player} player @param {unknown} key @param {unknown} bytes */
  #arrives(player, key, bytes) {
    const wish = typeof key === "string" ? this.#wishes.get(key) : undefined;
    if (typeof key !== "string" || !wish || !(bytes instanceof Uint8Array)) {
      return; // ours, or one that we have, or none that is on the board
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

  /** @param {string} key @param {Uint8Array} bytes */
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
