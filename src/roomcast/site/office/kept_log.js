// The kept part of a room's log, page by page as the server sends it, and the room's state after each of its entries.
//
// A state is folded from the beginning of the page that has the entry, or from the state before: so each place is there at
// once, however long the log is.

import { apply, EMPTY, restore } from "../../js/fold.js";

const SMALL = 100; // entries: smaller pages are joined, as those are that come while somebody looks back
const MOST = 1200; // pages that are kept, some 32 KiB each: a log of the default size, four times over

/** @typedef {import("../../js/messages.js").Entry} Entry */
/** @typedef {import("../../js/messages.js").Hidden} Hidden */
/** @typedef {import("../../js/fold.js").RoomState} RoomState */
/** The entries after the seq `after`, and the state there. @typedef {{after: number, state: RoomState, entries: (Entry | Hidden)[]}} Page */

export class KeptLog {
  /** @type {Page[]} */
  #pages = []; // the oldest first
  #began = 0; // the time of the oldest state
  #newest = EMPTY; // the state after the last entry
  /** @type {{seq: number, state: RoomState}} */
  #folded = { seq: -1, state: EMPTY }; // the state that was asked for last

  get isEmpty() {
    return this.#pages.length === 0;
  }

  /** The seq of the oldest state. */
  get first() {
    return this.#pages[0]?.after ?? 0;
  }

  /** The seq of the newest entry. */
  get last() {
    const page = this.#pages.at(-1);
    return page ? page.after + page.entries.length : 0;
  }

  /** What to ask for next: the entries after this one. @returns {{after: number, at: number}} */
  get next() {
    return this.isEmpty ? { after: 0, at: 0 } : { after: this.last, at: this.timeAt(this.last) };
  }

  /**
   * Add a page of the server's.
   *
   * @param {import("../../js/messages.js").History} history
   * @returns {"begun" | "more" | "nothing"} begun: it takes the place of all that was here
   */
  add({ after, entries = [], snapshot }) {
    if (snapshot) {
      this.#newest = restore(snapshot);
      this.#began = snapshot.at ?? 0;
      this.#pages = [{ after, state: this.#newest, entries: [] }];
      this.#folded = { seq: -1, state: EMPTY };
    } else if (this.isEmpty || after !== this.last || entries.length === 0) {
      return "nothing";
    }
    let page = this.#pages[this.#pages.length - 1];
    if (page.entries.length > 0 && page.entries.length + entries.length > SMALL) {
      page = { after, state: this.#newest, entries: [] };
      this.#pages.push(page);
    }
    for (const entry of entries) {
      this.#newest = apply(this.#newest, /** @type {Entry} */ (entry));
      page.entries.push(entry);
    }
    this.#pages.splice(0, this.#pages.length - MOST);
    return snapshot ? "begun" : "more";
  }

  /** The entry at a seq after `first`, up to `last`. @param {number} seq */
  entry(seq) {
    const page = this.#pageOf(seq);
    return page.entries[seq - page.after - 1];
  }

  /** The time at which the room was at a seq: Unix milliseconds. @param {number} seq */
  timeAt(seq) {
    return seq === this.first ? this.#began : (this.entry(seq).at ?? 0);
  }

  /** The room's state after the entry at a seq, from `first` up to `last`. @param {number} seq @returns {RoomState} */
  stateAt(seq) {
    const page = this.#pageOf(seq);
    let { seq: at, state } = this.#folded;
    if (at > seq || at < page.after) [at, state] = [page.after, page.state];
    for (; at < seq; at += 1) {
      state = apply(state, /** @type {Entry} */ (page.entries[at - page.after]));
    }
    this.#folded = { seq, state };
    return state;
  }

  /** The page with the entry at a seq; of the oldest state, the first one. @param {number} seq */
  #pageOf(seq) {
    let [low, high] = [0, this.#pages.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#pages[middle].after < seq) low = middle;
      else high = middle - 1;
    }
    return this.#pages[low];
  }
}
