// Pictures on their way: mailed to everyone once, and to those who come later by somebody who has them.
//
// Shared state says which pictures there are, and each player which it has. The bytes are in no state: whoever lacks
// some asks one who has them, then the next.

import { sha256 } from "../../js/digest.js";

/** @typedef {import("../../js/roomcast.js").Room} Room */
/** @typedef {import("../../js/roomcast.js").Player} Player */

const PATIENCE = 6000; // milliseconds without a sign of a picture, and somebody else is asked
const ANSWER_EVERY = 10_000; // milliseconds between two copies of a picture for one player

/**
 * @typedef {object} Reader
 * @property {(key: string, bytes: Uint8Array<ArrayBuffer>) => void} arrived
 * @property {(key: string) => void} expected  it is on its way, or somebody was asked for it
 * @property {(key: string) => void} nowhere  nobody who is here has it
 */
/** @typedef {{by: string, sha: string, asked: Set<string>, timer: number}} Wish */

export class Post {
  /** @type {Map<string, Uint8Array>} */
  #have = new Map();
  /** @type {Map<string, Wish>} */
  #wishes = new Map();
  /** @type {Map<string, Map<string, number>>} */
  #answered = new Map(); // when we have mailed what, by player
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
      room.on(event, (player) => this.#answered.delete(player.id)); // a page that comes back has nothing any more
    }
    room.on("resumed", () => this.#sayWhatWeHave());
    room.on("lost", () => this.#sayWhatWeHave());
    this.#sayWhatWeHave(); // nothing yet, whatever this page had before it was loaded again
  }

  /** Mail a picture of ours to everyone. @param {string} key @param {Uint8Array<ArrayBuffer>} bytes */
  mail(key, bytes) {
    this.#room.send("picture", key, bytes);
    this.#keep(key, bytes);
  }

  /**
   * There is a picture. One that was mailed a moment ago is on its way; any other is asked for.
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

  /** It is not on the board any more. @param {string} key */
  forget(key) {
    clearTimeout(this.#wishes.get(key)?.timer);
    this.#wishes.delete(key);
    if (this.#have.delete(key)) {
      this.#sayWhatWeHave();
    }
  }

  /**
   * A piece of a picture has come: whoever mails it is at it, and may have more to mail before what we wait for.
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
        wish.timer = setTimeout(() => this.#ask(key, wish), 2 * ANSWER_EVERY); // perhaps they are only slow
      }
      return;
    }
    const holder = holders[Math.floor(Math.random() * holders.length)]; // newcomers do not all ask the same one
    wish.asked.add(holder.id);
    this.#room.send({ name: "want", to: holder }, key);
    this.#reader.expected(key);
    this.#wait(key, wish);
  }

  /** Somebody has come who may have what nobody had. */
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
