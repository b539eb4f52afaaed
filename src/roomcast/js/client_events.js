// What a client's half of the conversation hands to the program's half, in order: the room's entries, and what became of
// the connection between them.

/** @typedef {import("./messages.js").Entry} Entry */
/** @typedef {import("./messages.js").Snapshot} Snapshot */

/**
 * We are in the room, in a new session or in an old one whose log cannot be continued: start from the snapshot at `s`.
 * `lost` says why what was known before no longer holds, or is "". `dropped`: messages of ours that may be lost.
 * `log` numbers the logs that this client has followed: a new session, or a loss, begins another. Entries up to `upto` are run
 * that others have run before; `world` is the programs' own state at `s`, as JSON text, or ""; `before`: about so many commands were
 * sent before `s`; `again`: the program has asked to begin once more, and what came before counts for nothing.
 * @typedef {{t: "joined", me: string, s: number, snapshot: Snapshot, lost: string, dropped: number, log: number, upto: number, world: string, before: number, again: boolean}} Joined
 */
/** The log continues without a gap; `missed` entries follow. @typedef {{t: "resumed", missed: number}} Resumed */
/** The connection is lost, and will be tried again. @typedef {{t: "offline", why: string}} Offline */
/** An answer has come, or it is known that none will. @typedef {{t: "answered", answer: import("./pending_answer.js").PendingAnswer}} Answered */
/** The last event. @typedef {{t: "closed", code: string, message: string}} Closed */
/** @typedef {Entry | import("./messages.js").Hidden | import("./messages.js").Skipped} LogEvent */
/** @typedef {LogEvent | import("./messages.js").Save | import("./messages.js").ErrorMessage | Joined | Resumed | Offline | Answered | Closed} Event */

/** @typedef {import("./players.js").Player} Player */
/**
 * What a program hears, by the name of the event: what its functions are called with.
 * @typedef {object} EventArguments
 * @property {[player: Player]} join
 * @property {[player: Player]} leave
 * @property {[player: Player]} away
 * @property {[player: Player]} back
 * @property {[player: Player]} host
 * @property {[player: Player, patch: import("./messages.js").JsonObject]} set
 * @property {[error: import("./errors.js").Refused]} error
 * @property {[seq: number, players: Player[]]} desync
 * @property {[player: Player, progress: import("./incoming_parcels.js").Progress]} progress
 * @property {[why: string]} offline
 * @property {[missed: number]} resumed
 * @property {[first: number, last: number]} skipped
 * @property {[why: string]} lost
 * @property {[why: string]} closed
 */

export {};
