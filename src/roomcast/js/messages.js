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
/** @typedef {{t: "report", every: number}} Report */

/** @typedef {{id: string, name: string, here?: boolean, starter?: boolean}} Resident */
/** @typedef {{t: "watching", room: string, s: number, time: number, players?: Resident[], admin?: boolean, missed?: number}} Watching */
/**
 * The six steps of one command; durations in milliseconds.
 *
 * @typedef {object} Passage
 * @property {"passage"} t
 * @property {number} s
 * @property {string} by
 * @property {number} at when the server had read it, Unix milliseconds
 * @property {string} c
 * @property {string} came the message as it came, or the first 4,096 bytes of it
 * @property {number} size its bytes, all of them
 * @property {string} went the entry as it went to everyone, cut likewise
 * @property {number} length its bytes, all of them
 * @property {number} waited from the reading until it was written to everyone
 * @property {boolean} [starter] it came as a line of the starter protocol
 * @property {[messages: number, bytes: number]} [frame] in which it went; not there where frames differed
 * @property {number} [acted] from the call to the sending, as the sender's program reports
 * @property {string[]} [to] ids of those to whom it went
 * @property {string[]} [silent] those among them who do not report (starter clients)
 * @property {string} [line] what these read
 * @property {{[id: string]: number}} [got] from the writing until the report, less `ran`
 * @property {{[id: string]: number}} [ran] from when its turn came until it was done
 */
/**
 * What there was since the last counts, shown or not.
 * @typedef {{t: "counts", s: number, at: number, over: number, do: number, set: number, bytes: number, unseen?: number, every?: number, observers?: number}} Counts
 */
/** @typedef {Welcome | Entry | Hidden | Skipped | Report | ErrorMessage | Bye | Pong} ServerMessage */
/** @typedef {Watching | Passage | Counts | Entry | Hidden | ErrorMessage | Bye | Pong} ObserverMessage what observers are sent */
