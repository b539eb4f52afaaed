// One player's half of the conversation, without any input or output: the same as core/client/client_core.py in Python.
//
// It numbers what is sent and keeps it until it comes back, comes back after a lost connection with its session,
// sends again what was not acknowledged, and knows how long to wait.
//
//   State       what happens                            what follows
//   -------     ------------------------------------    -----------------------------------------------
//   offline     `connected`                             hello → greeting
//   greeting    welcome                                 everything unacknowledged again → live
//               error, bye                              offline, or over
//   live        an entry                                `events`; our own is acknowledged
//   any         `disconnected`                          offline; `retryAt` says when to try again
//   any         bye that says no more, `leave`          over

import { bytesOf, decode } from "./codec.js";
import { BadArgument, ProtocolError, TooFast } from "./errors.js";
import { Outbox, lineOf } from "./outbox.js";
import { HEAD } from "./parcels.js";
import { Reports } from "./reports.js";
import { ParcelQueue } from "./parcel_queue.js";

/** @typedef {import("./messages.js").Entry} Entry */
/** @typedef {import("./messages.js").Snapshot} Snapshot */
/** @typedef {import("./messages.js").Welcome} Welcome */

export const FIRST_WAIT = 100; // ms before the first try to come back; then it doubles
export const LONGEST_WAIT = 5_000; // ms
export const MOST_WAITING = 10_000; // messages that may wait to be acknowledged

/**
 * What has become of the connection, in the queue between the entries:
 * `joined`: we are in, with a new session (or with an old one, from a snapshot): start from there. `lost` says why
 * what was known is over. `resumed`: the log goes on without a gap; `missed` entries follow. `offline`: it is lost,
 * and tried again by itself. `closed`: nothing will come any more.
 *
 * @typedef {{t: "joined", me: string, s: number, snapshot: Snapshot, lost: string, dropped: number, log: number}} Joined
 * @typedef {{t: "resumed", missed: number}} Resumed
 * @typedef {{t: "offline", why: string}} Offline
 * @typedef {{t: "closed", code: string, message: string}} Closed
 * @typedef {Entry | import("./messages.js").Hidden | import("./messages.js").Skipped | import("./messages.js").ErrorMessage | Joined | Resumed | Offline | Closed} Event
 */

/**
 * What outlives the page: who we are, and what was not acknowledged.
 * @typedef {{session: string, epoch: number} & import("./outbox.js").KeptOutbox} Kept
 */

export class ClientCore {
  /** @type {"offline" | "greeting" | "live" | "over"} */
  stage = "offline";
  me = ""; // our player id; "" before the first welcome
  code = ""; // the room's
  seen = 0; // seq of the last entry received
  log = 0; // which log that is in: a new session, or a loss, begins another
  /** @type {import("./messages.js").Promised | null} */
  limits = null;
  retryAt = 0; // when to try again, while offline
  /** @type {Event[]} */
  events = [];
  /** @type {Closed | null} */
  over = null; // why no more will come
  farewell = ""; // why the server last sent us away, when we may come back

  #chance;
  #secret = "";
  #epoch = 1;
  #fresh = false; // we come back as who we were, but know nothing of the room
  #outbox;
  #sending = new ParcelQueue();
  /** @type {{seq: number, n: number} | null} */
  #settle = null; // by this seq, all up to that number must have come back
  #reports = new Reports();
  #greeting = "";
  #warned = false;
  #failures = 0;

  /**
   * @param {string} room
   * @param {string} name
   * @param {() => number} chance gives numbers from 0 to 1, for the jitter of the waits
   * @param {Kept | null} [kept] of an earlier run, to go on as the same player
   */
  constructor(room, name, chance, kept = null) {
    this.room = room;
    this.name = name;
    this.#chance = chance;
    this.#outbox = new Outbox(kept);
    if (kept) {
      this.#secret = kept.session;
      this.#epoch = kept.epoch;
      this.#fresh = true;
    }
  }

  /** How many messages have not come back, and calls with bytes are not sent yet. */
  get unacknowledged() {
    return this.#outbox.length + this.#sending.length;
  }

  /** Whether `takeFrame` may have something to write. */
  get hasOutput() {
    return this.#greeting !== "" || this.#reports.length > 0 || this.#outbox.unsent > 0 || this.#maySendPiece;
  }

  /**
   * What has to be kept to go on as this player later; null where there is nothing to go on with.
   * @returns {Kept | null}
   */
  get kept() {
    if (!this.#secret || this.stage === "over") {
      return null;
    }
    return { session: this.#secret, epoch: this.#epoch, ...this.#outbox.kept };
  }

  /**
   * Milliseconds to wait before the next try to connect; 0 when it is over, or time.
   * @param {number} now
   */
  waitBeforeRetry(now) {
    return this.stage === "over" ? 0 : Math.max(0, this.retryAt - now);
  }

  // ------------------------------------------------------------------ what the program wants

  /**
   * Number a command and keep it until it comes back; returns its number.
   * @param {string} command
   * @param {string} args JSON text
   * @param {string[] | null} to ids; null: everyone
   * @param {number} now
   * @throws {TooFast} and {BadArgument}
   */
  do(command, args, to, now) {
    const a = args === "[]" ? "" : `,"a":${args}`;
    const n = this.#add('{"t":"do","n":', `,"c":${JSON.stringify(command)}${a}${audience(to)}}`, command);
    this.#reports.acted(n, now);
    return n;
  }

  /**
   * Send a call with bytes, in pieces, while other messages go on.
   * @param {string} command
   * @param {string} args JSON text, with an empty text for each that is bytes
   * @param {import("./parcels.js").Blobs} blobs
   * @param {string[] | null} to
   * @throws {TooFast} and {BadArgument}
   */
  send(command, args, blobs, to) {
    const parcel = this.#sending.make(command, args, blobs, audience(to));
    this.#checkSize(HEAD, parcel.tail(parcel.opening("")), command);
    this.#sending.add(parcel);
  }

  /**
   * Number a patch of shared state.
   * @param {"me" | "room"} of
   * @param {string} patch JSON text
   * @param {boolean} whole
   * @throws {TooFast} and {BadArgument}
   */
  set(of, patch, whole) {
    return this.#add('{"t":"set","n":', `,"of":"${of}","p":${patch}${whole ? ',"whole":true' : ""}}`, "the state");
  }

  /**
   * Whether the server wants to know when this entry has been run here.
   * @param {import("./messages.js").Do} entry
   */
  isAskedAbout(entry) {
    return this.#reports.isAskedAbout(entry, this.me);
  }

  /**
   * Tell the server that an entry was run, in so many ms (only where it asks).
   * @param {import("./messages.js").Do} entry
   * @param {number} ran
   */
  report(entry, ran) {
    if (this.stage === "live") {
      this.#reports.ran(entry, ran, this.me);
    }
  }

  /**
   * Let the server compare the hash of our program's state after the entry at `seq` with the others'.
   * @param {number} seq
   * @param {string} digest
   */
  check(seq, digest) {
    if (this.stage === "live") {
      this.#reports.add(JSON.stringify({ t: "check", s: seq, d: digest }));
    }
  }

  /** Ask the server for a sign of life. */
  ping() {
    if (this.stage === "live") {
      this.#reports.add('{"t":"ping"}');
    }
  }

  /** It is over, by our own will. */
  leave() {
    this.#end("left", "this program left the room");
  }

  /** @param {string} head @param {string} tail @param {string} what */
  #add(head, tail, what) {
    const waiting = this.#outbox.length;
    if (waiting >= MOST_WAITING) {
      throw new TooFast(
        `${waiting} messages wait to be sent or to come back, so ${what} was not taken: ` +
          "send less often, or wait until the connection is back",
      );
    }
    this.#checkSize(head, tail, what);
    const n = this.#outbox.add(head, tail);
    this.#warnOfHaste();
    return n;
  }

  /** @param {string} head @param {string} tail @param {string} what */
  #checkSize(head, tail, what) {
    const size = bytesOf(lineOf({ head, n: this.#outbox.next, tail }));
    if (this.limits && size > this.limits.message_size) {
      throw new BadArgument(
        `${what} takes ${size} bytes, and a message may have ${this.limits.message_size}: send less, or in pieces`,
      );
    }
  }

  /** Tell the program, once, that it sends faster than the server takes: what it does comes ever later. */
  #warnOfHaste() {
    if (!this.limits || this.stage !== "live") {
      return;
    }
    const { rate, burst } = this.limits;
    const waiting = this.#outbox.length;
    if (waiting <= burst) {
      this.#warned = false;
    } else if (waiting > burst + 2 * rate && !this.#warned) {
      this.#warned = true;
      const message =
        `${waiting} of our messages wait, for the server takes ${rate} a second from a player: ` +
        "send less often (setting: rate)";
      this.events.push({ t: "error", code: "rate", message });
    }
  }

  // ------------------------------------------------------------------ what goes out

  /**
   * The next frame to write, "" if there is none now.
   * @param {number} now
   */
  takeFrame(now) {
    if (this.#greeting) {
      const frame = this.#greeting;
      this.#greeting = "";
      return frame;
    }
    if (this.stage !== "live" || !this.limits) {
      return "";
    }
    if (this.#maySendPiece) {
      return this.#sending.next(this.#outbox, this.limits.message_size);
    }
    const lines = this.#reports.take(this.limits.message_size);
    let room = lines.reduce((left, line) => left - bytesOf(line) - 1, this.limits.message_size);
    for (let message = this.#outbox.peek(); message; message = this.#outbox.peek()) {
      const line = lineOf(message);
      room -= bytesOf(line) + 1;
      if (room < 0 && lines.length > 0) {
        break;
      }
      lines.push(line);
      this.#outbox.wrote();
      this.#reports.wrote(message.n, now);
    }
    return lines.join("\n");
  }

  get #maySendPiece() {
    return this.stage === "live" && this.#sending.maySend(this.#outbox);
  }

  // ------------------------------------------------------------------ what the connection brings

  /** A connection is open: hello goes out next. */
  connected() {
    this.stage = "greeting";
    const resume = this.#secret
      ? {
          session: this.#secret,
          seen: this.seen,
          epoch: this.#epoch === 1 ? undefined : this.#epoch,
          fresh: this.#fresh || undefined,
        }
      : undefined;
    this.#greeting = JSON.stringify({ t: "hello", room: this.room, name: this.name || undefined, resume });
    this.farewell = "";
  }

  /**
   * Take one frame in; what it brings is in `events`.
   * @param {string} frame
   * @param {number} now
   * @throws {ProtocolError} if the server does not keep to the protocol: then let the connection go
   */
  receive(frame, now) {
    for (const message of decode(frame)) {
      if (this.stage === "over") {
        return;
      }
      switch (message?.t) {
        case "do":
        case "set":
          this.#checkOrder(message.s);
          if (message.by === this.me) {
            this.#outbox.acknowledge(message.n ?? 0);
          }
          this.#follow(message);
          break;
        case "join":
        case "leave":
        case "away":
        case "back":
        case "desync":
        case "hidden":
          this.#checkOrder(message.s);
          this.#follow(message);
          break;
        case "welcome":
          this.#welcomed(message);
          break;
        case "skipped":
          this.#skip(message);
          break;
        case "error":
          this.#refused(message);
          break;
        case "report":
          this.#reports.askedFor(message.every);
          break;
        case "bye":
          this.#dismissed(message, now);
          break;
        default: // a type of a later version is not for us
          if (typeof (/** @type {any} */ (message)?.t) !== "string") {
            throw new ProtocolError("the server sent what is no message: an object without a type");
          }
      }
    }
  }

  /**
   * The connection is gone, or could not be made.
   * @param {string} why
   * @param {number} now
   */
  disconnected(why, now) {
    if (this.stage === "over") {
      return;
    }
    if (this.stage === "live") {
      this.events.push({ t: "offline", why: this.farewell || why });
    }
    this.stage = "offline";
    this.#reports.clear();
    const wait = Math.min(FIRST_WAIT * 2 ** this.#failures, LONGEST_WAIT);
    this.#failures = Math.min(this.#failures + 1, 10);
    this.retryAt = Math.max(this.retryAt, now + wait * (0.5 + this.#chance() / 2));
  }

  /**
   * Before anything of an entry counts: after a hole it would be run too early, and again after the resume.
   * @param {number} seq
   */
  #checkOrder(seq) {
    if (seq !== this.seen + 1) {
      throw new ProtocolError(`entry ${seq} came after ${this.seen}: the order has a hole`);
    }
  }

  /** @param {Entry | import("./messages.js").Hidden} message */
  #follow(message) {
    this.seen = message.s;
    this.events.push(message);
    if (this.#settle) {
      this.#settleIfThere();
    }
  }

  /** @param {import("./messages.js").Skipped} skipped */
  #skip(skipped) {
    this.seen = skipped.to;
    this.events.push(skipped);
    const before = this.#settle ?? { seq: 0, n: 0 };
    const n = skipped.n ?? 0;
    const reached = before.seq <= skipped.to; // if not, some of what the welcome counted still comes, as entries
    this.#settle = { seq: skipped.to, n: reached ? Math.max(n, before.n) : n };
    this.#settleIfThere();
    if (!reached) {
      this.#settle = before;
    }
  }

  /** At the place where the server was: what it had had by then, and did not come back, never will. */
  #settleIfThere() {
    if (this.#settle && this.seen >= this.#settle.seq) {
      const settled = this.#outbox.settle(this.#settle.n);
      this.#settle = null;
      const message = "the server has had it, but what became of it was not heard";
      this.events.push(.../** @type {Event[]} */ (settled.map((n) => ({ t: "error", code: "unanswered", message, n }))));
    }
  }

  /** @param {import("./messages.js").ErrorMessage} error */
  #refused(error) {
    const refused = this.#outbox.acknowledge(error.n ?? 0);
    this.events.push(error);
    const givenUp = this.#sending.giveUp(refused);
    if (givenUp) {
      this.#outbox.add(HEAD, givenUp);
      this.#warnOfHaste();
    }
  }

  /** @param {Welcome} welcome */
  #welcomed(welcome) {
    this.stage = "live";
    this.me = welcome.me;
    this.#failures = 0;
    this.limits = welcome.limits;
    this.#reports.askedFor(welcome.steps ? 1 : 0);
    this.#epoch = welcome.epoch ?? 1;
    this.code = welcome.code ?? "";
    this.room = welcome.room || this.room; // we may have asked by the code, which another server does not know
    const fresh = this.#fresh;
    this.#fresh = false;
    const n = welcome.n ?? 0;
    if (welcome.resumed) {
      if (welcome.snapshot) {
        this.#startFrom(welcome, welcome.lost && !fresh ? undone(welcome.lost) : "", 0);
        this.#sending.restart(); // pieces of them may be undone
      } else {
        this.events.push({ t: "resumed", missed: welcome.s - this.seen });
      }
      this.#outbox.countFrom(n);
      this.#settle = { seq: welcome.s, n };
      this.#settleIfThere();
      return;
    }
    this.#settle = null;
    const dropped = this.#outbox.startAnew();
    this.#sending.restart();
    this.#startFrom(welcome, this.#secret && (dropped > 0 || !fresh) ? FORGOTTEN : "", dropped);
  }

  /** @param {Welcome} welcome @param {string} lost @param {number} dropped */
  #startFrom(welcome, lost, dropped) {
    this.#secret = welcome.session;
    this.seen = welcome.s;
    this.log += 1;
    const { me, s, snapshot = {} } = welcome;
    this.events.push({ t: "joined", me, s, snapshot, lost, dropped, log: this.log });
  }

  /** @param {import("./messages.js").Bye} bye @param {number} now */
  #dismissed(bye, now) {
    if (typeof bye.again === "number") {
      this.farewell = bye.message;
      this.retryAt = now + bye.again * 1000;
    } else {
      this.#end(bye.code, bye.message);
    }
  }

  /** @param {string} code @param {string} message */
  #end(code, message) {
    if (this.stage !== "over") {
      this.stage = "over";
      this.over = { t: "closed", code, message };
      this.events.push(this.over);
    }
  }
}

const FORGOTTEN = "the server no longer knows this session: it was away too long, or the server is a new one";

/** @param {number} lost */
function undone(lost) {
  return `the server ended before all was on its disk: ${lost} entries that were seen here are undone`;
}

/** @param {string[] | null} to */
function audience(to) {
  return to === null ? "" : `,"to":${JSON.stringify(to)}`;
}
