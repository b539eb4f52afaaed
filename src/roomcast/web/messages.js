// The messages of the wire protocol `roomcast.1`, as types; docs/protocol.md explains each by example.
//
// A message is the object that JSON makes of its line. Fields that may be left out on the wire are left out
// here, too: nothing is copied, and nothing is made for what is not there.

/** The WebSocket subprotocol that we offer (RFC 6455, section 1.9). */
export const SUBPROTOCOL = "roomcast.1";

/**
 * What JSON can carry.
 * @typedef {null | boolean | number | string | JsonArray | JsonObject} Json
 */
/** @typedef {Json[]} JsonArray */
/** @typedef {{[key: string]: Json}} JsonObject */

/**
 * In the log: a command. `a` are its arguments, by position or by name.
 * @typedef {{t: "do", s: number, by: string, at: number, c: string, a?: Json[] | JsonObject, n?: number, to?: string[]}} Do
 */
/**
 * In the log: a patch of shared state, of the player `by` ("me") or of the room ("room").
 * @typedef {{t: "set", s: number, by: string, at: number, of: string, p: JsonObject, whole?: boolean, n?: number}} Set
 */
/** @typedef {{t: "join", s: number, by: string, at: number, name: string, state?: JsonObject}} Join */
/** @typedef {{t: "leave", s: number, by: string, at: number, why?: string}} Leave */
/** @typedef {{t: "away", s: number, by: string, at: number}} Away */
/** @typedef {{t: "back", s: number, by: string, at: number}} Back */
/** @typedef {{t: "desync", s: number, by: string, at: number, after: number, who: string[]}} Desync */
/** @typedef {Do | Set | Join | Leave | Away | Back | Desync} Entry */

/** @typedef {{id: string, name: string, here?: boolean, state?: JsonObject}} PlayerRecord */
/** @typedef {{players?: PlayerRecord[], state?: JsonObject}} Snapshot */
/** @typedef {{message_size: number, rate: number, burst: number, silent_for: number}} Promised */

/**
 * @typedef {object} Welcome
 * @property {"welcome"} t
 * @property {string} me our player id
 * @property {string} session the secret to come back with
 * @property {number} s seq of the snapshot, or of the log's end on a resume
 * @property {number} time the server's, Unix milliseconds
 * @property {Promised} limits
 * @property {Snapshot} [snapshot]
 * @property {boolean} [resumed]
 * @property {number} [n] the highest number that the server has had from this session
 * @property {number} [epoch] how often the log was opened
 * @property {number} [lost] entries that we have seen and that a crash has undone
 * @property {boolean} [steps] please report with `done`
 * @property {string} [room] the room's name, where hello asked for it by its code
 * @property {string} [code] the letters that stand for the room on this server
 */
/** @typedef {{t: "hidden", s: number}} Hidden */
/** @typedef {{t: "skipped", from: number, to: number, snapshot: Snapshot, n?: number}} Skipped */
/** @typedef {{t: "error", code: string, message: string, n?: number}} ErrorMessage */
/** @typedef {{t: "bye", code: string, message: string, again?: number | null}} Bye */
/** @typedef {{t: "pong"}} Pong */
/** @typedef {Welcome | Entry | Hidden | Skipped | ErrorMessage | Bye | Pong} ServerMessage */
