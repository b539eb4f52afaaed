// The observed room: its players, its latest entries, and the traces of commands.

import { colourOf } from "../pages/colours.js";
import { call, callOf } from "./words.js";

const KEPT = 2000; // entries that are kept

/** @typedef {import("../../js/messages.js").Passage} Passage */
/** @typedef {import("../../js/messages.js").ObserverMessage} Message */
/** @typedef {import("./drawing.js").Resident} Resident */

/**
 * A line of the list. `kind`: do, set, presence or hidden.
 *
 * @typedef {{s: number, at: number, kind: string, by: string, command: string, what: string, find: string, passage: Passage | null}} Line
 */

export class ObservedRoom {
  /** @type {Map<string, Resident>} */
  residents = new Map();
  /** @type {Line[]} */
  lines = []; // the oldest first
  /** @type {Map<string, number>} */
  commands = new Map(); // how often each command was seen
  total = 0; // entries since the page was opened, shown or not
  admin = false;
  changed = 0; // incremented with every change of the lines

  /** @type {Map<number, Line>} */
  #bySeq = new Map();
  /** @type {Map<string, string>} */
  #names = new Map(); // by player id, also of players who have left

  /** A player's name, with the id where others have the same name. @param {string} id */
  nameOf = (id) => this.#names.get(id) ?? id;

  /** @param {import("../../js/messages.js").Watching} start */
  begin({ players = [], admin = false, missed = 0, s, time }) {
    this.residents = new Map(players.map((one) => [one.id, resident(one)]));
    for (const { id, name } of players) this.#names.set(id, label(id, name));
    this.admin = admin;
    this.#bySeq.clear(); // the same seqs may be other entries from now on
    if (missed) {
      this.total += missed;
      this.#add({ s, at: time, by: "", command: "", kind: "presence", passage: null }, `${missed} entries were not shown here`);
    }
  }

  /**
   * Add an entry.
   *
   * @param {Exclude<Message, {t: "watching" | "passage" | "counts" | "error" | "bye" | "pong"}>} entry
   * @returns {boolean} whether somebody came, went, or is away or back
   */
  enter(entry) {
    if (entry.t === "hidden") {
      this.#line({ s: entry.s, at: entry.at ?? Date.now(), by: "", command: "", kind: "hidden", passage: null }, "a sealed letter: private");
      return false;
    }
    const { s, at, by } = entry;
    const who = this.residents.get(by);
    if (entry.t === "do") {
      const to = entry.to ? ` to ${entry.to.map(this.nameOf).join(", ") || "nobody else"}` : "";
      this.#line({ s, at, by, command: entry.c, kind: "do", passage: null }, call(entry.c, entry.a ?? []) + to);
      return false;
    }
    if (entry.t === "set") {
      const whose = entry.of === "room" ? "the room’s" : "its own";
      const done = Object.keys(entry.p).length > 0 ? `sets ${whose} state: ${brief(entry.p)}` : `leaves ${whose} state as it is`;
      this.#line({ s, at, by, command: "", kind: "set", passage: null }, done);
      return false;
    }
    if (entry.t === "desync") {
      const names = entry.who.map(this.nameOf).join(", ");
      this.#line({ s, at, by, command: "", kind: "presence", passage: null }, `the programs have come apart after № ${entry.after}: ${names}`);
      return false;
    }
    if (entry.t === "join") {
      this.#names.set(by, label(by, entry.name));
      this.residents.set(by, resident({ id: by, name: entry.name }));
    } else if (entry.t === "leave") {
      this.residents.delete(by);
    } else if (who) {
      who.here = entry.t === "back";
    }
    this.#line({ s, at, by, command: "", kind: "presence", passage: null }, PRESENCE[entry.t] + (entry.t === "leave" ? (WHY[entry.why ?? ""] ?? "") : ""));
    return true;
  }

  /**
   * Add the trace of a command.
   *
   * @param {Passage} passage
   * @returns {boolean} whether somebody turned out to be a starter client
   */
  follow(passage) {
    const { s, at, by } = passage;
    const line = this.#bySeq.get(s);
    if (line) {
      line.passage = passage;
      this.changed += 1;
    } else {
      this.#line({ s, at, by, command: passage.c, kind: "do", passage }, callOf(passage));
    }
    let found = false;
    for (const id of [...(passage.silent ?? []), ...(passage.starter ? [by] : [])]) {
      const one = this.residents.get(id);
      if (one && !one.starter) found = one.starter = true;
    }
    return found;
  }

  /** @param {Omit<Line, "what" | "find">} line @param {string} what */
  #line(line, what) {
    if (line.command) this.commands.set(line.command, (this.commands.get(line.command) ?? 0) + 1);
    this.#bySeq.set(line.s, this.#add(line, what));
  }

  /** @param {Omit<Line, "what" | "find">} line @param {string} what @returns {Line} */
  #add(line, what) {
    const whole = { ...line, what, find: `${line.s} ${this.nameOf(line.by)} ${what}`.toLowerCase() };
    this.lines.push(whole);
    if (this.lines.length > KEPT * 1.1) {
      for (const old of this.lines.splice(0, this.lines.length - KEPT)) {
        if (this.#bySeq.get(old.s) === old) this.#bySeq.delete(old.s);
      }
    }
    this.changed += 1;
    return whole;
  }
}

/** @type {Record<string, string>} */
const PRESENCE = { join: "comes in", leave: "leaves", away: "is away: the connection is lost", back: "is back" };
/** @type {Record<string, string>} */
const WHY = {
  timeout: ": it was away for too long",
  lost: ": its connection broke",
  kicked: ": sent out by whoever runs the server",
  "room-closed": ": the room was closed",
};

/** @param {import("../../js/messages.js").ObservedPlayer} one @returns {Resident} */
function resident({ id, name, here = true, starter = false }) {
  return { id, name: label(id, name), here, starter, colour: colourOf(id) };
}

/** A player’s name, with the id where that is not the name as one word. @param {string} id @param {string} name */
function label(id, name) {
  return id === name.split(/ +/).join("_") ? name : `${name} (${id})`;
}

/** @param {unknown} value */
function brief(value) {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
