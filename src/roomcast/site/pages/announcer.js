// Announcements for screen readers, at a rate that they can follow (an ARIA live region).

const EVERY = 4000; // milliseconds between two announcements: a screen reader needs as long for a sentence or two
const AT_ONCE = 3; // sentences in one announcement

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
   * Announce a sentence soon. It replaces one about the same topic that is still waiting.
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
