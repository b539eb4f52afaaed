// Finding a room to play in: which room a hello asks for, and the list of those that are open.

import { BadArgument, CannotConnect } from "./errors.js";
import { objectToJson } from "./json_arguments.js";

const MOST_BYTES = 1024; // of options
const WITHIN = 10_000; // ms for the list

/**
 * What a hello says of the room that somebody looks for: with a `how`, the hello's `room` is a kind.
 * @typedef {object} Meet
 * @property {"any" | "new"} [how]
 * @property {object} [options]
 * @property {boolean} [private]
 * @property {string} [password]
 * @property {boolean} [spectate]
 * @property {number} [party] how many they are who want to be in one room
 * @property {string} [ticket] of a party
 * @property {string} [kind] of which the room is, where the hello's `room` is one to come back to
 */

/**
 * An open room, as its server lists it. `seats`: how many are free; `options`: with which it was made; `listing`: what its rules have it
 * say of itself; `password`: it has one; `where`: what `join` takes.
 * @typedef {object} OpenRoom
 * @property {string} name
 * @property {string} code
 * @property {string} kind
 * @property {{id: string, name: string, here: boolean}[]} players
 * @property {number} seats
 * @property {boolean} locked
 * @property {boolean} password
 * @property {{[name: string]: any}} options
 * @property {{[name: string]: any}} listing
 * @property {string} where
 */

/**
 * @param {"any" | "new" | ""} how
 * @param {unknown} options
 * @param {{isPrivate?: unknown, password?: unknown, spectate?: unknown, party?: unknown}} [door] `party`: how many they are, or their ticket
 * @returns {Meet}
 * @throws {BadArgument}
 */
export function meetOf(how, options, { isPrivate, password, spectate, party } = {}) {
  if (isPrivate !== undefined && typeof isPrivate !== "boolean") {
    throw new BadArgument(`private: ${String(isPrivate)}: true or false`, "setting");
  }
  if (password !== undefined && typeof password !== "string") {
    throw new BadArgument(`password is text, not ${typeof password}`, "setting");
  }
  if (spectate !== undefined && typeof spectate !== "boolean") {
    throw new BadArgument(`spectate: ${String(spectate)}: true or false`, "setting");
  }
  const { many, ticket } = ofParty(how, party);
  const text = optionsText(options);
  const given = text === "{}" ? undefined : JSON.parse(text);
  return {
    how: how || undefined,
    options: given,
    private: isPrivate || undefined,
    password: password || undefined,
    spectate: spectate || undefined,
    party: many,
    ticket,
  };
}

/**
 * @param {string} how @param {unknown} party
 * @returns {{many?: number, ticket?: string}}
 */
function ofParty(how, party) {
  if (party === undefined) {
    return {};
  }
  if (!how) {
    if (typeof party !== "string") {
      const why = "seats for a party are reserved by joinOrCreate and create; join takes its ticket";
      throw new BadArgument(`party: ${String(party)}: ${why}`, "setting");
    }
    return { ticket: party || undefined };
  }
  if (typeof party === "string") {
    const why = "that is how many you are; who has a ticket joins by it: join(room.code, { party: ticket })";
    throw new BadArgument(`party: '${party}': ${why}`, "setting");
  }
  if (!Number.isSafeInteger(party) || Number(party) < 1) {
    throw new BadArgument(`party: ${String(party)}: a whole number, at least 1`, "setting");
  }
  return { many: Number(party) > 1 ? Number(party) : undefined };
}

/**
 * The public rooms of a kind in which somebody is, with these options.
 * @param {import("./where.js").Where} place its `room` is the kind
 * @param {unknown} options
 * @returns {Promise<OpenRoom[]>}
 */
export async function listed(place, options) {
  const server = place.url.replace(/^ws/, "http");
  const address = new URL("/rooms.json", server);
  address.searchParams.set("kind", place.room);
  address.searchParams.set("options", optionsText(options));
  let answer;
  try {
    answer = await fetch(address, { signal: AbortSignal.timeout(WITHIN) });
  } catch (error) {
    throw new CannotConnect(`cannot ask ${place.server} for its rooms: ${String(error)}`, null, "no-server");
  }
  if (!answer.ok) {
    throw new CannotConnect(`${place.server} does not list its rooms: it answers ${answer.status}`, null, "not-roomcast");
  }
  const { rooms } = /** @type {{rooms: any[]}} */ (await answer.json());
  return rooms.map((one) => ({
    locked: false,
    password: false,
    options: {},
    listing: {},
    ...one,
    kind: place.room,
    where: new URL(`/${encodeURIComponent(one.name)}`, place.url).href,
  }));
}

/** @param {unknown} options @returns {string} */
function optionsText(options) {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new BadArgument('options are an object: joinOrCreate("duel", { mode: "fun" })', "setting");
  }
  const text = objectToJson("a room's options", options);
  if (new TextEncoder().encode(text).length > MOST_BYTES) {
    throw new BadArgument(`a room's options take ${text.length} bytes as text, and may take ${MOST_BYTES}: send the rest as a command`, "too-big");
  }
  return text;
}
