// The observed room: its players, its latest entries, and the traces of commands.

import { colourOf } from "../pages/colours.js";
import { line, lineOf } from "./entry_lines.js";
import { callOf } from "./words.js";

const KEPT = 2000; // entries that are kept

/** @typedef {import("../../js/messages.js").Passage} Passage */
/** @typedef {import("../../js/messages.js").Entry} Entry */
/** @typedef {import("../../js/messages.js").Hidden} Hidden */
/** @typedef {import("./entry_lines.js").Line} Line */
/** @typedef {import("./drawing.js").Resident} Resident */

export class ObservedRoom {
  /** @type {Map<string, Resident>} */
  residents = new Map();
  /** @type {Line[]} */
  lines = []; // the oldest first
  /** @type {Map<string, number>} */
  commands = new Map(); // how often each command was seen
  total = 0; // entries since the page was opened, shown or not
  admin = false;
  replay = false; // a recording runs there: nothing is traced
  changed = 0; // incremented with every change of the lines

  /** @type {Map<number, Line>} */
  #bySeq = new Map();
  /** @type {Map<string, string>} */
  #names = new Map(); // by player id, also of players who have left

  /** A player's name, with the id where others have the same name. @param {string} id */
  nameOf = (id) => this.#names.get(id) ?? id;

  /** The colour of a player, while it is there. @param {string} id */
  colourOf = (id) => this.residents.get(id)?.colour ?? "transparent";

  /** How many of the lines have happened: all. */
  get shown() {
    return this.lines.length;
  }

  /** A player of the past was called so. @param {string} id @param {string} name */
  learn(id, name) {
    if (!this.#names.has(id)) this.#names.set(id, label(id, name));
  }

  /** @param {import("../../js/messages.js").Watching} start */
  begin({ players = [], admin = false, missed = 0, replay = false, s, time }) {
    this.residents = new Map(players.map((one) => [one.id, resident(one)]));
    for (const { id, name } of players) this.#names.set(id, label(id, name));
    this.admin = admin;
    this.replay = replay;
    this.#bySeq.clear(); // the same seqs may be other entries from now on
    if (missed) {
      this.total += missed;
      const left = { s, at: time, by: "", command: "", kind: "presence", passage: null };
      this.#add(line(left, `${missed} entries were not shown here`, this.nameOf));
    }
  }

  /**
   * Add an entry.
   *
   * @param {Entry | Hidden} entry
   * @returns {boolean} whether somebody came, went, or is away or back
   */
  enter(entry) {
    const sentOut = "x" in entry ? (entry.x?.k ?? []) : [];
    sentOut.forEach(([id]) => this.residents.delete(id));
    if (entry.t === "join") {
      this.#names.set(entry.by, label(entry.by, entry.name));
      this.residents.set(entry.by, resident({ id: entry.by, name: entry.name }));
    } else if (entry.t === "leave") {
      this.residents.delete(entry.by);
    } else if (entry.t === "away" || entry.t === "back") {
      const who = this.residents.get(entry.by);
      if (who) who.here = entry.t === "back";
    }
    this.#follow(lineOf(entry, this.nameOf));
    return sentOut.length > 0 || entry.t === "join" || entry.t === "leave" || entry.t === "away" || entry.t === "back";
  }

  /** The line of an entry, if it is still there. @param {number} seq */
  lineAt(seq) {
    return this.#bySeq.get(seq) ?? null;
  }

  /**
   * Add the trace of a command.
   *
   * @param {Passage} passage
   * @returns {boolean} whether somebody turned out to be a starter client
   */
  follow(passage) {
    const { s, at, by } = passage;
    const known = this.#bySeq.get(s);
    if (known) {
      known.passage = passage;
      this.changed += 1;
    } else {
      this.#follow(line({ s, at, by, command: passage.c, kind: "do", passage }, callOf(passage), this.nameOf));
    }
    let found = false;
    for (const id of [...(passage.silent ?? []), ...(passage.starter ? [by] : [])]) {
      const one = this.residents.get(id);
      if (one && !one.starter) found = one.starter = true;
    }
    return found;
  }

  /** @param {Line} line */
  #follow(line) {
    if (line.command) this.commands.set(line.command, (this.commands.get(line.command) ?? 0) + 1);
    this.#bySeq.set(line.s, line);
    this.#add(line);
  }

  /** @param {Line} line */
  #add(line) {
    this.lines.push(line);
    if (this.lines.length > KEPT * 1.1) {
      for (const old of this.lines.splice(0, this.lines.length - KEPT)) {
        if (this.#bySeq.get(old.s) === old) this.#bySeq.delete(old.s);
      }
    }
    this.changed += 1;
  }
}

/** @param {import("../../js/messages.js").ObservedPlayer} one @returns {Resident} */
export function resident({ id, name, here = true, starter = false }) {
  return { id, name: label(id, name), here, starter, colour: colourOf(id) };
}

/** A player’s name, with the id where that is not the name as one word. @param {string} id @param {string} name */
export function label(id, name) {
  return id === name.split(/ +/).join("_") ? name : `${name} (${id})`;
}
