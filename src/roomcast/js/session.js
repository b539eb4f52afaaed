// Our session in a room: the secret by which a returning connection proves to be this player, and what the server has to
// know for it to resume.

import { VERSIONS } from "./messages.js";

/** @typedef {import("./messages.js").Welcome} Welcome */

/**
 * What outlives the page: the session, and the messages that are not acknowledged. `began`: as in `Settlement`; an earlier version
 * kept none. `room`: the name of the room in which that is.
 * @typedef {{session: string, epoch: number, room?: string, began?: number} & import("./outbox.js").KeptOutbox} Kept
 */

/**
 * @typedef {object} Settings
 * @property {Kept | null} kept of an earlier page
 * @property {boolean} leaves whether nobody comes back as this player once the page goes
 * @property {import("./room_search.js").Meet | null} meet which room is looked for
 * @property {string | undefined} credential by which the rules of a room know who comes
 * @property {boolean} fromBeginning whether a room that we know nothing of is run from the oldest entry that it keeps
 */

const FORGOTTEN = "the server no longer knows this session: it was away too long, or the server is a new one";

export class Session {
  secret = ""; // "" before the first welcome
  epoch = 1; // how often the room's log had been opened when we last heard of it
  #fresh = false; // the session is of an earlier page: we know nothing of the room
  #forgotten = ""; // why we do not come back as the same player

  #leaves;
  #meet;
  #found = ""; // the room that an earlier page had found
  #credential; // said with each hello: only the server knows whether it knows our session

  /** From where a room is run that we know nothing of. @type {"beginning" | "world" | undefined} */
  from;

  /** @param {Partial<Settings>} settings */
  constructor({ kept = null, leaves = false, meet = null, credential = undefined, fromBeginning = false }) {
    this.#leaves = leaves;
    this.#meet = meet;
    this.#credential = credential;
    this.from = fromBeginning ? "beginning" : undefined;
    if (kept) {
      this.secret = kept.session;
      this.epoch = kept.epoch;
      this.#found = kept.room ?? "";
      this.#fresh = true;
    }
  }

  /**
   * What to ask for where a room of a kind is looked for: the one that an earlier page had found, and where we are not known there, another.
   * @param {string} room a name, a code or a kind
   */
  comesBackTo(room) {
    if (!this.#meet?.how || !this.#found) {
      return room;
    }
    this.#meet = { ...this.#meet, kind: room };
    return this.#found;
  }

  /** Come back as a new player. @param {string} why */
  forget(why) {
    this.secret = "";
    this.#forgotten = why;
  }

  /**
   * The first message of a connection.
   * @param {string} room
   * @param {string} name
   * @param {number} seen seq of the last entry received
   * @param {boolean} again whether the program begins once more, as if we knew nothing of the room
   * @param {boolean} knowsWorld whether all that its world is made of has come
   */
  hello(room, name, seen, again, knowsWorld) {
    const epoch = this.epoch === 1 ? undefined : this.epoch;
    const fresh = this.#fresh || again;
    const world = this.from === "world" && knowsWorld && !fresh;
    const resume = this.secret ? { session: this.secret, seen, epoch, fresh: fresh || undefined, world: world || undefined } : undefined;
    const meet = this.#meet ?? undefined;
    const leaves = this.#leaves || undefined;
    return { t: "hello", room, name: name || undefined, v: VERSIONS, resume, leaves, from: this.from, meet, credential: this.#credential };
  }

  /**
   * Whether the server has brought us into the room that we asked for. From now on it is that one; where it is lost, it is made again.
   * @param {Welcome} welcome
   */
  cameInto(welcome) {
    const meet = this.#meet;
    if ((meet?.how && !meet.kind && !welcome.room) || (meet?.party && !welcome.resumed && !welcome.ticket)) {
      return false;
    }
    this.#meet = meet && { ...meet, how: undefined, party: undefined, ticket: undefined, kind: undefined };
    return true;
  }

  /**
   * The server has let us in. Returns why what we knew of the room no longer holds, or "".
   * @param {Welcome} welcome
   * @param {number} dropped messages of ours that a new session does not send again
   */
  welcomed(welcome, dropped) {
    const known = this.secret !== "";
    const fresh = this.#fresh;
    const forgotten = this.#forgotten;
    this.#forgotten = "";
    this.epoch = welcome.epoch ?? 1;
    this.#fresh = false;
    this.secret = welcome.session;
    if (!welcome.resumed) {
      return known && (dropped > 0 || !fresh) ? FORGOTTEN : forgotten;
    }
    return welcome.snapshot && welcome.lost && !fresh ? undone(welcome.lost) : "";
  }
}

/** @param {number} lost */
function undone(lost) {
  return `the server ended before all was on its disk: ${lost} entries that were seen here are undone`;
}
