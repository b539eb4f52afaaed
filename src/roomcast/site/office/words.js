// The texts of the page: the six steps, the parts of a message, durations.

/** @typedef {import("../../js/messages.js").Passage} Passage */

export const STEPS = [
  {
    title: "acted",
    sentence: "A program calls a function that is meant for everyone. The call is written on a letter.",
  },
  { title: "sent", sentence: "The letter leaves the house: the program writes it to the network, as a line of text." },
  {
    title: "received",
    sentence: "The post office reads it and stamps a number on it: its place in the one order for all.",
  },
  { title: "sent to all", sentence: "A copy goes out to every house, the sender’s too, with the same number." },
  { title: "received by each", sentence: "The copies arrive, sooner here and later there, but always in the order of their numbers." },
  { title: "done", sentence: "Every house now does what it says, and only now the sender’s, too. So all see the same." },
];

/** @type {Record<string, string>} */
const PARTS = {
  frame: "frame header: “a whole text message”, and how many bytes follow",
  t: "what kind of message: do is a command",
  n: "the sender’s own number for it, to know it again when it comes back",
  s: "its number: the place in the room’s order",
  by: "whose doing it is",
  at: "the server’s time, in milliseconds since 1970",
  c: "the command’s name",
  a: "its arguments",
  to: "who alone may read it",
  end: "the end of the line",
};

/** @param {string} name of a part of a message */
export function partWords(name) {
  return PARTS[name] ?? "a field that this server passes over";
}

const LONGEST = 60; // characters of a call's arguments

/**
 * A command as a call: `move(5, 0)`.
 *
 * @param {string} command
 * @param {unknown} args
 */
export function call(command, args) {
  const words = Array.isArray(args)
    ? args.map((one) => JSON.stringify(one))
    : Object.entries(args ?? {}).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const inside = words.join(", ");
  return `${command}(${inside.length > LONGEST ? `${inside.slice(0, LONGEST - 1)}…` : inside})`;
}

/** @param {Passage} passage */
export function callOf(passage) {
  try {
    return call(passage.c, JSON.parse(passage.went).a ?? []);
  } catch {
    return `${passage.c}(…)`; // the arguments were cut
  }
}

/**
 * An entry as a trace of which nothing is known but the entry itself.
 *
 * @param {import("../../js/messages.js").Do} entry
 * @param {string[]} to ids of the players to whom it went
 * @returns {Passage}
 */
export function untraced(entry, to) {
  const { s, by, at, c } = entry;
  return { t: "passage", s, by, at, c, came: "", size: 0, went: JSON.stringify(entry), length: 0, waited: 0, to };
}

/** @param {Passage} passage */
export function isTraced(passage) {
  return passage.size > 0;
}

/** @param {number} ms */
export function duration(ms) {
  if (ms < 0.001) return "1 µs";
  if (ms < 0.01) return `${Math.round(ms * 1000)} µs`;
  if (ms < 0.995) return `${ms.toFixed(2)} ms`;
  if (ms < 99.95) return `${ms.toFixed(1)} ms`;
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/**
 * What is known of each step of a letter, in a few words.
 *
 * @param {Passage} passage
 * @param {(id: string) => string} nameOf
 * @returns {string[]}
 */
export function facts(passage, nameOf) {
  const { by, to = [], silent = [], got = {}, ran = {} } = passage;
  const readers = to.length === 1 ? "1 house" : `${to.length} houses`;
  if (!isTraced(passage)) {
    const unknown = "not traced";
    const out = to.length ? `to ${readers}` : "nobody was there";
    return [`${nameOf(by)}: ${callOf(passage)}`, unknown, `№ ${passage.s}`, out, unknown, unknown];
  }
  const acted =
    passage.acted !== undefined
      ? `${duration(passage.acted)} later`
      : passage.starter
        ? "when, a starter client does not say"
        : "when, was not reported";
  return [
    `${nameOf(by)}: ${callOf(passage)}`,
    acted,
    `№ ${passage.s}, from ${bytes(passage.size)}`,
    to.length ? `${duration(passage.waited)} later, ${bytes(passage.length)} to ${readers}` : "nobody else is there",
    each(got, to, silent, nameOf),
    each(ran, to, silent, nameOf),
  ];
}

/** @param {Record<string, number>} times @param {string[]} to @param {string[]} silent @param {(id: string) => string} nameOf */
function each(times, to, silent, nameOf) {
  const known = Object.entries(times).sort(([, one], [, other]) => one - other);
  const parts = [];
  if (known.length > 3) {
    const [first, last] = [known[0], known[known.length - 1]];
    parts.push(`first ${nameOf(first[0])} +${duration(first[1])}, last ${nameOf(last[0])} +${duration(last[1])}`);
  } else if (known.length > 0) {
    parts.push(known.map(([id, time]) => `${nameOf(id)} +${duration(time)}`).join(", "));
  }
  if (silent.length) {
    parts.push(`${some(silent.map(nameOf), "starter client")} cannot say`);
  }
  const late = to.filter((id) => !(id in times) && !silent.includes(id));
  if (late.length) {
    parts.push(`${some(late.map(nameOf), "house")} did not report in time`);
  }
  return parts.join("; ") || "nobody else is there";
}

/** @param {string[]} names @param {string} what */
function some(names, what) {
  return names.length > 2 ? `${names.length} ${what}s` : names.join(" and ");
}

/** @param {number} number */
export function bytes(number) {
  return number === 1 ? "1 byte" : `${number.toLocaleString("en")} bytes`;
}

/**
 * How long all steps took, as far as measured: from the call until the last house was done.
 *
 * @param {Passage} passage
 */
export function wholeWay({ acted = 0, waited, got = {}, ran = {} }) {
  return acted + waited + Math.max(0, ...Object.keys(ran).map((id) => (got[id] ?? 0) + ran[id]));
}
