// What a client's half of the conversation hands to the program's half, in order: the room's entries, and what became of
// the connection between them.

/** @typedef {import("./messages.js").Entry} Entry */
/** @typedef {import("./messages.js").Snapshot} Snapshot */

/**
 * We are in the room, in a new session or in an old one whose log cannot be continued: start from the snapshot at `s`.
 * `lost` says why what was known before no longer holds, or is "". `dropped`: messages of ours that may be lost.
 * `log` numbers the logs that this client has followed: a new session, or a loss, begins another.
 * @typedef {{t: "joined", me: string, s: number, snapshot: Snapshot, lost: string, dropped: number, log: number}} Joined
 */
/** The log continues without a gap; `missed` entries follow. @typedef {{t: "resumed", missed: number}} Resumed */
/** The connection is lost, and will be tried again. @typedef {{t: "offline", why: string}} Offline */
/** The last event. @typedef {{t: "closed", code: string, message: string}} Closed */
/** @typedef {Entry | import("./messages.js").Hidden | import("./messages.js").Skipped} LogEvent */
/** @typedef {LogEvent | import("./messages.js").ErrorMessage | Joined | Resumed | Offline | Closed} Event */

export {};
