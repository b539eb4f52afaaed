// Roomcast in browsers and in Node: everyone in a room executes the same commands in the same order.
//
//     import { join } from "/roomcast.js";
//
//     const room = await join("dots", { name: "red" });
//     const move = room.everywhere("move", (player, dx, dy) => {
//       console.log(player.name, "moves by", dx, dy);
//     });
//     move(5, 0);
//
// General layout; each file imports only files below it. Where Python's client has a file with the same purpose, the names
// are the same.
//
//     roomcast.js                                        join, and looking for a room
//     client_room.js                                     the room as a program sees it
//     moving_room.js   entrance.js                       … moves that are quick and smooth; waiting to be let in
//     room_view.js     asking.js        smooth.js        … how it stands; what is asked of its rules; where to draw players
//     timed_room.js                                      … and its time
//     inbox.js                                           runs entries: changes the state, queues calls of functions
//     timer_runner.js  world_exchange.js                 … timers between them; the world, asked for, loaded and saved
//     turn_running.js                                    … what rules did, as calls of functions
//     prediction.js                                      our own state, ahead of the server
//     replica.js       state_checks.js                   … the room as of the last one; hashes of the program's state
//     world.js                                           the program's own state, for those who come later
//     room_timers.js                                     timers as a program sets them
//     timer_handles.js                                   … as it finds them again
//     timer_arguments.js                                 … what their functions get
//     handlers.js      run_queue.js     players.js       registered functions; when they run; players
//     dice.js          motion.js                         random numbers that are the same for everyone; between two reports
//     running.js                                         which call of one runs now, and at which place of the order
//     page_session.js  link.js          shared.js        the session, kept through a reload; the connection; shared state
//     handover.js      session_claim.js read_only.js     … from one room of a page to the next; … by one tab; what was read
//     sender.js                                          what the program sends, encoded at the call
//     client_core.js                                     the client's half of the protocol, without I/O
//     sending_core.js                                    … and of it what the program uses
//     log_follower.js  time_link.js                      which entries have come; what the server tells of the room's time
//     session.js       reconnection.js  settlement.js    resuming; whether to try again; what was never acknowledged
//     backoff.js       server_messages.js                … when; what a server may say
//     send_queue.js                                      all that is to be sent: numbered, checked, packed into frames
//     parcel_queue.js  incoming_parcels.js               calls with bytes: those that are sent; those that arrive
//     outgoing_parcel.js                round_trips.js   … cuts one into pieces; pings, and how long the answers take
//     world_upload.js  wakes.js         room_clock.js    a world on its way out; asks for the time; the room's time now
//     timers.js        pending_answer.js                 which timer runs when; an answer that a program waits for
//     parcels.js                                         … what both have in common
//     prng.js                                            random numbers that follow from a key
//     outbox.js        reports.js       digest.js        unacknowledged messages; reports to the server; hashes of a state
//     room_search.js                                     which room is looked for; the list of those that are open
//     json_arguments.js command.js      where.js         arguments as JSON; names of commands, and more; addresses
//     bad_network.js                                     a network that is bad on purpose
//     blobs.js         fold.js          names.js         bytes among arguments; entries applied to a state; allowed names
//     shared_map.js                                      the shared state of one owner, in which a patch costs what it changes
//     tree_patch.js                                      … patches that a turn of rules makes
//     codec.js         base64.js        nearest.js       frames of messages; bytes as text; slips in names
//     messages.js      client_events.js errors.js        types of messages and of events; all errors
//     shape.js         help_topics.js                    how deep a message is, how much it holds; where errors lead

import { queryOf } from "./bad_network.js";
import { BadArgument } from "./errors.js";
import { withLink } from "./help_topics.js";
import { PageSession } from "./page_session.js";
import { listed, meetOf } from "./room_search.js";
import { cleanName } from "./names.js";
import { nearest } from "./nearest.js";
import { Room } from "./client_room.js";
import { BATCHES } from "./run_queue.js";
import { find } from "./where.js";

export { BadArgument, CannotConnect, ProtocolError, Refused, RoomBusy, RoomClosed, RoomcastError, TooFast } from "./errors.js";
export { Player, Players } from "./players.js";
export { RoomRandom } from "./dice.js";
export { Room } from "./client_room.js";
export { Timer, WaitingTimers } from "./timer_handles.js";
export { Shared } from "./shared.js";

const OPTIONS = ["name", "timeout", "batch", "keep", "replay", "password", "credential", "spectate", "party", "lag", "jitter", "drop", "WebSocket"];
const OF_MEETING = OPTIONS.filter((one) => !["replay", "password", "spectate"].includes(one)); // those are for a room by its name

/**
 * @typedef {object} Options
 * @property {string} [name] what others see; several players may have the same name. Default: "player"
 * @property {number} [timeout] ms to wait for the server. Default: 10,000
 * @property {import("./run_queue.js").Batch} [batch] when entries are run: as they arrive (the default), before the
 *   page's next frame is painted, or when the program calls `room.pump()`
 * @property {import("./page_session.js").Storage | boolean} [keep] where to keep the session through a reload of the page, so
 *   that it comes back as the same player: `sessionStorage`; or true, which means the same and does no harm in a frame where
 *   the browser allows no storage
 * @property {boolean} [replay] whether what happened in the room before is run, as far as the room still keeps it, from
 *   its beginning
 * @property {string} [password] of a room that has one; a room with rules that this call makes gets it
 * @property {string} [party] the ticket (`room.partyTicket`) of a friend who has reserved a seat
 * @property {string} [credential] by which a room with rules knows who you are (their `on_auth`): a password, or a token of another
 *   service; it is sent to the server alone, and kept nowhere
 * @property {boolean} [spectate] look on, without a seat and without acting
 * @property {string} [lag] to try a game on a bad network: everything comes so late, each way; "80ms" or "0.08s"
 * @property {string} [jitter] by how much that differs, at random: "20ms"
 * @property {string} [drop] with which chance the connection is cut within a minute, and comes back: "1%/min"
 * @property {any} [WebSocket] the class to connect with, where there is no global one: in Node before 22,
 *   that of the package `ws`
 */

/**
 * Of `Options`, what makes sense for a room that is looked for; `party`: how many you are who want to play together. Seats are reserved
 * for the others, for half a minute: who has `room.partyTicket` takes one, by `join(room.code, { party: ticket })`.
 * @typedef {Omit<Options, "replay" | "password" | "spectate" | "party"> & {party?: number}} Settings
 */

/**
 * Join a room. Resolves when the server has let us in.
 *
 * Register your functions in the same turn, without another `await` before: what arrives is run from then on.
 *
 * @param {string} where a room's name (on the server that this page came from), `host:port/room`, or a ws:// address
 * @param {Options} [options]
 * @returns {Promise<Room>}
 * @throws {import("./errors.js").CannotConnect} that says why, and {BadArgument}
 */
export async function join(where, options = {}) {
  const door = { password: options?.password, spectate: options?.spectate, party: options?.party };
  const meet = Object.values(door).every((one) => one === undefined) ? null : meetOf("", {}, door);
  return enter(where, options, meet, OPTIONS);
}

/**
 * Join a room of a kind that has a free seat and these options; where there is none, a new one is made.
 *
 *     const room = await joinOrCreate("duel", { mode: "ranked" }, { name: "red" });
 *
 * Nobody is brought into a private or locked room, nor into one whose name somebody has chosen.
 *
 * @param {string} where the kind, written as `join` takes a room
 * @param {{[name: string]: unknown}} [options] for the room's rules
 * @param {Settings} [settings] as `join` takes them
 * @returns {Promise<Room>}
 * @throws {import("./errors.js").CannotConnect} that says why, and {BadArgument}
 */
export async function joinOrCreate(where, options = {}, settings = {}) {
  return enter(where, settings, meetOf("any", options, { party: settings?.party }), OF_MEETING);
}

/**
 * Make a new room of a kind, with these options, and join it; `room.code` is what friends type.
 *
 *     const room = await create("duel", { mode: "fun" }, { name: "red", private: true });
 *
 * @param {string} where the kind, written as `join` takes a room
 * @param {{[name: string]: unknown}} [options] for the room's rules
 * @param {Settings & {private?: boolean, password?: string}} [settings] as `join` takes them; `private`: it is in no list, and nobody is
 *   brought into it; `password`: others come in by it alone
 * @returns {Promise<Room>}
 * @throws {import("./errors.js").CannotConnect} that says why, and {BadArgument}
 */
export async function create(where, options = {}, settings = {}) {
  const door = { isPrivate: settings?.private, password: settings?.password, party: settings?.party };
  return enter(where, settings, meetOf("new", options, door), [...OF_MEETING, "private", "password"]);
}

/**
 * The public rooms of a kind in which somebody is, with these options: at most 200, those with the most players.
 *
 * @param {string} where the kind, written as `join` takes a room
 * @param {{[name: string]: unknown}} [options]
 * @returns {Promise<import("./room_search.js").OpenRoom[]>}
 * @throws {import("./errors.js").CannotConnect} and {BadArgument}
 */
export async function findRooms(where, options = {}) {
  return listed(find(where, globalThis.location, environment("ROOMCAST_SERVER")), options);
}

/** @param {string} where @param {Omit<Options, "party">} options @param {import("./room_search.js").Meet | null} meet @param {string[]} known */
async function enter(where, options, meet, known) {
  checkOptions(where, options, known);
  const { name = "", timeout = 10_000, batch = "arrival" } = options;
  if (!BATCHES.includes(batch)) {
    throw new BadArgument(`batch: '${batch}': choose one of ${BATCHES.join(", ")}`);
  }
  const Socket = options.WebSocket ?? globalThis.WebSocket;
  if (!Socket) {
    throw new BadArgument(
      "there is no WebSocket here: npm install ws, then join(…, {WebSocket}) with: import WebSocket from \"ws\"",
    );
  }
  const place = find(where, globalThis.location, environment("ROOMCAST_SERVER"));
  const network = queryOf({
    lag: options.lag ?? environment("ROOMCAST_LAG"),
    jitter: options.jitter ?? environment("ROOMCAST_JITTER"),
    drop: options.drop ?? environment("ROOMCAST_DROP"),
  });
  const called = name === "" ? "" : cleanName(name, "a player's name");
  const credential = options.credential ?? undefined;
  const pageSession = new PageSession(storageOf(options.keep), place.url, place.room, called);
  const kept = await pageSession.take();
  const room = new Room({ ...place, url: place.url + network }, called, { batch, pageSession, kept, replay: options.replay ?? false, meet, credential, Socket });
  await room.enter(timeout);
  return room;
}

/** @param {unknown} where @param {any} options @param {string[]} known @throws {BadArgument} */
function checkOptions(where, options, known) {
  if (typeof where !== "string") {
    throw new BadArgument(`where to is text, such as "dots", not ${where === null ? "null" : typeof where}`, "address");
  }
  if (typeof options !== "object" || options === null) {
    throw new BadArgument('options are an object: join("dots", { name: "red" })');
  }
  const { timeout, replay, credential, WebSocket } = options;
  if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0)) {
    throw new BadArgument(`timeout: ${String(timeout)}: milliseconds, more than 0`);
  }
  if (replay !== undefined && typeof replay !== "boolean") {
    throw new BadArgument(`replay: ${String(replay)}: true or false`, "setting");
  }
  if (credential !== undefined && credential !== null && typeof credential !== "string") {
    throw new BadArgument(`credential is text, not ${typeof credential}`, "setting");
  }
  if (WebSocket !== undefined && typeof WebSocket !== "function") {
    throw new BadArgument('WebSocket is the class to connect with, such as that of the package ws');
  }
  for (const name of Object.keys(options).filter((one) => !known.includes(one))) {
    const meant = nearest(name, known);
    console.warn(withLink(`roomcast: join has no option '${name}'${meant && `: '${meant}'?`}`, "setting"));
  }
}

/** @param {unknown} keep @returns {import("./page_session.js").Storage | null} */
function storageOf(keep) {
  if (keep === true) {
    try {
      return globalThis.sessionStorage ?? null;
    } catch {
      return null; // forbidden here: a reload joins as a new player
    }
  }
  if (keep && !["getItem", "setItem", "removeItem"].every((name) => typeof (/** @type {any} */ (keep)[name]) === "function")) {
    throw new BadArgument("keep: true, or sessionStorage, or an object with its getItem, setItem and removeItem", "keep");
  }
  return /** @type {import("./page_session.js").Storage | null} */ (keep || null);
}

/** @param {string} name @returns {string} */
function environment(name) {
  return /** @type {any} */ (globalThis).process?.env?.[name] ?? "";
}
