// The lines of the list while somebody looks back: those of the log, up to the place that is shown.

import { colourOf } from "../pages/colours.js";
import { lineOf } from "./entry_lines.js";

/** @typedef {import("./entry_lines.js").Line} Line */

export class PastLines {
  /** @type {Line[]} */
  lines = []; // the oldest first, without holes
  /** @type {Map<string, number>} */
  commands = new Map(); // how often each command is there
  changed = 0; // incremented with every page, and by who moves to another place

  #observed;
  #looking;

  /** @param {import("./observed_room.js").ObservedRoom} observed @param {import("./looking_back.js").LookingBack} looking */
  constructor(observed, looking) {
    this.#observed = observed;
    this.#looking = looking;
  }

  /** How many of the lines have happened. */
  get shown() {
    return this.#looking.isThere ? this.#looking.at - this.#looking.log.first : 0;
  }

  colourOf = colourOf;
  /** @param {string} id */
  nameOf = (id) => this.#observed.nameOf(id);

  /** A page of the log has come. @param {import("../../js/messages.js").History} page */
  add({ entries = [], snapshot }) {
    if (snapshot) {
      this.lines = [];
      this.commands.clear();
      for (const { id, name } of snapshot.players ?? []) this.#observed.learn(id, name);
    }
    for (const entry of entries) {
      if (entry.t === "join") this.#observed.learn(entry.by, entry.name);
      const line = lineOf(entry, this.nameOf);
      line.passage = this.#observed.lineAt(entry.s)?.passage ?? null;
      if (line.command) this.commands.set(line.command, (this.commands.get(line.command) ?? 0) + 1);
      this.lines.push(line);
    }
    const { log } = this.#looking;
    this.lines.splice(0, this.lines.length - (log.last - log.first)); // the log has let go of its oldest pages
    this.changed += 1;
  }

  /** The line of an entry. @param {number} seq */
  lineAt(seq) {
    return this.lines[seq - this.#looking.log.first - 1] ?? null;
  }
}
