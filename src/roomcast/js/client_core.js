// A client's half of the protocol, without I/O, clock or randomness: as core/client/client_core.py in Python.
//
// It numbers what is sent and keeps it until it is acknowledged. After a lost connection it resumes its session, sends again
// what was not acknowledged, and says how long to wait before the next try.
//
//   stage       what happens                            what follows
//   -------     ------------------------------------    -----------------------------------------------
//   offline     `connected`                             hello → greeting
//   greeting    welcome                                 everything unacknowledged again → live
//               error, bye                              offline, or over
//   live        an entry                                `events`; our own is acknowledged
//   any         `disconnected`                          offline; `retryAt` says when to try again
//   any         bye without a time to return, `leave`   over

import { Backoff } from "./backoff.js";
import { decode } from "./codec.js";
import { ProtocolError } from "./errors.js";
import { SendQueue } from "./send_queue.js";
import { Session } from "./session.js";
import { Settlement } from "./settlement.js";

/** @typedef {import("./client_events.js").Closed} Closed */
/** @typedef {import("./client_events.js").Event} Event */
/** @typedef {import("./messages.js").Do} Do */
/** @typedef {import("./messages.js").Welcome} Welcome */
/** @typedef {import("./session.js").Kept} Kept */


export class ClientCore {
  /** @type {"offline" | "greeting" | "live" | "over"} */
  stage = "offline";
  me = ""; // our player id; "" before the first welcome
  code = ""; // the room's code
  seen = 0; // seq of the last entry received
  log = 0; // the number of the log that `seen` is in: a new session, or a loss, begins another
  /** @type {Event[]} */
  events = [];
  /** @type {Closed | null} */
  over = null; // why the room is over
  farewell = ""; // the message of the last bye after which we may come back

  #backoff;
  #session;
  #queue;
  #settlement = new Settlement();
  #greeting = ""; // a hello that is not written yet

  /**
   * @param {string} room
   * @param {string} name
   * @param {() => number} random gives numbers from 0 to 1, for the jitter of the waits
   * @param {Kept | null} [kept] of an earlier page, to resume its session
   */
  constructor(room, name, random, kept = null) {
    this.room = room;
    this.name = name;
    this.#backoff = new Backoff(random);
    this.#session = new Session(kept);
    this.#queue = new SendQueue(kept);
  }

  /** How many messages are not acknowledged, calls with bytes that are not sent yet included. */
  get unacknowledged() {
    return this.#queue.unacknowledged;
  }

  /** Whether `takeFrame` may have something to write. */
  get hasOutput() {
    return this.#greeting !== "" || this.#queue.hasLines || (this.stage === "live" && this.#queue.hasPiece);
  }

  /**
   * What has to be kept to resume later; null where there is no session.
   * @returns {Kept | null}
   */
  get kept() {
    const { secret, epoch } = this.#session;
    return secret && this.stage !== "over" ? { session: secret, epoch, ...this.#queue.outbox.kept } : null;
  }

  /** When to try again, while offline, in ms on the caller's clock. */
  get retryAt() {
    return this.#backoff.retryAt;
  }

  /** Milliseconds to wait before the next try to connect; 0 when it is due, or the room is over. @param {number} now */
  waitBeforeRetry(now) {
    return this.stage === "over" ? 0 : Math.max(0, this.retryAt - now);
  }

  // ------------------------------------------------------------------ what the program sends

  /** As `SendQueue.addCommand`. @param {string} command @param {string} args @param {string[] | null} to @param {number} now */
  do(command, args, to, now) {
    const n = this.#queue.addCommand(command, args, to, now);
    this.#warnOfRate();
    return n;
  }

  /**
   * As `SendQueue.addParcel`.
   * @param {string} command @param {string} args @param {import("./parcels.js").Blobs} blobs @param {string[] | null} to
   */
  send(command, args, blobs, to) {
    this.#queue.addParcel(command, args, blobs, to);
  }

  /** As `SendQueue.addPatch`. @param {"me" | "room"} of @param {string} patch @param {boolean} whole */
  set(of, patch, whole) {
    const n = this.#queue.addPatch(of, patch, whole);
    this.#warnOfRate();
    return n;
  }

  /** Whether the server wants to know when this entry has been run here. @param {Do} entry */
  isAskedAbout(entry) {
    return this.#queue.reports.isAskedAbout(entry, this.me);
  }

  /** Tell the server, where it asks, that an entry was run. @param {Do} entry @param {number} ran ms that it took */
  report(entry, ran) {
    if (this.stage === "live") {
      this.#queue.reports.ran(entry, ran, this.me);
    }
  }

  /**
   * Let the server compare the hash of our program's state after the entry at `seq` with those of the others.
   * @param {number} seq
   * @param {string} digest
   */
  check(seq, digest) {
    if (this.stage === "live") {
      this.#queue.reports.add(JSON.stringify({ t: "check", s: seq, d: digest }));
    }
  }

  /** Ask the server for an answer, to learn whether the connection is alive. */
  ping() {
    if (this.stage === "live") {
      this.#queue.reports.add('{"t":"ping"}');
    }
  }

  /** The program leaves the room. */
  leave() {
    this.#end("left", "this program left the room");
  }

  #warnOfRate() {
    const warning = this.stage === "live" ? this.#queue.rateWarning() : null;
    if (warning) {
      this.events.push(warning);
    }
  }

  // ------------------------------------------------------------------ the connection: bytes out, bytes in

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
    const { limits } = this.#queue;
    return this.stage === "live" && limits ? this.#queue.nextFrame(now, limits.message_size) : "";
  }

  /** A connection is open: hello goes out next. */
  connected() {
    this.stage = "greeting";
    const resume = this.#session.resume(this.seen);
    this.#greeting = JSON.stringify({ t: "hello", room: this.room, name: this.name || undefined, resume });
    this.farewell = "";
  }

  /**
   * The connection is lost, or could not be made.
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
    this.#queue.reports.clear();
    this.#backoff.failed(now);
  }

  // ------------------------------------------------------------------ messages of the server

  /**
   * Handle one frame; what it brings is in `events`.
   * @param {string} frame
   * @param {number} now
   * @throws {ProtocolError} if the server breaks the protocol: then drop the connection
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
            this.#queue.outbox.acknowledge(message.n ?? 0);
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
          this.#queue.reports.askedFor(message.every);
          break;
        case "bye":
          this.#handleBye(message, now);
          break;
        default: // ignore types of later versions
          if (typeof (/** @type {any} */ (message)?.t) !== "string") {
            throw new ProtocolError("the server sent what is no message: an object without a type");
          }
      }
    }
  }

  /**
   * Checked first: an entry after a gap would be run too early, and again after the resume.
   * @param {number} seq
   */
  #checkOrder(seq) {
    if (seq !== this.seen + 1) {
      throw new ProtocolError(`entry ${seq} came after ${this.seen}: the order has a hole`);
    }
  }

  /** @param {import("./client_events.js").LogEvent & {s: number}} message */
  #follow(message) {
    this.seen = message.s;
    this.events.push(message);
    this.#settle(this.#settlement.reach(this.seen));
  }

  /** @param {import("./messages.js").Skipped} skipped */
  #skip(skipped) {
    this.seen = skipped.to;
    this.events.push(skipped);
    this.#settle(this.#settlement.skip(skipped.to, skipped.n ?? 0));
  }

  /** Tell the program of messages up to number `n` that will not come back any more. @param {number | null} n */
  #settle(n) {
    if (n !== null) {
      const message = "the server has had it, but what became of it was not heard";
      for (const settled of this.#queue.outbox.settle(n)) {
        this.events.push({ t: "error", code: "unanswered", message, n: settled });
      }
    }
  }

  /** @param {import("./messages.js").ErrorMessage} error */
  #refused(error) {
    this.events.push(error);
    if (this.#queue.refused(error.n ?? 0)) {
      this.#warnOfRate();
    }
  }

  /** @param {Welcome} welcome */
  #welcomed(welcome) {
    this.stage = "live";
    this.me = welcome.me;
    this.#backoff.reset();
    this.#queue.limits = welcome.limits;
    this.#queue.reports.askedFor(welcome.steps ? 1 : 0);
    this.code = welcome.code ?? "";
    this.room = welcome.room || this.room; // hello may have had a code, which another server does not know
    const { outbox, parcels } = this.#queue;
    const dropped = welcome.resumed ? 0 : outbox.startAnew();
    const lost = this.#session.welcomed(welcome, dropped);
    if (welcome.resumed && !welcome.snapshot) {
      this.events.push({ t: "resumed", missed: welcome.s - this.seen });
    } else {
      this.#startFrom(welcome, lost, dropped);
      parcels.restart(); // pieces that were sent may be lost
    }
    if (welcome.resumed) {
      const n = welcome.n ?? 0;
      outbox.countFrom(n);
      this.#settlement.expect(welcome.s, n);
      this.#settle(this.#settlement.reach(this.seen));
    } else {
      this.#settlement.clear();
    }
  }

  /** @param {Welcome} welcome @param {string} lost @param {number} dropped */
  #startFrom(welcome, lost, dropped) {
    this.seen = welcome.s;
    this.log += 1;
    const { me, s, snapshot = {} } = welcome;
    this.events.push({ t: "joined", me, s, snapshot, lost, dropped, log: this.log });
  }

  /** @param {import("./messages.js").Bye} bye @param {number} now */
  #handleBye(bye, now) {
    if (typeof bye.again === "number") {
      this.farewell = bye.message;
      this.#backoff.retryAt = now + bye.again * 1000;
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
