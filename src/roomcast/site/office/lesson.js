// The lesson beside the stage: the six steps of one letter, which step it is in, and what is known of each.

import { byId, element } from "../pages/elements.js";
import { callOf, facts, STEPS } from "./words.js";

/** @typedef {import("./letters.js").Letter} Letter */

export class Lesson {
  #nameOf;
  /** @type {{item: HTMLElement, fact: HTMLElement}[]} */
  #steps;
  /** @type {import("../../js/messages.js").Passage | null} */
  #passage = null;
  #step = 0;

  /** @param {(id: string) => string} nameOf */
  constructor(nameOf) {
    this.#nameOf = nameOf;
    this.#steps = STEPS.map(({ title, sentence }) => {
      const fact = element("span", { class: "fact" });
      const item = element("li", {}, element("b", {}, title), element("span", { class: "sentence" }, sentence), fact);
      return { item, fact };
    });
    byId("steps").replaceChildren(...this.#steps.map(({ item }) => item));
  }

  /** Show this letter, up to the step that it has reached. @param {Letter | null} letter */
  tell(letter) {
    if (!letter && this.#passage) return; // keep the last one until there is another
    const passage = letter?.passage ?? null;
    if (passage && passage !== this.#passage) {
      byId("whose").textContent = `Letter № ${passage.s} of ${this.#nameOf(passage.by)}: ${callOf(passage)}`;
      facts(passage, this.#nameOf).forEach((fact, index) => (this.#steps[index].fact.textContent = fact));
    }
    const step = letter?.told ?? 1;
    if (step !== this.#step || passage !== this.#passage) {
      this.#steps.forEach(({ item }, index) => {
        item.className = index + 1 === step ? "now" : index + 1 < step ? "over" : "";
        if (index + 1 === step) item.setAttribute("aria-current", "step");
        else item.removeAttribute("aria-current");
      });
      byId("steps").classList.toggle("told", letter !== null);
    }
    this.#step = step;
    this.#passage = passage;
  }

  /** The step that a letter has just taken, as a sentence for screen readers. @param {Letter} letter */
  words(letter) {
    const { title, sentence } = STEPS[letter.until - 1];
    const fact = facts(letter.passage, this.#nameOf)[letter.until - 1];
    return `Step ${letter.until} of 6, ${title}. ${sentence} ${fact}.`;
  }
}
