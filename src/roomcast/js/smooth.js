// Where to draw players, so that they move smoothly whatever the network does: as client/smooth.py in Python.

import { PlayoutClock, Track, shorter } from "./motion.js";

/** @typedef {import("./players.js").Player} Player */
/** @typedef {import("./prediction.js").Prediction} Prediction */

const EASE = 0.1; // seconds in which a correction of our own place fades to a third

/**
 * What `room.smooth(["x", "y"])` returns: call it with a player, and it says where to draw it now, a number for each key.
 * @typedef {((player: Player) => number[]) & {readonly delay: number, readonly time: number}} Smooth
 */

/** What is asked of the room. @typedef {Pick<import("./timed_room.js").TimedRoom, "entry" | "time" | "catchingUp"> & {readonly me: Player}} SmoothedRoom */

export class SmoothPlaces {
  #room;
  #keys;
  #angles;
  #delay;
  #jump;
  #prediction;
  /** @type {Map<string, Track>} by player */
  #tracks = new Map();
  #playout = new PlayoutClock();
  /** @type {number[]} the corrections that were seen, by key */
  #corrected;
  /** @type {number[]} what of them is still to fade */
  #offsets;
  #eased = performance.now() / 1000;

  /**
   * @param {SmoothedRoom} room
   * @param {string[]} keys
   * @param {string[]} angles
   * @param {{delay: number | null, jump: number | null, prediction: () => Prediction | null}} how
   */
  constructor(room, keys, angles, { delay, jump, prediction }) {
    this.#room = room;
    this.#keys = [...keys, ...angles];
    this.#angles = angles.map((_, index) => keys.length + index);
    this.#delay = delay;
    this.#jump = jump;
    this.#prediction = prediction;
    this.#corrected = this.#keys.map(() => 0);
    this.#offsets = this.#keys.map(() => 0);
  }

  /** The room's time at which others are shown, in seconds. */
  get time() {
    const now = this.#room.time;
    return this.#delay === null ? this.#playout.time(now) : now - this.#delay;
  }

  /** How long ago others are shown, in seconds. */
  get delay() {
    return this.#room.time - this.time;
  }

  /** @param {Player} player @returns {number[]} */
  at(player) {
    const prediction = player === this.#room.me ? this.#prediction() : null;
    return prediction ? this.#own(prediction) : this.#track(player).at(this.time);
  }

  // -- what the room tells

  /** @param {Player} player @param {{[key: string]: unknown}} patch */
  changed(player, patch) {
    if (this.#keys.some((key) => Object.hasOwn(patch, key))) {
      const { at, age } = this.#room.entry;
      const gap = this.#track(player).add(at, this.#place(player));
      if (player !== this.#room.me && !this.#room.catchingUp) {
        this.#playout.heard(at + age, age, gap);
      }
    }
  }

  /** @param {Player} player */
  gone(player) {
    this.#tracks.delete(player.id);
  }

  /** What was heard before does not lead to what is now. */
  anew() {
    this.#tracks.clear();
  }

  // -- places

  /** @param {Player} player */
  #track(player) {
    let track = this.#tracks.get(player.id);
    if (!track) {
      track = new Track(this.#angles, this.#jump);
      track.add(0, this.#place(player)); // where it is has been heard at some time
      this.#tracks.set(player.id, track);
    }
    return track;
  }

  /** @param {Player} player */
  #place(player) {
    return this.#keys.map((key) => number(player.state.get(key)));
  }

  /** @param {Prediction} prediction */
  #own(prediction) {
    const now = performance.now() / 1000;
    const fade = Math.exp((this.#eased - now) / EASE);
    this.#eased = now;
    const { values, corrections } = prediction;
    return this.#keys.map((key, index) => {
      const corrected = corrections.get(key) ?? 0;
      let wrong = corrected - this.#corrected[index];
      this.#corrected[index] = corrected;
      if (this.#angles.includes(index)) {
        wrong = shorter(wrong);
      } else if (this.#jump !== null && Math.abs(wrong) > this.#jump) {
        wrong = 0; // it was put there
      }
      const offset = this.#offsets[index] * fade - wrong;
      this.#offsets[index] = offset;
      return number(values[key]) + (Math.abs(offset) > 1e-3 ? offset : 0);
    });
  }
}

/** @param {unknown} value */
function number(value) {
  return typeof value === "number" ? value : 0;
}
