// The messages of the wire protocol `roomcast.1`, as types; docs/protocol.md explains each by example.
//
// A message is the object that JSON.parse makes of its line, so fields that are optional on the wire are optional here.

/** The WebSocket subprotocol that we offer (RFC 6455, section 1.9). */
export const SUBPROTOCOL = "roomcast.1";

/** The versions of the protocol that we speak; rooms with rules are in the second. */
export const VERSIONS = [1, 2];

/**
 * A JSON value.
 * @typedef {null | boolean | number | string | JsonArray | JsonObject} Json
 */
/** @typedef {Json[]} JsonArray */
/** @typedef {{[key: string]: Json}} JsonObject */

/**
 * What may be set, for compilers: T, or never where a part of it is no JSON.
 * @template T
 * @typedef {T extends null | boolean | number | string
 *   ? T
 *   : T extends undefined | bigint | symbol | Function | Date | ReadonlyMap<any, any> | ReadonlySet<any> | Promise<any> | ArrayBuffer | ArrayBufferView
 *     ? never
 *     : { [K in keyof T]: Sendable<T[K]> }} Sendable
 */

/**
 * In the log: a command. `a` are its arguments, by position or by name.
 * @typedef {{t: "do", s: number, by: string, at: number, c: string, a?: Json[] | JsonObject, n?: number, to?: string[]}} Do
 */
/**
 * In the log: a patch of shared state, of the player `by` ("me") or of the room ("room").
 * @typedef {{t: "set", s: number, by: string, at: number, of: string, p: JsonObject, whole?: boolean, n?: number}} Set
 */
/**
 * What the rules of a room did: `k`, players whom they sent out, and why; tree patches (tree_patch.js) of the room's state (`p`) and of
 * players' states by their ids (`m`); then `e`, events, which are run as commands are: name, arguments, and the id of the player who is
 * said to have called ("": the room).
 * @typedef {{k?: [id: string, why: string][], p?: JsonObject, m?: {[id: string]: JsonObject}, e?: [c: string, a?: Json[] | JsonObject, by?: string][]}} Effects
 */
/** @typedef {{t: "join", s: number, by: string, at: number, name: string, state?: JsonObject, seed?: string, x?: Effects}} Join */
/** @typedef {{t: "leave", s: number, by: string, at: number, why?: string, x?: Effects}} Leave */
/** @typedef {{t: "away", s: number, by: string, at: number, x?: Effects}} Away */
/** @typedef {{t: "back", s: number, by: string, at: number, x?: Effects}} Back */
/** @typedef {{t: "desync", s: number, by: string, at: number, after: number, who: string[]}} Desync */
/**
 * In the log: what the rules did at one place of the order. `ok`: the numbers of our own commands that are in it; `re`: the answers
 * to those that asked.
 * @typedef {{t: "turn", s: number, by: string, at: number, x?: Effects, ok?: number[], re?: {n: number, r?: Json}[]}} Turn
 */
/** @typedef {Do | Set | Join | Leave | Away | Back | Desync | Turn} Entry */

/** @typedef {{id: string, name: string, here?: boolean, state?: JsonObject}} PlayerRecord */
/** @typedef {{players?: PlayerRecord[], state?: JsonObject, at?: number, seed?: string}} Snapshot */
/** @typedef {{message_size: number, rate: number, burst: number, silent_for: number, json_depth?: number, json_values?: number}} ClientLimits */

/**
 * @typedef {object} Welcome
 * @property {"welcome"} t
 * @property {string} me our player id
 * @property {string} session the secret to come back with
 * @property {number} s seq of the snapshot, or of the log's end on a resume
 * @property {number} time the room's, Unix milliseconds
 * @property {ClientLimits} limits
 * @property {Snapshot} [snapshot]
 * @property {boolean} [resumed]
 * @property {number} [n] the highest number that the server has had from this session
 * @property {number} [epoch] how many times the room's log was opened
 * @property {number} [lost] how many entries that we have seen were undone by a crash
 * @property {boolean} [steps] the server asks for `done` reports
 * @property {string} [room] the room's name, where hello gave its code
 * @property {string} [code] the room's code on this server
 * @property {number} [upto] seq of the log's end, where the snapshot is older
 * @property {number} [before] how many commands were sent before `s`
 * @property {string} [world] the programs' own state at `s`, as JSON text
 * @property {string[]} [near] where hello has made the room: other rooms that are nearly called the same
 * @property {string} [ticket] with it, others take the seats that are reserved for the party
 */
/** @typedef {{t: "hidden", s: number, at?: number}} Hidden */
/** `upto` and `world`: as in `Welcome`. @typedef {{t: "skipped", from: number, to: number, snapshot: Snapshot, n?: number, upto?: number, world?: string}} Skipped */
/** The answer to our `begin`: what came before counts for nothing. @typedef {{t: "begin", s: number, snapshot: Snapshot, n?: number, upto?: number, world?: string}} Begin */
/** Please save the program's own state as it is after the entry `s`; `most`: bytes. @typedef {{t: "save", s: number, at: number, most: number, whole?: boolean}} Save */
/** @typedef {{t: "error", code: string, message: string, n?: number}} ErrorMessage */
/** @typedef {{t: "bye", code: string, message: string, again?: number | null}} Bye */
/** @typedef {{t: "tick", at: number}} Tick the room's time, Unix milliseconds: no entry from before it will come */
/** @typedef {{t: "pong", time?: number}} Pong */
/** @typedef {{t: "report", every: number}} Report */

/** @typedef {{id: string, name: string, here?: boolean, starter?: boolean}} ObservedPlayer */
/** @typedef {{t: "watching", room: string, s: number, time: number, players?: ObservedPlayer[], admin?: boolean, missed?: number, first?: number, replay?: boolean}} Watching */
/**
 * The trace of one command: its six steps. Durations are in milliseconds.
 *
 * @typedef {object} Passage
 * @property {"passage"} t
 * @property {number} s
 * @property {string} by
 * @property {number} at when the server received it, Unix milliseconds
 * @property {string} c
 * @property {string} came the message as it arrived, its first 4,096 bytes
 * @property {number} size bytes of the whole message
 * @property {string} went the entry as it was sent to everyone, its first 4,096 bytes
 * @property {number} length bytes of the whole entry
 * @property {number} waited from receiving until it was written to everyone
 * @property {boolean} [starter] whether it came as a line of the starter protocol
 * @property {[messages: number, bytes: number]} [frame] the frame in which it was sent; absent where frames differed
 * @property {number} [acted] from the call to the sending, as the sender's program reported
 * @property {string[]} [to] ids of the players it was sent to
 * @property {string[]} [silent] ids of those among them who do not report (starter clients)
 * @property {string} [line] the line that these were sent
 * @property {{[id: string]: number}} [got] from the writing until the report, less `ran`
 * @property {{[id: string]: number}} [ran] from the start of its run until it was done
 */
/**
 * How much happened since the last counts, traced or not.
 * @typedef {{t: "counts", s: number, at: number, over: number, do: number, set: number, bytes: number, unseen?: number, every?: number, observers?: number, first?: number, behind?: number}} Counts
 */
/**
 * A page of the log that is kept: the entries after the seq `after`. With a snapshot, the state there, it begins anew.
 * @typedef {{t: "history", after: number, last: number, entries?: (Entry | Hidden)[], snapshot?: Snapshot}} History
 */
/** @typedef {Welcome | Entry | Hidden | Skipped | Begin | Save | Tick | Report | ErrorMessage | Bye | Pong} ServerMessage */
/** @typedef {Watching | Passage | Counts | History | Entry | Hidden | ErrorMessage | Bye | Pong} ObserverMessage what observers are sent */
