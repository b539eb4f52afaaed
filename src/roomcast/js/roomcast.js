// Roomcast in browsers and in Node: everyone in a room executes the same commands in the same order.
//
//     import { join } from "/roomcast.js";
//
//     const room = await join("dots", { name: "red" });
//     const move = room.everywhere(function move(player, dx, dy) {
//       console.log(player.name, "moves by", dx, dy);
//     });
//     move(5, 0);
//
// General layout; each file imports only files below it. Where Python's client has a file with the same purpose, the names
// are the same.
//
//     roomcast.js                                        join
//     client_room.js                                     the room as a program sees it
//     inbox.js                                           runs entries: changes the state, queues calls of functions
//     handlers.js      run_queue.js     players.js       registered functions; when they run; players
//     page_session.js  link.js          shared.js        the session, kept through a reload; the connection; shared state
//     client_core.js                                     the client's half of the protocol, without I/O
//     session.js       backoff.js       settlement.js    resuming; when to try again; what was never acknowledged
//     send_queue.js                                      all that is to be sent: numbered, checked, packed into frames
//     parcel_queue.js  incoming_parcels.js               calls with bytes: those that are sent; those that arrive
//     outgoing_parcel.js                                 … cuts one into pieces
//     parcels.js                                         … what both have in common
//     outbox.js        reports.js       digest.js        unacknowledged messages; reports to the server; hashes of a state
//     json_arguments.js                 where.js         arguments as JSON; addresses
//     blobs.js         fold.js          names.js         bytes among arguments; entries applied to a state; allowed names
//     codec.js         base64.js                         frames of messages; bytes as text
//     messages.js      client_events.js errors.js        types of messages and of events; all errors

import { BadArgument } from "./errors.js";
import { PageSession } from "./page_session.js";
import { cleanName } from "./names.js";
import { Room } from "./client_room.js";
import { BATCHES } from "./run_queue.js";
import { find } from "./where.js";

export { BadArgument, CannotConnect, ProtocolError, Refused, RoomClosed, RoomcastError, TooFast } from "./errors.js";
export { Player, Players } from "./players.js";
export { Room } from "./client_room.js";
export { Shared } from "./shared.js";

/**
 * @typedef {object} Options
 * @property {string} [name] what others see; several players may have the same name. Default: "player"
 * @property {number} [timeout] ms to wait for the server. Default: 10,000
 * @property {import("./run_queue.js").Batch} [batch] when entries are run: as they arrive (the default), before the
 *   page's next frame is painted, or when the program calls `room.pump()`
 * @property {import("./page_session.js").Storage} [keep] where to keep the session through a reload of the page, so that
 *   it comes back as the same player: `sessionStorage`
 * @property {any} [WebSocket] the class to connect with, where there is no global one: in Node before 22,
 *   that of the package `ws`
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
  const { name = "", timeout = 10_000, batch = "arrival", keep = null } = options;
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
  const called = name === "" ? "" : cleanName(name, "a player's name");
  const pageSession = new PageSession(keep, place.url, place.room, called);
  const room = new Room(place, called, { batch, pageSession, Socket });
  await room.enter(timeout);
  return room;
}

/** @param {string} name @returns {string} */
function environment(name) {
  return /** @type {any} */ (globalThis).process?.env?.[name] ?? "";
}
