// The list of entries, the newest first, and its filters. It does not change while the pointer or the focus is in it.

import { byId, element } from "../pages/elements.js";
import { duration, wholeWay } from "./words.js";

const ROWS = 60; // rows that are shown at a time
const EVERY = 250; // ms between two updates: a list that changes faster cannot be read

/** @typedef {import("./entry_lines.js").Line} Line */
/** @typedef {{row: HTMLButtonElement, number: HTMLElement, who: HTMLElement, what: HTMLElement, took: HTMLElement, line: Line | null}} Row */

/**
 * What is listed: `shown` of the lines, the oldest first. `changed`: another number whenever that changes.
 *
 * @typedef {{
 *   lines: Line[],
 *   shown: number,
 *   changed: number,
 *   commands: Map<string, number>,
 *   colourOf: (id: string) => string,
 *   nameOf: (id: string) => string,
 * }} Listed
 */

export class EntryList {
  /** @type {Listed} */
  #room;
  #choose;
  #box = byId("entries");
  /** @type {Row[]} */
  #rows = [];
  #shown = -1; // the value of the room's `changed` that is shown
  #inside = false;
  #count = "Nothing yet.";

  /** @param {Listed} room @param {(line: Line) => void} choose */
  constructor(room, choose) {
    this.#room = room;
    this.#choose = choose;
    byId("filters").addEventListener("input", () => this.#show());
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    for (const [event, inside] of /** @type {[string, boolean][]} */ ([["focusin", true], ["focusout", false], ["pointerenter", true], ["pointerleave", false]])) {
      this.#box.addEventListener(event, () => {
        this.#inside = inside;
        this.#showCount();
      });
    }
    setInterval(() => this.#look(), EVERY);
  }

  /** List another room, or the same one at another time. @param {Listed} room */
  turnTo(room) {
    this.#room = room;
    this.#shown = -1;
  }

  /** Offer these players in the filter. @param {{id: string, name: string}[]} residents */
  settle(residents) {
    fill("filter-player", "everyone", residents.map(({ id, name }) => [id, name]));
  }

  #look() {
    if (!this.#inside && !document.hidden && this.#shown !== this.#room.changed) {
      const commands = [...this.#room.commands].sort(([one], [other]) => one.localeCompare(other));
      fill("filter-command", "any", commands.slice(0, 100).map(([command]) => [command, command]));
      this.#show();
    }
  }

  #show() {
    this.#shown = this.#room.changed;
    const [text, player, command, kind] = ["text", "player", "command", "kind"].map((name) =>
      /** @type {HTMLInputElement} */ (byId(`filter-${name}`)).value);
    const wanted = text.trim().toLowerCase();
    const { lines, shown } = this.#room;
    let fitting = 0;
    /** @type {Line[]} */
    const found = [];
    for (let index = shown - 1; index >= 0; index -= 1) {
      const line = lines[index];
      if ((!player || line.by === player) && (!command || line.command === command) && (!kind || line.kind === kind) && (!wanted || line.find.includes(wanted))) {
        fitting += 1;
        if (found.length < ROWS) found.push(line);
      }
    }
    found.forEach((line, index) => this.#fill(this.#rows[index] ?? this.#newRow(), line));
    this.#rows.forEach(({ row }, index) => (row.hidden = index >= found.length));
    this.#count = words(found.length, fitting, shown, text + player + command + kind !== "");
    this.#showCount();
  }

  #showCount() {
    byId("entries-count").textContent = this.#count + (this.#inside ? " Holding still while you are in it." : "");
  }

  #newRow() {
    const [number, who, what, took] = ["number", "who", "what", "took"].map((name) => element("span", { class: name }));
    const row = /** @type {HTMLButtonElement} */ (element("button", { type: "button", class: "entry" }, number, who, what, took));
    /** @type {Row} */
    const made = { row, number, who, what, took, line: null };
    row.addEventListener("click", () => made.line && this.#choose(made.line));
    this.#rows.push(made);
    this.#box.append(row);
    return made;
  }

  /** @param {Row} row @param {Line} line */
  #fill(row, line) {
    const took = line.passage ? duration(wholeWay(line.passage)) : "";
    if (row.line !== line) {
      row.line = line;
      row.number.textContent = `№ ${line.s}`;
      row.who.textContent = line.by ? this.#room.nameOf(line.by) : "";
      row.what.textContent = line.what;
      row.row.className = `entry ${line.kind}`;
      row.who.style.setProperty("--colour", line.by ? this.#room.colourOf(line.by) : "transparent");
    }
    if (row.took.textContent !== took) row.took.textContent = took;
    row.row.classList.toggle("followed", line.passage !== null);
  }
}

/** @param {string} id @param {string} all @param {[value: string, word: string][]} choices */
function fill(id, all, choices) {
  const select = /** @type {HTMLSelectElement} */ (byId(id));
  const values = choices.map(([value]) => value).join("\n");
  if (select.dataset.values === values) return;
  select.dataset.values = values;
  const chosen = select.value;
  const known = choices.some(([value]) => value === chosen);
  if (chosen && !known) choices = [...choices, [chosen, chosen]]; // a chosen player who has left stays in the list
  select.replaceChildren(...[["", all], ...choices].map(([value, word]) => element("option", { value }, word)));
  select.value = chosen;
}

/** @param {number} shown @param {number} fitting @param {number} all @param {boolean} filtered */
function words(shown, fitting, all, filtered) {
  if (all === 0) return "Nothing yet.";
  if (fitting === 0) return `None of ${all.toLocaleString("en")} fits.`;
  const newest = shown < fitting ? `The newest ${shown} of ${fitting.toLocaleString("en")}` : `${fitting.toLocaleString("en")} ${fitting === 1 ? "entry" : "entries"}`;
  return filtered ? `${newest}, of ${all.toLocaleString("en")}.` : `${newest}, the newest first.`;
}
