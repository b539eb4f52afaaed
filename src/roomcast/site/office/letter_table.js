// The table on which a letter lies that somebody chose: its trace, or what is known of an entry without one.

import { byId } from "../pages/elements.js";
import { inspect, inspectLine } from "./inspection.js";

/** @typedef {import("../../js/messages.js").Passage} Passage */
/** @typedef {import("./entry_lines.js").Line} Line */

export class LetterTable {
  /** @type {Passage | null} */
  #passage = null;
  /** @type {Line | null} */
  #line = null; // what lies there, where there is no trace of it
  #nameOf;

  /**
   * @param {(id: string) => string} nameOf
   * @param {{again: (passage: Passage) => void, then: (seq: number) => void}} wishes what the buttons beside the letter ask for:
   *   to see it travel once more, and the town as it was then
   */
  constructor(nameOf, { again, then }) {
    this.#nameOf = nameOf;
    byId("again").addEventListener("click", () => {
      if (this.#passage) again(this.#passage);
    });
    byId("then").addEventListener("click", () => {
      const seq = this.#passage?.s ?? this.#line?.s;
      if (seq) then(seq);
    });
    byId("put-away").addEventListener("click", () => {
      this.#passage = this.#line = null;
      byId("letter").hidden = true;
      byId("pause").focus({ preventScroll: true });
    });
  }

  /** Lay a letter there. @param {Passage} passage */
  lay(passage) {
    this.#passage = passage;
    this.#line = null;
    inspect(passage, this.#nameOf);
    byId("again").hidden = false;
  }

  /** Lay there what is known of an entry that was not traced. @param {Line} line */
  layLine(line) {
    this.#passage = null;
    this.#line = line;
    inspectLine(line, this.#nameOf);
    byId("again").hidden = true;
  }

  /** A trace has come: it may be that of what lies there. @param {Passage} passage */
  traced(passage) {
    if (this.#line?.passage === passage) this.lay(passage);
  }

  show() {
    byId("letter-title").focus({ preventScroll: true });
    byId("letter").scrollIntoView({ block: "nearest", behavior: "smooth" });
  }
}
