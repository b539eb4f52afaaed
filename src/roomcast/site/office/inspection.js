// Shows one letter in detail: its exact bytes, what each of them means, and when it reached each house.

import { byId, element } from "../pages/elements.js";
import { frameHeader, hexRows, partsOfJson, partsOfLine } from "./message_bytes.js";
import { bytes, callOf, duration, partWords } from "./words.js";

const NARROW = matchMedia("(max-width: 40rem)"); // a phone: half as many bytes per row

/** @typedef {import("../../js/messages.js").Passage} Passage */
/** @typedef {import("./message_bytes.js").Part} Part */

/** Show a letter. @param {Passage} passage @param {(id: string) => string} nameOf */
export function inspect(passage, nameOf) {
  byId("letter-title").textContent = `Letter № ${passage.s} of ${nameOf(passage.by)}: ${callOf(passage)}`;
  const tables = [cameIn(passage), wentOut(passage)];
  if (passage.line) tables.push(toStarters(passage, nameOf));
  byId("letter-inside").replaceChildren(...tables, houses(passage, nameOf));
  byId("letter").hidden = false;
}

/** @type {Record<string, string>} */
const UNTRACED = {
  do: "How it went its way is not known: its houses have not reported yet, or it was not followed, because there were too many, nobody watched, or it is a recording that runs.",
  set: "Shared state goes the same way as a letter, but only letters are followed.",
  turn: "This is no letter: the rules of this room decided it, in the post office. What was asked of them is told to nobody.",
  presence: "This is no letter: the post office itself wrote it down.",
  hidden: "It is private: only the players that it is for, and whoever has the token, can open it.",
};

/**
 * Show an entry of which there is no trace: what is known of it.
 *
 * @param {import("./entry_lines.js").Line} line
 * @param {(id: string) => string} nameOf
 */
export function inspectLine(line, nameOf) {
  const who = line.by ? nameOf(line.by) : "";
  byId("letter-title").textContent =
    line.kind === "do" ? `Letter № ${line.s} of ${who}: ${line.what}` : `№ ${line.s}: ${who} ${line.what}`;
  const facts = [
    ["Number", `№ ${line.s} in the room’s order`],
    ["When", new Date(line.at).toLocaleTimeString("en-GB")],
    ...(who ? [["Who", who]] : []),
    ["What", line.what],
  ];
  const rows = facts.map(([name, fact]) =>
    element("tr", {}, element("th", { scope: "row" }, name), element("td", { class: "wrap" }, fact)),
  );
  byId("letter-inside").replaceChildren(
    element(
      "section",
      { class: "bytes" },
      element("p", { class: "small" }, UNTRACED[line.kind] ?? ""),
      element("div", { class: "times", tabindex: "0", role: "group", "aria-label": "What is known" }, element("table", {}, element("tbody", {}, ...rows))),
    ),
  );
  byId("letter").hidden = false;
}

/** @param {Passage} passage */
function cameIn(passage) {
  const { came, size } = passage;
  const parts = passage.starter ? partsOfLine(came, ["c"]) : partsOfJson(came);
  const around = passage.starter
    ? "A starter client sends a line of words. Its end, one more byte (0a), says that the line is complete."
    : "In front of it came a frame header: what follows, how long it is, and a mask, four random bytes that browsers and " +
      "clients mix into what they send. The server takes both off before it reads this.";
  return table("As it came", `${bytes(size)} from the sender. ${around}`, parts, cut(came, size));
}

/** @param {Passage} passage */
function wentOut({ went, length, frame, to = [], silent = [] }) {
  const parts = partsOfJson(went);
  const houses = to.length - silent.length;
  const where = houses === 1 ? "1 house" : `${houses} houses`;
  if (!frame) {
    const words = `${bytes(length)} to ${where}. Private letters went with it to some, so that each house’s frame was its own.`;
    return table("As it went out", words, parts, cut(went, length));
  }
  const [messages, size] = frame;
  const header = frameHeader(size);
  const shared =
    messages > 1
      ? ` It shared its frame, ${bytes(size)} in all, with ${messages - 1 === 1 ? "another letter" : `${messages - 1} others`}: ` +
        "what happens within four milliseconds goes out at once."
      : "";
  const words = `${bytes(length)} to ${where}, and ${bytes(header.bytes.length)} of frame header before them.${shared}`;
  return table("As it went out", words, [header, ...parts], cut(went, length));
}

/** @param {Passage} passage @param {(id: string) => string} nameOf */
function toStarters({ line = "", silent = [] }, nameOf) {
  const words = `${bytes(new TextEncoder().encode(line).length)} to ${silent.map(nameOf).join(", ")}, in plain words.`;
  return table("As starter clients read it", words, partsOfLine(line, ["c", "by"]), "");
}

/** @param {string} text @param {number} size */
function cut(text, size) {
  const here = new TextEncoder().encode(text).length;
  return here < size ? `Here are the first ${bytes(here)} of it.` : "";
}

/** @param {string} title @param {string} words @param {Part[]} parts @param {string} note */
function table(title, words, parts, note) {
  const text = element(
    "code",
    { class: "text", "aria-label": `${title}, as text`, tabindex: "0", role: "group" },
    ...parts.filter((part) => part.name !== "frame").map(({ name, text: shown }) => marked("span", name, shown.replace("\n", "⏎"))),
  );
  const rows = hexRows(parts, NARROW.matches ? 8 : 16).map(({ at, cells }) =>
    element(
      "span",
      { class: "hex-row" },
      element("span", { class: "at" }, at.toString(16).padStart(4, "0")),
      element("span", { class: "digits" }, ...cells.map(({ hex, name }) => marked("i", name, hex))),
      element("span", { class: "signs" }, ...cells.map(({ sign, name }) => marked("i", name, sign))),
    ),
  );
  const names = [...new Set(parts.map(({ name }) => name))].filter((name) => name);
  const legend = names.map((name) =>
    element("li", {}, marked("b", name, name === "frame" ? "header" : name === "end" ? "⏎" : name), ` ${partWords(name)}`),
  );
  return element(
    "section",
    { class: "bytes" },
    element("h3", {}, title),
    element("p", { class: "small" }, words, note ? ` ${note}` : ""),
    text,
    element("code", { class: "hex", "aria-label": `${title}, in hexadecimal digits`, tabindex: "0", role: "group" }, ...rows),
    element("ul", { class: "legend small" }, ...legend),
  );
}

/** @param {string} tag @param {string} name @param {string} text */
function marked(tag, name, text) {
  return element(tag, { class: name ? `part part-${KNOWN.has(name) ? name : "other"}` : "part" }, text);
}

const KNOWN = new Set(["frame", "t", "n", "s", "by", "at", "c", "a", "to", "end"]);

/** @param {Passage} passage @param {(id: string) => string} nameOf */
function houses({ to = [], silent = [], got = {}, ran = {} }, nameOf) {
  const order = [...to].sort((one, other) => (got[one] ?? Infinity) - (got[other] ?? Infinity));
  const rows = order.map((id) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, nameOf(id)),
      ...(id in ran
        ? [element("td", {}, `+${duration(got[id] ?? 0)}`), element("td", {}, `+${duration(ran[id])}`)]
        : [element("td", { colspan: "2" }, silent.includes(id) ? "a starter client cannot say" : "did not report in time")]),
    ),
  );
  const head = ["House", "received after", "done after"].map((word) => element("th", { scope: "col" }, word));
  return element(
    "section",
    { class: "bytes" },
    element("h3", {}, "At each house"),
    element("p", { class: "small" }, "Counted from when it was sent to all; the way of the report back is in it."),
    element(
      "div",
      { class: "times", tabindex: "0", role: "group", "aria-label": "Times at each house" },
      element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows)),
    ),
  );
}
