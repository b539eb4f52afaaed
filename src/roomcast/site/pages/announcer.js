// News for those who listen instead of looking: spoken by the screen reader when it has time, and not too often.

const EVERY = 4000; // milliseconds between two announcements: a screen reader needs that for a sentence or two
const AT_ONCE = 3; // pieces of news in one announcement

export class Announcer {
  #region;
  /** @type {Map<string, string>} */
  #waiting = new Map();
  #timer = 0;
  #last = -EVERY;

  /** @param {HTMLElement} region with aria-live */
  constructor(region) {
    this.#region = region;
  }

  /**
   * Say something soon. What was not said yet about the same thing is not said any more.
   *
   * @param {string} about
   * @param {string} sentence
   */
  say(about, sentence) {
    this.#waiting.delete(about);
    this.#waiting.set(about, sentence);
    this.#timer ||= setTimeout(() => this.#speak(), Math.max(200, this.#last + EVERY - performance.now()));
  }

  #speak() {
    const sentences = [...this.#waiting.values()];
    const more = sentences.length - AT_ONCE;
    const rest = more > 0 ? ` And ${more} more pieces of news.` : "";
    this.#region.textContent = sentences.slice(0, AT_ONCE).join(" ") + rest;
    this.#waiting.clear();
    this.#timer = 0;
    this.#last = performance.now();
  }
}
