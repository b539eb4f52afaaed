// A command as a program writes it in `send` and `everywhere`: its name, or an object with more.

import { BadArgument } from "./errors.js";

/** @typedef {import("./players.js").Player} Player */
/** @typedef {Player | string | Iterable<Player | string>} Audience */
/**
 * @typedef {object} Command
 * @property {string} name
 * @property {Audience} [to] absent: everyone
 * @property {boolean} [latest] whether it is dropped when a newer one waits
 * @property {number} [ttl] seconds after which it is dropped
 */

/**
 * What `send` and `everywhere` take as a command: its name, or an object with more.
 * @param {string | Command | undefined} what
 * @returns {{name: string | undefined, to?: Audience, outdating: import("./send_queue.js").Outdating | null}}
 * @throws {BadArgument}
 */
export function parsed(what) {
  if (typeof what !== "object" || what === null) {
    return { name: what, outdating: null };
  }
  const { name, to, latest = false, ttl = Infinity, ...more } = what;
  if (("to" in what && to === undefined) || Object.keys(more).length > 0) {
    // A slip here would show everyone what is for one alone.
    throw new BadArgument("`to` is undefined, or misspelt: is that player here? Write send({ name: \"whisper\", to: player }, …)", "to");
  }
  if (typeof latest !== "boolean") {
    throw new BadArgument(`latest: ${String(latest)}: it is true or false`, "outdated");
  }
  if (!(typeof ttl === "number" && ttl > 0)) {
    throw new BadArgument(`ttl: ${String(ttl)}: it is how many seconds a message may wait to be sent, as in ttl: 0.5`, "outdated");
  }
  return { name, to, outdating: latest || ttl < Infinity ? { latest, ttl: ttl * 1000 } : null };
}
