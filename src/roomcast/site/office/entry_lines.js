// An entry of the log as a line of the list: who did what, in words.

import { call } from "./words.js";

/** @typedef {import("../../js/messages.js").Passage} Passage */
/** @typedef {import("../../js/messages.js").Entry} Entry */
/** @typedef {import("../../js/messages.js").Hidden} Hidden */

/**
 * A line of the list. `kind`: do, set, turn, presence or hidden; `find`: what filters look into.
 *
 * @typedef {{s: number, at: number, kind: string, by: string, command: string, what: string, find: string, passage: Passage | null}} Line
 */

/** @type {Record<string, string>} */
const PRESENCE = { join: "comes in", leave: "leaves", away: "is away: the connection is lost", back: "is back" };
/** @type {Record<string, string>} */
const WHY = {
  timeout: ": it was away for too long",
  lost: ": its connection broke",
  kicked: ": sent out by whoever runs the server",
  "room-closed": ": the room was closed",
};

/**
 * @param {Entry | Hidden} entry
 * @param {(id: string) => string} nameOf
 * @returns {Line}
 */
export function lineOf(entry, nameOf) {
  const by = entry.t === "hidden" ? "" : entry.by;
  const kind = entry.t === "do" || entry.t === "set" || entry.t === "turn" || entry.t === "hidden" ? entry.t : "presence";
  const command = entry.t === "do" ? entry.c : "";
  return line({ s: entry.s, at: entry.at || Date.now(), kind, by, command, passage: null }, whatOf(entry, nameOf), nameOf);
}

/** @param {Omit<Line, "what" | "find">} given @param {string} what @param {(id: string) => string} nameOf @returns {Line} */
export function line(given, what, nameOf) {
  return { ...given, what, find: `${given.s} ${nameOf(given.by)} ${what}`.toLowerCase() };
}

/** What an entry does, in words, without who does it. @param {Entry | Hidden} entry @param {(id: string) => string} nameOf */
function whatOf(entry, nameOf) {
  switch (entry.t) {
    case "hidden":
      return "a sealed letter: private";
    case "do":
      return call(entry.c, entry.a ?? []) + (entry.to ? ` to ${entry.to.map(nameOf).join(", ") || "nobody else"}` : "");
    case "set": {
      const whose = entry.of === "room" ? "the room’s" : "its own";
      return Object.keys(entry.p).length > 0 ? `sets ${whose} state: ${brief(entry.p)}` : `leaves ${whose} state as it is`;
    }
    case "turn":
      return `the rules: ${did(entry.x, nameOf) || "something that is not for everyone"}`;
    case "desync":
      return `the programs have come apart after № ${entry.after}: ${entry.who.map(nameOf).join(", ")}`;
    default: {
      const why = entry.t === "leave" ? (WHY[entry.why ?? ""] ?? "") : "";
      const rules = did(entry.x, nameOf);
      return PRESENCE[entry.t] + why + (rules && `; the rules: ${rules}`);
    }
  }
}

/**
 * What rules did, as everyone sees it; "" where they did nothing.
 * @param {import("../../js/messages.js").Effects | undefined} effects
 * @param {(id: string) => string} nameOf
 */
function did({ k = [], p = {}, m = {}, e = [] } = {}, nameOf) {
  const owners = [...(Object.keys(p).length > 0 ? [`the room’s state changes: ${brief(p)}`] : []),
    ...Object.entries(m).map(([id, patch]) => `${nameOf(id)}’s state changes: ${brief(patch)}`)];
  const events = e.map(([command, args, by]) => call(command, args ?? []) + (by ? ` by ${nameOf(by)}` : ""));
  return [...k.map(([id]) => `${nameOf(id)} is sent out`), ...owners, ...events].join("; ");
}

/** @param {unknown} value */
function brief(value) {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
