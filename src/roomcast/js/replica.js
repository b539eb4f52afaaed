// The room as of the last entry that the program has run: its state, its time, and who we are in it.

import { EMPTY, apply, hostOf, restore } from "./fold.js";
import { KnownPlayers } from "./players.js";

/** @typedef {import("./messages.js").Snapshot} Snapshot */
/** @typedef {import("./players.js").Player} Player */

export class Replica {
  fold = EMPTY;
  seq = 0; // of the last entry that was run
  at = 0; // the room's time, as of what was run last: Unix ms
  log = 0; // the number of the client's log that `seq` is in
  /** @type {Player} */
  me;

  #known;

  /** @param {(patch: string, how: import("./send_queue.js").How) => void} setMine sends a patch of our own state */
  constructor(setMine) {
    this.#known = new KnownPlayers(
      () => this.fold,
      () => this.me,
      setMine,
    );
    this.me = this.player("");
  }

  /** The one object for a player. @param {string} id */
  player(id) {
    return this.#known.get(id);
  }

  /**
   * Fold an entry into the state. Returns the host, if it is another now; else null.
   * @param {import("./messages.js").Entry} entry
   * @throws {import("./errors.js").ProtocolError} for one that does not fit
   */
  apply(entry) {
    const before = this.fold;
    const after = apply(this.fold, entry);
    const sentOut = "x" in entry && entry.x?.k ? entry.x.k.map(([id]) => id) : [];
    [...(entry.t === "leave" ? [entry.by] : []), ...sentOut].forEach((id) => this.#known.leave(this.player(id)));
    this.fold = after;
    return entry.t === "set" ? null : this.#newHost(before);
  }

  /**
   * Continue from a snapshot. Returns who has left and who has come by it, and who is the host now: as events.
   * @param {Snapshot} snapshot
   * @param {number} seq
   * @returns {["leave" | "join" | "host", Player][]}
   */
  restart(snapshot, seq) {
    const before = this.playersHere;
    const former = this.fold;
    before.forEach((player) => this.#known.leave(player));
    this.fold = restore(snapshot);
    this.seq = seq;
    this.at = snapshot.at || this.at;
    const now = this.playersHere;
    const gone = before.filter((player) => !now.includes(player));
    const come = now.filter((player) => !before.includes(player));
    const host = this.#newHost(former);
    return [
      ...gone.map((player) => /** @type {["leave", Player]} */ (["leave", player])),
      ...come.map((player) => /** @type {["join", Player]} */ (["join", player])),
      ...(host ? [/** @type {["host", Player]} */ (["host", host])] : []),
    ];
  }

  /** The first of the players who is connected; null: nobody is. */
  get host() {
    const id = hostOf(this.fold);
    return id ? this.player(id) : null;
  }

  /** Those for whom a function of "join", or of "host", is called when it is registered. @param {string} event @returns {Player[]} */
  concernedBy(event) {
    return event === "join" ? this.playersHere : this.host ? [this.host] : [];
  }

  /** @param {import("./fold.js").RoomState} before */
  #newHost(before) {
    const id = hostOf(this.fold);
    return id && id !== hostOf(before) ? this.player(id) : null;
  }

  get playersHere() {
    return Array.from(this.fold.players.keys(), (id) => this.player(id));
  }

  /** Whether a player is connected: while none is, timers rest. */
  isAnyoneHere() {
    for (const { here = true } of this.fold.players.values()) {
      if (here) {
        return true;
      }
    }
    return false;
  }
}
