// A network that is bad on purpose, for this connection alone: the server is asked for it by the query of its address.

import { BadArgument } from "./errors.js";

const MAX_DELAY = 5; // seconds, as the server has it
const TIME = /^(\d+\.?\d*|\.\d+)\s*(ms|s)$/;
const CHANCE = /^(\d+\.?\d*|\.\d+)\s*%\s*\/\s*min$/;

/**
 * How late everything comes, each way, by how much that differs, and with which chance a connection is cut within a minute.
 * @typedef {{lag: string, jitter: string, drop: string}} BadNetwork
 */

/**
 * The query, with its "?"; "" where nothing is wanted.
 * @param {BadNetwork} wanted
 * @throws {BadArgument}
 */
export function queryOf({ lag, jitter, drop }) {
  const given = Object.entries({ lag: time("lag", lag), jitter: time("jitter", jitter), drop: chance(drop) });
  const query = String(new URLSearchParams(given.filter(([, text]) => text !== "")));
  return query && `?${query}`;
}

/** @param {string} name @param {string} written */
function time(name, written) {
  const text = String(written).trim();
  const found = TIME.exec(text);
  if (!found && text !== "" && text !== "0") {
    throw new BadArgument(`${name}: '${written}' is no time: write it like 80ms or 0.08s`, "setting");
  }
  if (found && Number(found[1]) / (found[2] === "ms" ? 1000 : 1) > MAX_DELAY) {
    throw new BadArgument(`${name}: '${written}' is more than ${MAX_DELAY}s, the most there is`, "setting");
  }
  return text;
}

/** @param {string} written */
function chance(written) {
  const text = String(written).trim();
  const found = CHANCE.exec(text);
  if (!found && text !== "" && text !== "0") {
    throw new BadArgument(`drop: '${written}' is no chance: write it like 1%/min`, "setting");
  }
  if (found && Number(found[1]) >= 100) {
    throw new BadArgument(`drop: '${written}' is too much: a chance of less than 100%, such as 50%/min`, "setting");
  }
  return text;
}
