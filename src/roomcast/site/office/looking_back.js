// Looking back: which place of the room's log is shown, and how that moves. It is the newest one ("live") until somebody goes
// back. The log is asked for when it is needed first, page by page; until a place is there, it is waited for.

import { KeptLog } from "./kept_log.js";

const LONGEST_PAUSE = 2000; // ms that playing waits for the next entry: longer silences are cut short

/** @typedef {import("../../js/messages.js").Entry | import("../../js/messages.js").Hidden} Entry */
/**
 * Who shows it. `jump`: another place is shown; `pass`: this entry happens, and its place is shown; `change`: anything else: more
 * of the log, playing, or that the newest entry has happened, and it is live again.
 *
 * @typedef {{jump: () => void, pass: (entry: Entry) => void, change: () => void}} View
 */

export class LookingBack {
  log = new KeptLog();
  live = true;
  playing = false;
  speed = 1;
  at = 0; // the seq that is shown, or is to be

  #ask;
  #view;
  #first = 0; // as the server has said: the oldest seq that it keeps …
  #end = 0; // … and the newest
  #asked = false; // an answer is to come
  #clock = 0; // the room's time that playing has reached

  /** @param {(after: number, at: number) => void} ask for a page of the log @param {View} view */
  constructor(ask, view) {
    this.#ask = ask;
    this.#view = view;
  }

  /** The oldest place that one can go to. */
  get first() {
    return this.log.isEmpty || this.log.first > this.#end ? this.#first : this.log.first;
  }

  /** The newest: there it is live. */
  get end() {
    return Math.max(this.#end, this.first);
  }

  /** Whether the place that is to be shown is there. */
  get isThere() {
    return !this.live && !this.log.isEmpty && this.at >= this.log.first && this.at <= this.log.last;
  }

  /** How much of the log is here, from 0 to 1. */
  get loaded() {
    return this.end > this.first ? Math.max(0, (this.log.last - this.first) / (this.end - this.first)) : 1;
  }

  /** The state of the room at the place that is shown. */
  get state() {
    return this.log.stateAt(this.at);
  }

  /** The entry that made it so; null: the oldest state, before all entries that are kept. @returns {Entry | null} */
  get entry() {
    return this.at > this.log.first ? this.log.entry(this.at) : null;
  }

  // ------------------------------------------------------------------ what the server says

  /** How far the log goes. @param {number} first @param {number} end 0: the room is not open */
  known(first, end) {
    if (end === 0) return; // what is here can still be looked at
    [this.#first, this.#end] = [first, end];
    this.#askOn();
    this.#view.change();
  }

  /** An entry has just happened. While somebody looks back, what is new is asked for once a second, as `known` says. @param {number} seq */
  happened(seq) {
    if (!this.live || seq <= this.#end) return;
    this.#end = seq;
    this.#view.change();
  }

  /** A new connection: what was asked for does not come any more. @param {number} first @param {number} end */
  connected(first, end) {
    this.#asked = false;
    this.known(first, end);
  }

  /** @param {import("../../js/messages.js").History} page @returns {boolean} whether the log has it now */
  receive(page) {
    this.#asked = false;
    this.#end = page.last;
    const waited = !this.isThere;
    const found = this.log.add(page);
    if (found === "begun") this.at = Math.max(this.at, this.first);
    if (this.at >= this.end) this.goLive(); // the room began anew, and has not come so far
    if (found !== "nothing") this.#askOn(); // else it is asked again when the server says that there is more
    if (this.isThere && (waited || found === "begun")) this.#view.jump();
    else this.#view.change();
    return found !== "nothing";
  }

  // ------------------------------------------------------------------ what the user does

  /** Show a place. The newest one is live. @param {number} seq */
  goTo(seq) {
    if (seq >= this.end) {
      this.goLive();
      return;
    }
    this.playing = false;
    this.live = false;
    this.at = Math.max(seq, this.first);
    this.#askOn();
    this.#view.jump();
  }

  /** @param {number} by entries, forward or (negative) back */
  step(by) {
    if (by === 1 && this.isThere && this.at < this.log.last) {
      this.playing = false;
      this.#pass();
    } else if (!this.live || by < 0) {
      this.goTo((this.live ? this.end : this.at) + by);
    }
  }

  goLive() {
    if (this.live) return;
    this.live = true;
    this.playing = false;
    this.#view.jump();
  }

  /** Play from here; from the beginning, where this is live. */
  play() {
    if (this.live) this.goTo(this.first);
    this.playing = !this.live;
    this.#clock = this.isThere ? this.log.timeAt(this.at) : 0;
    this.#view.change();
  }

  stop() {
    this.playing = false;
    this.#view.change();
  }

  /** Let time pass. @param {number} seconds */
  tick(seconds) {
    if (!this.playing || !this.isThere) return;
    this.#clock = Math.max(this.#clock, this.log.timeAt(this.at)) + seconds * 1000 * this.speed;
    while (!this.live && this.at < this.log.last) {
      const due = this.log.timeAt(this.at + 1);
      const longest = this.at === this.log.first ? 0 : LONGEST_PAUSE * this.speed; // nothing is to be seen before the first
      this.#clock = Math.max(this.#clock, due - longest);
      if (due > this.#clock) break;
      this.#pass();
    }
  }

  /** Let the next entry happen; after the newest, it is live. */
  #pass() {
    this.at += 1;
    this.#view.pass(this.log.entry(this.at));
    if (this.at < this.end) return;
    this.live = true;
    this.playing = false;
    this.#view.change();
  }

  #askOn() {
    if (this.live || this.#asked || this.#end === 0 || (!this.log.isEmpty && this.log.last === this.#end)) return;
    this.#asked = true;
    const { after, at } = this.log.next;
    this.#ask(after, at);
  }
}
