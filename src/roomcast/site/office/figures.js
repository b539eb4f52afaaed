// The figures of the page, and the sentences about them: how many letters there are, how many are shown, how long they take.

import { byId } from "../pages/elements.js";
import { lasts } from "./letters.js";
import { plotLatencies, plotRates, Traffic } from "./traffic.js";
import { duration, wholeWay } from "./words.js";

/** @typedef {import("../../js/messages.js").Passage} Passage */

const NOTICED = 30; // ms: a tick that begins so late, an eye can see

export class Figures {
  traffic = new Traffic();

  #observed;
  #mail;
  #letters = 0; // of the last seconds
  #shownBefore = 0; // how many had been shown before them
  #observers = 1; // of this room, as the server counts them
  #past = ""; // the summary, while somebody looks back
  #behind = 0; // ms: how late the latest tick of the rules began
  #every = 1; // sampling interval: the server traces one letter in `every`
  /** @type {Passage | null} */
  #toldBefore = null;
  #speedBefore = 0;

  /** @param {import("./observed_room.js").ObservedRoom} observed @param {import("./letters.js").Mail} mail */
  constructor(observed, mail) {
    this.#observed = observed;
    this.#mail = mail;
  }

  /** A second is over. @param {import("../../js/messages.js").Counts} counts */
  count(counts) {
    this.traffic.count(counts);
    this.#every = counts.every ?? 1;
    this.#observers = counts.observers ?? 1;
    this.#behind = counts.behind ?? 0;
    this.#letters += counts.do;
    const shown = this.#mail.shown - this.#shownBefore;
    const { rate, latency } = this.traffic;
    byId("shown").textContent = this.#shownWords(shown);
    this.#letters *= 0.7; // earlier seconds count less and less
    this.#shownBefore = this.#mail.shown - shown * 0.7;
    byId("rate").textContent = rate.toLocaleString("en", { maximumFractionDigits: rate < 10 ? 1 : 0 });
    byId("latency").textContent = latency.half === null ? "–" : duration(latency.half);
    byId("rate-words").textContent = this.#rateWords();
    byId("latency-words").textContent = this.#latencyWords(latency);
    this.showSummary();
    plotRates(/** @type {HTMLCanvasElement} */ (byId("rate-plot")), this.traffic.seconds);
    plotLatencies(/** @type {HTMLCanvasElement} */ (byId("latency-plot")), this.traffic.seconds);
  }

  /** Somebody looks back: so many players were there at a place; null: this is now. @param {number | null} players @param {number} at */
  lookBack(players, at) {
    const were = players === 1 ? "1 player was" : `${players === 0 ? "No" : players} players were`;
    this.#past = players === null ? "" : `${were} here at № ${at.toLocaleString("en")}.`;
    this.showSummary();
  }

  showSummary() {
    if (this.#past) {
      byId("summary").textContent = this.#past;
      return;
    }
    const players = this.#observed.residents.size;
    const here = players === 1 ? "1 player is here" : `${players} players are here`;
    const watched = this.#observers === 1 ? "Only you watch." : `${this.#observers} people watch.`;
    const letters = this.#mail.paused ? this.#heldBackWords() : this.#flowWords();
    byId("summary").textContent = players === 0 ? "Nobody is here." : `${here}, ${letters}.${this.#behindWords()} ${watched}`;
  }

  /** How long the letter that the lesson shows takes here, and took in real life. */
  showTruth() {
    const { told, speed } = this.#mail;
    const passage = told?.passage ?? null;
    if (passage === this.#toldBefore && speed === this.#speedBefore) return;
    [this.#toldBefore, this.#speedBefore] = [passage, speed];
    const real = passage ? wholeWay(passage) : 0;
    const here = lasts(speed);
    byId("truth").textContent = real
      ? `In real life this letter took ${duration(real)}, as far as it was measured. Here it takes ${here.toFixed(here < 10 ? 1 : 0)} seconds, ${Math.round((here * 1000) / real).toLocaleString("en")} times as long.`
      : "In real life all six together take a few thousandths of a second. Here they are stretched, so that you can see them.";
  }

  /** @param {number} shown */
  #shownWords(shown) {
    const all = this.#letters;
    if (this.#mail.paused) return "Paused: the room goes on, the stage waits.";
    if (all - shown < 2 || shown >= all * 0.9) return "Showing every letter."; // one or two may be about to arrive
    if (shown < 0.5) return "Showing no letter: the stage is full.";
    return all < shown * 1.5 ? "Showing most letters." : `Showing 1 of ${Math.round(all / shown).toLocaleString("en")} letters.`;
  }

  #rateWords() {
    const most = Math.max(0, ...this.traffic.seconds.map((second) => second.letters));
    const all = this.traffic.letters;
    return all ? `${all.toLocaleString("en")} in the last minute, at most ${Math.round(most).toLocaleString("en")} in a second.` : "None in the last minute.";
  }

  /** @param {{half: number | null, most: number | null}} latency */
  #latencyWords({ half, most }) {
    if (half === null || most === null) return "From the post office until done at a house, as far as the houses report.";
    const sample = this.#every > 1 ? ` Measured at 1 of ${this.#every} letters.` : "";
    return `Half took at most ${duration(half)}, 99 of 100 at most ${duration(most)}: from the post office until done at a house, its report included.${sample}`;
  }

  #heldBackWords() {
    if (this.#mail.heldBack === 0) return "the stage is paused, and no letter is on it";
    return this.#mail.heldBack === 1 ? "1 letter waits for Step" : `${this.#mail.heldBack} letters wait for Step`;
  }

  /** What there is to say where the rules of the room do not keep up. */
  #behindWords() {
    return this.#behind < NOTICED ? "" : ` Its rules fall behind, by ${duration(this.#behind)}.`;
  }

  #flowWords() {
    const { rate, latency } = this.traffic;
    const much = rate < 0.05 ? "no letters at the moment" : `${byId("rate").textContent} letters a second`;
    return latency.half === null ? much : `${much}, most of them done within ${duration(latency.half)}`;
  }
}
