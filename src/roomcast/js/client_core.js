// A client's half of the protocol, without I/O, clock or randomness: as core/client/client_core.py in Python.
//
// It numbers what is sent and keeps it until it is acknowledged; after a lost connection it resumes, and sends the rest again.
//
//   stage       what happens                            what follows
//   -------     ------------------------------------    -----------------------------------------------
//   offline     `connected`                             hello → greeting
//   greeting    welcome                                 everything unacknowledged again → live
//               error, bye                              offline, or over
//   live        an entry                                `events`; our own is acknowledged
//   any         `disconnected`                          offline; `retryAt` says when to try again
//   any         `disconnected` for good, or in vain     over
//   any         bye without a time to return, `leave`   over

import { decode } from "./codec.js";
import { Reconnection, oneLine } from "./reconnection.js";
import { RoomClock } from "./room_clock.js";
import { RoundTrips } from "./round_trips.js";
import { SendQueue } from "./send_queue.js";
import { checked } from "./server_messages.js";
import { Session } from "./session.js";
import { Settlement } from "./settlement.js";
import { Wakes } from "./wakes.js";

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
  near = /** @type {string[]} */ ([]); // where we have made the room: others that are nearly called the same
  seen = 0; // seq of the last entry received
  log = 0; // the number of the log that `seen` is in: a new session, or a loss, begins another
  /** @type {Event[]} */
  events = [];
  /** @type {Closed | null} */
  over = null; // why the room is over
  holding = false; // we have asked to begin once more: nothing is to be run until the answer comes
  ticked = 0; // the newest tick: no entry from before that time will come (Unix ms); 0: none
  clock = new RoomClock();
  roundTrips = new RoundTrips(this.clock);

  #reconnection;
  #session;
  #queue;
  #settlement = new Settlement();
  #wakes = new Wakes();
  #greetedAt = 0; // when hello was written
  #urgent = ""; // what goes before all else, in a frame of its own: hello, or a ping

  /**
   * @param {string} room
   * @param {string} name
   * @param {() => number} random gives numbers from 0 to 1, for the jitter of the waits
   * @param {Partial<import("./session.js").Settings & {origin: number}>} [settings] `origin`: Unix ms at which the caller's clock was 0
   */
  constructor(room, name, random, settings = {}) {
    this.room = room;
    this.name = name;
    this.#reconnection = new Reconnection(random);
    this.#session = new Session(settings);
    this.#queue = new SendQueue(settings.kept ?? null, settings.origin ?? 0);
  }

  /** How many messages are not acknowledged, calls with bytes that are not sent yet included. */
  get unacknowledged() {
    return this.#queue.unacknowledged;
  }

  /** How many messages were not sent because they were outdated. */
  get outdated() {
    return this.#queue.outbox.outdated;
  }

  /** Whether `takeFrame` may have something to write. */
  get hasOutput() {
    const { hasLines, hasPiece } = this.#queue;
    return this.#urgent !== "" || hasLines || this.#wakes.hasOutput || (this.stage === "live" && hasPiece);
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
    return this.#reconnection.retryAt;
  }

  /** What the server said when it last sent us away for a while: a message and a code, or two times "". */
  get farewell() {
    return { message: this.#reconnection.farewell, code: this.#reconnection.code };
  }

  /** Milliseconds to wait before the next try to connect; 0 when it is due, or the room is over. @param {number} now */
  waitBeforeRetry(now) {
    return this.stage === "over" ? 0 : Math.max(0, this.retryAt - now);
  }

  // ------------------------------------------------------------------ what the program sends

  /**
   * As `SendQueue.addCommand`.
   * @param {string} command @param {string} args @param {string[] | null} to @param {number} now
   * @param {import("./send_queue.js").Outdating | null} [outdating]
   */
  do(command, args, to, now, outdating = null) {
    const n = this.#queue.addCommand(command, args, to, now, outdating);
    if (outdating === null) {
      this.#warnOfRate();
    }
    return n;
  }

  /**
   * As `SendQueue.addParcel`.
   * @param {string} command @param {string} args @param {import("./parcels.js").Blobs} blobs @param {string[] | null} to
   */
  send(command, args, blobs, to) {
    this.#queue.addParcel(command, args, blobs, to);
  }

  /** As `SendQueue.addPatch`. @param {"me" | "room"} of @param {string} patch @param {import("./send_queue.js").How} how */
  set(of, patch, how) {
    const n = this.#queue.addPatch(of, patch, how);
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
      this.#queue.reports.ran(entry, ran, this.me, this.log);
    }
  }

  /** Let the server compare the hash of our state after the entry at `seq`. @param {number} seq @param {string} digest */
  check(seq, digest) {
    if (this.stage === "live") {
      this.#queue.reports.add(JSON.stringify({ t: "check", s: seq, d: digest }), this.log);
    }
  }

  /** Have the server tell the room's time when a timer is due. Returns as `Wakes.ask`. @param {Readonly<import("./timers.js").Wake>} wanted @param {number} heard */
  askForTime(wanted, heard) {
    return this.#wakes.ask(wanted, heard);
  }

  /** Begin once more, with the room's world. Until the answer comes, `holding` is true. */
  beginWithWorld() {
    this.#session.from = "world";
    if (this.log) {
      this.holding = true;
      if (this.stage === "live") {
        this.#queue.reports.add('{"t":"begin"}', this.log);
      }
    }
  }

  /**
   * Answer `save`, of that log, with the program's own state as canonical JSON text; null: it cannot be had.
   * @param {number} log @param {import("./messages.js").Save} save @param {string | null} text
   */
  saveWorld(log, save, text) {
    const { limits, world } = this.#queue;
    if (this.stage !== "live" || !limits) {
      return;
    }
    if (text === null) {
      world.decline(log, save);
    } else {
      world.add(log, save, text, limits.message_size);
    }
  }

  /** Ask the server for an answer, to learn whether the connection is alive, and how long it takes. */
  ping() {
    if (this.stage === "live") {
      this.#urgent = '{"t":"ping"}';
    }
  }

  /** The program leaves the room. */
  leave() {
    this.#end("left", "this program left the room");
  }

  /** Come back as a new player. @param {string} why */
  forget(why) {
    this.#session.forget(why);
  }

  /** Do not come back: the other side does not let us in. @param {string} code @param {string} why */
  giveUp(code, why) {
    this.#end(code, why);
  }

  #warnOfRate() {
    const warning = this.stage === "live" ? this.#queue.rateWarning() : null;
    if (warning) {
      this.events.push(warning);
    }
  }

  // ------------------------------------------------------------------ the connection: bytes out, bytes in

  /** The next frame to write, "" if there is none now. @param {number} now */
  takeFrame(now) {
    if (this.#urgent) {
      const frame = this.#urgent;
      this.#urgent = "";
      if (this.stage === "live") {
        this.roundTrips.sent(now);
      } else {
        this.#greetedAt = now;
      }
      return frame;
    }
    if (this.stage === "live" && this.#wakes.hasOutput) {
      return this.#wakes.write();
    }
    const { limits, outbox } = this.#queue;
    outbox.dropTooOld(now);
    return this.stage === "live" && limits ? this.#queue.nextFrame(now, limits.message_size, this.log) : "";
  }

  /** A connection is open: hello goes out next. */
  connected() {
    this.stage = "greeting";
    this.#urgent = JSON.stringify(this.#session.hello(this.room, this.name, this.seen, this.holding));
    this.#reconnection.connected();
  }

  /**
   * The connection is lost, or could not be made.
   * @param {string} why
   * @param {number} now
   * @param {import("./reconnection.js").Ending} [ending]
   */
  disconnected(why, now, ending = { said: false, final: false }) {
    if (this.stage === "over") {
      return;
    }
    const live = this.stage === "live";
    const forGood = this.#reconnection.ended(why, now, live, ending);
    if (forGood) {
      this.#end("", forGood);
      return;
    }
    if (live) {
      this.#urgent = "";
      this.roundTrips.disconnected();
      this.events.push({ t: "offline", why: this.#reconnection.farewell || why });
    }
    this.stage = "offline";
    this.#queue.reports.clear();
    this.#queue.world.clear();
    this.#reconnection.wait(now);
  }

  // ------------------------------------------------------------------ messages of the server

  /**
   * Handle one frame; what it brings is in `events`.
   * @param {string} frame
   * @param {number} now
   * @throws {ProtocolError} if the server breaks the protocol: then drop the connection
   */
  receive(frame, now) {
    for (const one of decode(frame)) {
      if (this.stage === "over") {
        return;
      }
      const message = checked(one, this.seen);
      switch (message.t) {
        case "do":
        case "set":
          if (message.by === this.me && this.#settlement.mayCome(message.n ?? 0)) {
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
          this.#follow(message);
          break;
        case "welcome":
          this.#welcomed(message, now);
          break;
        case "skipped":
          this.#skip(message);
          break;
        case "begin":
          this.#begin(message);
          break;
        case "save":
          this.events.push(message);
          break;
        case "tick":
          this.ticked = message.at;
          break;
        case "error":
          this.#refused(message);
          break;
        case "pong":
          this.roundTrips.answered(message, now);
          break;
        case "report":
          this.#queue.reports.askedFor(message.every);
          break;
        case "bye":
          this.#handleBye(message, now);
          break;
      }
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
    if (skipped.upto) {
      this.#settlement.expect(skipped.upto, skipped.n ?? 0);
    } else {
      this.#settle(this.#settlement.skip(skipped.to, skipped.n ?? 0));
    }
  }

  /** @param {import("./messages.js").Begin} begin */
  #begin({ s, snapshot, n = 0, upto = 0, world = "" }) {
    this.#startAt({ me: this.me, s, snapshot, upto: upto || s, world });
    this.#queue.parcels.restart();
    this.#settlement.expect(upto || s, n);
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
    if (error.code === "no-world") {
      this.holding = false;
    }
    if (error.code === "rate" && !error.n) {
      this.#queue.told = true;
    }
    this.events.push({ ...error, message: oneLine(error.message) });
    if (this.#queue.refused(error.n ?? 0)) {
      this.#warnOfRate();
    }
  }

  /** @param {Welcome} welcome @param {number} now */
  #welcomed(welcome, now) {
    this.stage = "live";
    if (this.roundTrips.wanted) {
      this.ping();
    }
    ({ me: this.me, code: this.code = "", near: this.near = [] } = welcome);
    this.#reconnection.welcomed(now);
    this.#queue.limits = welcome.limits;
    this.#queue.reports.askedFor(welcome.steps ? 1 : 0);
    this.room = welcome.room || this.room; // hello may have had a code, which another server does not know
    const { outbox, parcels } = this.#queue;
    const dropped = welcome.resumed ? 0 : outbox.startAnew();
    if ((welcome.epoch ?? 1) !== this.#session.epoch) {
      this.ticked = 0; // what another run of the server has told does not hold for this one
    }
    const again = this.holding;
    const lost = this.#session.welcomed(welcome, dropped, again);
    if (welcome.resumed && !welcome.snapshot && !again) {
      this.events.push({ t: "resumed", missed: welcome.s - this.seen });
    } else {
      this.#startFrom(welcome, lost, dropped);
      if (!(welcome.resumed && again)) {
        parcels.restart(); // pieces that were sent may be lost
      }
    }
    if (welcome.resumed) {
      const n = welcome.n ?? 0;
      outbox.countFrom(n);
      this.#settlement.expect(welcome.upto || welcome.s, n);
    } else {
      this.#settlement.expect(welcome.upto || welcome.s, 0); // an earlier player of our id may be in the log up to there
    }
    this.#settle(this.#settlement.reach(this.seen));
    this.events.push(...this.#queue.dropUnfit());
    this.clock.restart(Boolean(welcome.lost) || !welcome.resumed);
    this.clock.sample(this.#greetedAt, now, welcome.time ?? 0);
    this.#wakes.connected();
  }

  /** @param {Welcome} welcome @param {string} lost @param {number} dropped */
  #startFrom(welcome, lost, dropped) {
    const { me, s, snapshot = {}, upto = 0, world = "" } = welcome;
    this.#startAt({ me, s, snapshot, upto: upto || s, world }, lost, dropped);
  }

  /**
   * Go on from a snapshot at `s`.
   * @param {{me: string, s: number, snapshot: import("./messages.js").Snapshot, upto: number, world: string}} start
   * @param {string} [lost] @param {number} [dropped]
   */
  #startAt({ me, s, snapshot, upto, world }, lost = "", dropped = 0) {
    this.seen = s;
    this.log += 1;
    this.ticked = 0; // one of the other log, or from after entries that come again
    this.events.push({ t: "joined", me, s, snapshot, lost, dropped, log: this.log, upto, world, again: this.holding });
    this.holding = false;
  }

  /** @param {import("./messages.js").Bye} bye @param {number} now */
  #handleBye(bye, now) {
    if (typeof bye.again === "number") {
      this.#reconnection.goodbye(bye, now);
    } else {
      this.#end(bye.code, oneLine(bye.message));
    }
  }

  /** @param {string} code @param {string} message */
  #end(code, message) {
    if (this.stage !== "over") {
      this.stage = "over";
      this.holding = false;
      this.over = { t: "closed", code, message };
      this.events.push(this.over);
    }
  }
}
