// The letters on the stage: how far each has come, and which ones are shown where there are too many.
//
// A letter's `age` counts its steps: 0 before it is written, 2.5 halfway through the third step, 6 at the end.

const SECONDS = [0.5, 0.75, 0.6, 0.3, 0.75, 0.6]; // duration of each step on the stage, at speed 1
const MAX_LETTERS = 24; // on the stage: nobody could follow more
const MAX_COPIES = 400; // copies of letters on the stage
const MAX_WAITING = 40; // letters that wait while the stage is paused; the oldest are dropped

/** @typedef {import("../../js/messages.js").Passage} Passage */

export class Letter {
  age = 0;
  until = 0; // while paused: the age that it is being stepped to

  /** @param {Passage} passage @param {boolean} [sealed] only that it was there is known */
  constructor(passage, sealed = false) {
    this.passage = passage;
    this.sealed = sealed;
    this.age = sealed ? 2 : 0;
  }

  /** The step that it is in: 1 to 6. */
  get step() {
    return Math.min(6, Math.floor(this.age) + 1);
  }

  /** The fraction of that step that is over, from 0 to 1. */
  get share() {
    return this.age >= 6 ? 1 : this.age - Math.floor(this.age);
  }

  /** The step to show in the lesson: the last one stays until the next begins. */
  get told() {
    return Math.min(6, Math.max(1, Math.ceil(this.age)));
  }
}

export class Mail {
  speed = 1;
  paused = false;
  shown = 0; // how many letters have been shown so far
  /** @type {Letter[]} */
  letters = []; // on the stage, the oldest first
  /** @type {Letter | null} */
  pinned = null; // the one that the user chose

  #copies = 0;
  /** @type {Letter[]} */
  #waiting = [];

  /** The letter that the lesson shows. */
  get told() {
    return this.pinned ?? this.letters.find((letter) => !letter.sealed) ?? null;
  }

  /** How many letters a paused stage holds back: on it, and behind it. */
  get heldBack() {
    return this.#onTheirWay.length + this.#waiting.length;
  }

  /** While the stage is paused, one letter is on it, written at its house; the next ones wait. @param {Letter} letter */
  add(letter) {
    if (this.paused && (letter.sealed || this.#onTheirWay.length > 0)) {
      this.#waiting.push(letter);
      this.#waiting.splice(0, this.#waiting.length - MAX_WAITING);
    } else if (this.#hasRoomFor(letter)) {
      if (this.paused) letter.until = 1;
      this.#show(letter);
    }
  }

  /** Show a letter again, from the beginning. @param {Passage} passage */
  replay(passage) {
    const letter = new Letter(passage);
    this.#show(letter);
    this.pinned = letter;
  }

  /** Pause the letters, or let them go on. */
  toggle() {
    this.paused = !this.paused;
    if (!this.paused) {
      for (const letter of this.#waiting.splice(0)) {
        this.add(letter);
      }
    }
  }

  /**
   * Move one letter by one step. This pauses the stage.
   *
   * @returns {Letter | null}
   */
  step() {
    this.paused = true;
    const letter = this.#toStep();
    if (!letter) return null;
    letter.age = Math.max(letter.age, letter.until); // finish the step before, where the user was faster
    letter.until = Math.floor(letter.age) + 1;
    this.pinned = letter;
    return letter;
  }

  /**
   * Let time pass.
   *
   * @param {number} seconds
   * @returns {boolean} whether anything has moved
   */
  tick(seconds) {
    let moved = false;
    for (const letter of this.letters) {
      if (letter.age < letter.until) {
        letter.age = Math.min(letter.until, letter.age + seconds / SECONDS[letter.step - 1]);
        moved = true;
      } else if (!this.paused) {
        advance(letter, seconds * this.speed);
        moved = true;
      }
    }
    if (this.letters.some((letter) => this.#isOver(letter))) {
      this.letters = this.letters.filter((letter) => !this.#isOver(letter));
      this.#copies = this.letters.reduce((sum, { passage }) => sum + (passage.to?.length ?? 0), 0);
    }
    if (this.pinned && !this.paused && !this.letters.includes(this.pinned)) {
      this.pinned = null;
    }
    return moved;
  }

  clear() {
    this.letters = [];
    this.#waiting = [];
    this.#copies = 0;
    this.pinned = null;
  }

  get #onTheirWay() {
    return this.letters.filter((letter) => !letter.sealed && Math.max(letter.age, letter.until) < 6);
  }

  /** The chosen letter, while it is on its way; else the oldest one; else one that waits. @returns {Letter | null} */
  #toStep() {
    const onTheirWay = this.#onTheirWay;
    if (this.pinned && onTheirWay.includes(this.pinned)) return this.pinned;
    if (onTheirWay.length > 0) return onTheirWay[0];
    const next = this.#waiting.findIndex((letter) => !letter.sealed);
    if (next < 0) return null;
    const letter = this.#waiting.splice(0, next + 1)[next];
    this.#show(letter);
    return letter;
  }

  /** A letter that has been stepped to its end stays until the next step, so that the end can be seen. @param {Letter} letter */
  #isOver(letter) {
    return letter.age >= (letter.sealed ? 4 : 6) && !(this.paused && letter === this.pinned);
  }

  /** @param {Letter} letter */
  #hasRoomFor(letter) {
    const copies = letter.passage.to?.length ?? 0;
    return this.letters.length < MAX_LETTERS && (this.#copies === 0 || this.#copies + copies <= MAX_COPIES);
  }

  /** @param {Letter} letter */
  #show(letter) {
    this.letters.push(letter);
    this.#copies += letter.passage.to?.length ?? 0;
    this.shown += 1;
  }
}

/** @param {Letter} letter @param {number} seconds */
function advance(letter, seconds) {
  let left = seconds;
  while (left > 0 && letter.age < 6) {
    const lasts = SECONDS[letter.step - 1];
    const end = Math.floor(letter.age) + 1;
    const needed = (end - letter.age) * lasts;
    letter.age = needed <= left ? end : letter.age + left / lasts;
    left -= Math.min(left, needed);
  }
}

/** The seconds that a letter spends on the stage, at a speed. @param {number} speed */
export function lasts(speed) {
  return SECONDS.reduce((sum, seconds) => sum + seconds, 0) / speed;
}
