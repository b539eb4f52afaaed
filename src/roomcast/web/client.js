// One player's half of the conversation, without any input or output: the same as core/client.py in Python.
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

/** @typedef {import("./messages.js").Entry} Entry */
/** @typedef {import("./messages.js").Snapshot} Snapshot */
/** @typedef {import("./messages.js").Welcome} Welcome */

export const FIRST_WAIT = 100; // ms before the first try to come back; then it doubles
export const LONGEST_WAIT = 5_000; // ms
export const MOST_WAITING = 10_000; // messages that may wait to be acknowledged
const MOST_REPORTS = 50; // that wait to be told: who watches wants to see, not to drown

/**
 * What has become of the connection, in the queue between the entries:
 * `joined`: we are in, with a new session (or with an old one, from a snapshot): start from there. `lost` says why
 * what was known is over. `resumed`: the log goes on without a gap; `missed` entries follow. `offline`: it is lost,
 * and tried again by itself. `closed`: nothing will come any more.
 *
 * @typedef {{t: "joined", me: string, s: number, snapshot: Snapshot, lost: string, dropped: number}} Joined
 * @typedef {{t: "resumed", missed: number}} Resumed
 * @typedef {{t: "offline", why: string}} Offline
 * @typedef {{t: "closed", code: string, message: string}} Closed
 * @typedef {Entry | import("./messages.js").Hidden | import("./messages.js").Skipped | import("./messages.js").ErrorMessage | Joined | Resumed | Offline | Closed} Event
 */

/**
 * A numbered message: `n`, what stands before it on its line, and what after it.
 * @typedef {{n: number, head: string, tail: string, size: number}} Numbered
 */

/**
 * What outlives the page: who we are, and what was not acknowledged. `sent`: how many of `waiting` have been written.
 * @typedef {{session: string, epoch: number, waiting: [n: number, head: string, tail: string][], sent: number}} Kept
 */

export class Client {
  /** @type {"offline" | "greeting" | "live" | "over"} */
  stage = "offline";
  me = ""; // our player id; "" before the first welcome
  seen = 0; // seq of the last entry received
  /** @type {import("./messages.js").Promised | null} */
  limits = null;
  every = 0; // of so many entries, the server wants to be told of one's six steps; 0: of none
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
  #n = 0;
  /** @type {Numbered[]} */
  #waiting = []; // numbered, not acknowledged; the oldest first
  #unsent = 0; // how many of those, at the end, have not been written to this connection
  #neverSent = 0; // how many of those have not been written to any
  /** @type {{seq: number, n: number} | null} */
  #settle = null; // by this seq, all up to that number must have come back
  /** @type {string[]} */
  #reports = [];
  #greeting = "";
  #warned = false;
  #failures = 0;
  /** @type {Map<number, number>} */
  #actedAt = new Map(); // by number, where steps are watched
  /** @type {Map<number, number>} */
  #sentAfter = new Map(); // by number: ms from acting to writing

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
    if (kept) {
      this.#secret = kept.session;
      this.#epoch = kept.epoch;
      this.#fresh = true;
      this.#waiting = kept.waiting.map(([n, head, tail]) => ({ n, head, tail, size: bytesOf(head + tail) + 20 }));
      this.#n = this.#waiting.at(-1)?.n ?? 0;
      this.#unsent = this.#waiting.length;
      this.#neverSent = this.#waiting.length - kept.sent;
    }
  }

  /** How many messages have not come back yet. */
  get unacknowledged() {
    return this.#waiting.length;
  }

  /** Whether `takeFrame` may have something to write. */
  get hasOutput() {
    return this.#greeting !== "" || this.#reports.length > 0 || this.#unsent > 0;
  }

  /**
   * What has to be kept to go on as this player later; null where there is nothing to go on with.
   * @returns {Kept | null}
   */
  get kept() {
    if (!this.#secret || this.stage === "over") {
      return null;
    }
    const waiting = this.#waiting;
    return {
      session: this.#secret,
      epoch: this.#epoch,
      waiting: waiting.map(({ n, head, tail }) => [n, head, tail]),
      sent: waiting.length - this.#neverSent,
    };
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
    const audience = to === null ? "" : `,"to":${JSON.stringify(to)}`;
    const n = this.#add('{"t":"do","n":', `,"c":${JSON.stringify(command)}${a}${audience}}`, command);
    if (this.every) {
      this.#actedAt.set(n, now);
    }
    return n;
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
    if (!this.every) {
      return false;
    }
    if (entry.s % this.every !== 0) {
      if (entry.by === this.me) {
        this.#sentAfter.delete(entry.n ?? 0);
      }
      return false;
    }
    return true;
  }

  /**
   * Tell the server that an entry was run, in so many ms (only where it asks).
   * @param {import("./messages.js").Do} entry
   * @param {number} ran
   */
  report(entry, ran) {
    if (this.stage === "live" && this.#reports.length < MOST_REPORTS) {
      const n = entry.by === this.me ? (entry.n ?? 0) : 0;
      const sent = this.#sentAfter.get(n);
      this.#sentAfter.delete(n);
      this.#reports.push(JSON.stringify({ t: "done", s: entry.s, ran, sent }));
    }
  }

  /**
   * Let the server compare the hash of our program's state after the entry at `seq` with the others'.
   * @param {number} seq
   * @param {string} digest
   */
  check(seq, digest) {
    if (this.stage === "live" && this.#reports.length < MOST_REPORTS) {
      this.#reports.push(JSON.stringify({ t: "check", s: seq, d: digest }));
    }
  }

  /** Ask the server for a sign of life. */
  ping() {
    if (this.stage === "live" && this.#reports.length < MOST_REPORTS) {
      this.#reports.push('{"t":"ping"}');
    }
  }

  /** It is over, by our own will. */
  leave() {
    this.#end("left", "this program left the room");
  }

  /** @param {string} head @param {string} tail @param {string} what */
  #add(head, tail, what) {
    if (this.#waiting.length >= MOST_WAITING) {
      throw new TooFast(
        `${this.#waiting.length} messages wait to be sent or to come back, so ${what} was not taken: ` +
          "send less often, or wait until the connection is back",
      );
    }
    const n = this.#n + 1;
    const size = bytesOf(head + n + tail);
    if (this.limits && size > this.limits.message_size) {
      throw new BadArgument(
        `${what} takes ${size} bytes, and a message may have ${this.limits.message_size}: send less, or in pieces`,
      );
    }
    this.#n = n;
    this.#waiting.push({ n, head, tail, size });
    this.#warnOfHaste();
    this.#unsent += 1;
    this.#neverSent += 1;
    return n;
  }

  /** Tell the program, once, that it sends faster than the server takes: what it does comes ever later. */
  #warnOfHaste() {
    if (!this.limits || this.stage !== "live") {
      return;
    }
    const { rate, burst } = this.limits;
    const waiting = this.#waiting.length;
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
    /** @type {string[]} */
    const lines = [];
    let room = this.limits.message_size;
    while (this.#reports.length > 0 && room > this.#reports[0].length) {
      room -= this.#reports[0].length + 1;
      lines.push(/** @type {string} */ (this.#reports.shift()));
    }
    while (this.#unsent > 0) {
      const { n, head, tail, size } = this.#waiting[this.#waiting.length - this.#unsent];
      room -= size + 1;
      if (room < 0 && lines.length > 0) {
        break;
      }
      lines.push(head + n + tail);
      this.#neverSent = Math.min(this.#neverSent, this.#unsent - 1);
      this.#unsent -= 1;
      const actedAt = this.#actedAt.get(n);
      this.#actedAt.delete(n);
      if (actedAt !== undefined && this.#sentAfter.size < MOST_REPORTS) {
        this.#sentAfter.set(n, now - actedAt);
      }
    }
    return lines.join("\n");
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
            this.#acknowledge(message.n ?? 0);
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
          this.#acknowledge(message.n ?? 0);
          this.events.push(message);
          break;
        case "report":
          this.#reportEach(message.every);
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
    this.#reports = [];
    this.#reportEach(0);
    const wait = Math.min(FIRST_WAIT * 2 ** this.#failures, LONGEST_WAIT);
    this.#failures = Math.min(this.#failures + 1, 10);
    this.retryAt = Math.max(this.retryAt, now + wait * (0.5 + this.#chance() / 2));
  }

  /** @param {number} every */
  #reportEach(every) {
    this.every = every;
    if (!every) {
      this.#actedAt.clear();
      this.#sentAfter.clear();
    }
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
    if (!this.#settle || this.seen < this.#settle.seq) {
      return;
    }
    const { n } = this.#settle;
    this.#settle = null;
    const waiting = this.#waiting;
    while (waiting.length > 0 && waiting[0].n <= n) {
      const message = "the server has had it, but what became of it was not heard";
      this.events.push({ t: "error", code: "unanswered", message, n: waiting[0].n });
      waiting.shift();
    }
    this.#unsent = Math.min(this.#unsent, waiting.length);
    this.#neverSent = Math.min(this.#neverSent, this.#unsent);
  }

  /**
   * Our message `n` is done with: it came back, or was refused.
   * @param {number} n
   */
  #acknowledge(n) {
    const waiting = this.#waiting;
    if (waiting.length > 0 && waiting[0].n === n) {
      waiting.shift();
    } else {
      // A refusal is heard at once, an entry a moment later: then it is not the oldest.
      const place = waiting.findIndex((message) => message.n === n);
      if (place >= 0) {
        waiting.splice(place, 1);
      }
    }
    if (this.#unsent > waiting.length) {
      this.#unsent = this.#neverSent = waiting.length; // a server that has seen what we never sent
    }
  }

  /** @param {Welcome} welcome */
  #welcomed(welcome) {
    this.stage = "live";
    this.me = welcome.me;
    this.#failures = 0;
    this.limits = welcome.limits;
    this.every = welcome.steps ? 1 : 0;
    this.#epoch = welcome.epoch ?? 1;
    const fresh = this.#fresh;
    this.#fresh = false;
    const n = welcome.n ?? 0;
    if (welcome.resumed) {
      if (welcome.snapshot) {
        this.#startFrom(welcome, welcome.lost && !fresh ? undone(welcome.lost) : "", 0);
      } else {
        this.events.push({ t: "resumed", missed: welcome.s - this.seen });
      }
      this.#countFrom(n);
      this.#settle = { seq: welcome.s, n };
      this.#settleIfThere();
      return;
    }
    const dropped = this.#secret ? this.#waiting.length - this.#neverSent : 0;
    const lost = this.#secret && (dropped > 0 || !fresh) ? FORGOTTEN : "";
    this.#startAnew(dropped);
    this.#startFrom(welcome, lost, dropped);
  }

  /** @param {Welcome} welcome @param {string} lost @param {number} dropped */
  #startFrom(welcome, lost, dropped) {
    this.#secret = welcome.session;
    this.seen = welcome.s;
    this.events.push({
      t: "joined", me: welcome.me, s: welcome.s, snapshot: welcome.snapshot ?? {}, lost, dropped,
    });
  }

  /**
   * What the server has not had goes out again, under the numbers that it expects: the old ones, unless a crash has
   * made the server forget that it refused some.
   * @param {number} n
   */
  #countFrom(n) {
    const waiting = this.#waiting;
    const had = waiting.filter((message) => message.n <= n).length;
    waiting.slice(had).forEach((message, index) => {
      message.n = n + 1 + index;
    });
    this.#n = n + waiting.length - had;
    this.#unsent = waiting.length - had;
    this.#neverSent = Math.min(this.#neverSent, this.#unsent);
  }

  /**
   * A new session counts from 1: what was never sent goes on under new numbers.
   * @param {number} dropped
   */
  #startAnew(dropped) {
    this.#settle = null;
    this.#waiting.splice(0, dropped);
    this.#waiting.forEach((message, index) => {
      message.n = index + 1;
    });
    this.#n = this.#unsent = this.#neverSent = this.#waiting.length;
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
