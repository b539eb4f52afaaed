// One room of a page hands its session over to the next: a program that leaves and joins again within a moment is the same
// player. React's StrictMode does that when a component is mounted, and so do tools that replace a module while it runs.

/** @typedef {import("./session.js").Kept} Kept */

const MOMENT = 50; // ms in which the next `join` has to come
const LOOK_EVERY = 5; // ms
const LOOKS = 3; // at least: where the page stood still, time is over before the program had its turn

/**
 * The rooms that this page is in, by where their sessions are kept.
 * @type {WeakMap<object, Map<string, Handover>>}
 */
const pages = new WeakMap();

export class Handover {
  leaving = false; // the program has called `leave`

  /** @type {Map<string, Handover>} */
  #rooms;
  #key;
  #moment;
  #heirs = 0; // calls of `join` that wait for this room's session
  /** @type {(kept: Kept | null) => void} */
  #ended = (_) => {};
  /** @type {Promise<Kept | null>} */
  #end = new Promise((resolve) => (this.#ended = resolve));
  #entered = () => {};
  /** @type {Promise<void>} */
  #inside = new Promise((resolve) => (this.#entered = resolve));

  /** @param {object | null} storage @param {string} key */
  constructor(storage, key) {
    this.#rooms = (storage && pages.get(storage)) ?? new Map();
    this.#key = key;
    this.#moment = storage ? MOMENT : 0; // without a storage, nobody can be the same player
    if (storage) {
      pages.set(storage, this.#rooms);
    }
  }

  /**
   * Begin to join. `kept`: the session that a room of this page has handed over. `free`: no room of this page has it.
   * @returns {Promise<{kept: Kept | null, free: boolean}>}
   */
  async begin() {
    const before = this.#rooms.get(this.#key);
    this.occupy();
    return before ? before.#inherit() : { kept: null, free: true };
  }

  /** @returns {Promise<{kept: Kept | null, free: boolean}>} */
  async #inherit() {
    this.#heirs += 1;
    await Promise.race([this.#inside, this.#end]);
    const late = new Promise((/** @type {(late: undefined) => void} */ resolve) => setTimeout(resolve, MOMENT));
    let kept = await Promise.race([this.#end, late]);
    if (kept === undefined && this.leaving) {
      kept = await this.#end; // it ends once what it sent has come back
    }
    this.#heirs -= 1;
    return { kept: kept ?? null, free: kept === null };
  }

  /** The server has let us in. */
  inside() {
    this.#entered();
  }

  /** From now on, this is the room that the next `join` finds. */
  occupy() {
    this.#rooms.set(this.#key, this);
  }

  /** The page goes, and with it the room's place. */
  free() {
    if (this.#rooms.get(this.#key) === this) {
      this.#rooms.delete(this.#key);
    }
  }

  /**
   * The program leaves. Resolves, when all is `done()`, to whether another `join` waits for the session, or comes in a moment.
   * @param {() => boolean} done
   */
  async asksFor(done) {
    this.leaving = true;
    const until = performance.now() + this.#moment;
    const isOver = (/** @type {number} */ looks) => this.#moment === 0 || (performance.now() >= until && looks >= LOOKS);
    for (let looks = 0; !done() || (this.#heirs === 0 && !isOver(looks)); looks += 1) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
    return this.#heirs > 0;
  }

  /** This room is over here. @param {Kept | null} kept what the next one continues */
  end(kept) {
    this.free();
    this.#ended(kept);
  }
}
