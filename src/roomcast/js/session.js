// Our session in a room: the secret by which a returning connection proves to be this player, and what the server has to
// know for it to resume.

/** @typedef {import("./messages.js").Welcome} Welcome */

/**
 * What outlives the page: the session, and the messages that are not acknowledged.
 * @typedef {{session: string, epoch: number} & import("./outbox.js").KeptOutbox} Kept
 */

const FORGOTTEN = "the server no longer knows this session: it was away too long, or the server is a new one";

export class Session {
  secret = ""; // "" before the first welcome
  epoch = 1; // how often the room's log had been opened when we last heard of it
  #fresh = false; // the session is of an earlier page: we know nothing of the room

  /** @param {Kept | null} kept of an earlier page */
  constructor(kept) {
    if (kept) {
      this.secret = kept.session;
      this.epoch = kept.epoch;
      this.#fresh = true;
    }
  }

  /** The field `resume` of a hello; undefined where there is nothing to resume. @param {number} seen seq */
  resume(seen) {
    return this.secret
      ? { session: this.secret, seen, epoch: this.epoch === 1 ? undefined : this.epoch, fresh: this.#fresh || undefined }
      : undefined;
  }

  /**
   * The server has let us in. Returns why what we knew of the room no longer holds, or "".
   * @param {Welcome} welcome
   * @param {number} dropped messages of ours that a new session does not send again
   */
  welcomed(welcome, dropped) {
    const known = this.secret !== "";
    const fresh = this.#fresh;
    this.epoch = welcome.epoch ?? 1;
    this.#fresh = false;
    this.secret = welcome.session;
    if (!welcome.resumed) {
      return known && (dropped > 0 || !fresh) ? FORGOTTEN : "";
    }
    return welcome.snapshot && welcome.lost && !fresh ? undone(welcome.lost) : "";
  }
}

/** @param {number} lost */
function undone(lost) {
  return `the server ended before all was on its disk: ${lost} entries that were seen here are undone`;
}
