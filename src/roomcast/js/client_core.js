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
import { refusal } from "./send_queue.js";
import { SendingCore } from "./sending_core.js";
import { checked } from "./server_messages.js";

/** @typedef {import("./client_events.js").Closed} Closed */
/** @typedef {import("./messages.js").Welcome} Welcome */
/** @typedef {import("./session.js").Kept} Kept */

const TOO_OLD = "this server is too old to find a room for somebody: update it, or join a room by its name";

export class ClientCore extends SendingCore {
  code = ""; // the room's code
  ticket = ""; // with which others of our party take the seats that we have reserved
  near = /** @type {string[]} */ ([]); // where we have made the room: others that are nearly called the same
  /** @type {Closed | null} */
  over = null; // why the room is over

  #reconnection;
  #urgent = ""; // what goes before all else, in a frame of its own: hello, or a ping

  /**
   * @param {string} room
   * @param {string} name
   * @param {() => number} random gives numbers from 0 to 1, for the jitter of the waits
   * @param {import("./sending_core.js").Settings} [settings]
   */
  constructor(room, name, random, settings = {}) {
    super(settings);
    this.room = this.session.comesBackTo(room);
    this.name = name;
    this.#reconnection = new Reconnection(random);
  }

  /** Whether `takeFrame` may have something to write. */
  get hasOutput() {
    const { hasLines, hasPiece } = this.queue;
    return this.#urgent !== "" || hasLines || this.timeLink.wakes.hasOutput || (this.stage === "live" && hasPiece);
  }

  /**
   * What has to be kept to resume later; null where there is no session.
   * @returns {Kept | null}
   */
  get kept() {
    const { secret, epoch } = this.session;
    return secret && this.stage !== "over" ? { session: secret, epoch, room: this.room, began: this.follower.began, ...this.queue.outbox.kept } : null;
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
    this.session.forget(why);
  }

  /** Do not come back: the other side does not let us in. @param {string} code @param {string} why */
  giveUp(code, why) {
    this.#end(code, why);
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
        this.timeLink.greeted(now);
      }
      return frame;
    }
    if (this.stage === "live" && this.timeLink.wakes.hasOutput) {
      return this.timeLink.wakes.write();
    }
    const { limits, outbox } = this.queue;
    outbox.dropTooOld(now);
    return this.stage === "live" && limits ? this.queue.nextFrame(now, limits.message_size, this.log) : "";
  }

  /** A connection is open: hello goes out next. */
  connected() {
    this.stage = "greeting";
    const { seen, holding, knowsWorld } = this.follower;
    this.follower.asked = holding; // this hello asks for it
    this.#urgent = JSON.stringify(this.session.hello(this.room, this.name, seen, holding, knowsWorld));
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
    this.queue.reports.clear();
    this.queue.world.clear();
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
          if (message.by === this.me) {
            this.follower.acknowledge(message.n ?? 0, message.s);
          }
          this.follower.follow(message);
          break;
        case "join":
        case "leave":
        case "away":
        case "back":
        case "desync":
        case "hidden":
          this.follower.follow(message);
          break;
        case "turn":
          this.follower.followTurn(message);
          break;
        case "welcome":
          this.#welcomed(message, now);
          break;
        case "skipped":
          this.follower.skip(message);
          break;
        case "begin":
          this.#begin(message);
          break;
        case "save":
          this.events.push(message);
          break;
        case "tick":
          this.timeLink.ticked = message.at;
          break;
        case "error":
          this.#refused(message);
          break;
        case "pong":
          this.roundTrips.answered(message, now);
          break;
        case "report":
          this.queue.reports.askedFor(message.every);
          break;
        case "bye":
          this.#handleBye(message, now);
          break;
      }
    }
  }

  /** @param {import("./messages.js").Begin} begin */
  #begin({ s, snapshot, n = 0, upto = 0, world = "" }) {
    this.#startAt({ me: this.me, s, snapshot, upto: upto || s, world });
    this.queue.parcels.restart();
    this.follower.expect(upto || s, n);
    this.follower.settle(); // where nothing follows, what comes next is new
  }

  /** @param {import("./messages.js").ErrorMessage} error */
  #refused(error) {
    if (error.code === "no-world") {
      this.follower.holding = false;
    }
    if (error.code === "rate" && !error.n) {
      this.queue.told = true;
    }
    const n = error.n ?? 0;
    const answer = this.queue.outbox.answerTo(n);
    const message = oneLine(error.message);
    this.events.push(answer ? refusal(error.code, message, { n, answer }) : { ...error, message });
    if (this.queue.refused(n)) {
      this.warnOfRate();
    }
  }

  /** @param {Welcome} welcome @param {number} now */
  #welcomed(welcome, now) {
    if (!this.session.cameInto(welcome)) {
      this.#end("version", TOO_OLD);
      return;
    }
    this.stage = "live";
    if (this.roundTrips.wanted) {
      this.ping();
    }
    ({ me: this.me, code: this.code = "", near: this.near = [] } = welcome);
    this.ticket = welcome.ticket || this.ticket;
    this.#reconnection.welcomed(now);
    this.queue.limits = welcome.limits;
    this.queue.reports.askedFor(welcome.steps ? 1 : 0);
    this.room = welcome.room || this.room; // hello may have had a code, which another server does not know
    const { outbox, parcels } = this.queue;
    const { dropped, unanswered } = welcome.resumed ? { dropped: 0, unanswered: [] } : outbox.startAnew();
    if ((welcome.epoch ?? 1) !== this.session.epoch) {
      this.timeLink.ticked = 0; // what another run of the server has told does not hold for this one
    }
    const again = this.follower.awaitsAnswer;
    const lost = this.session.welcomed(welcome, dropped);
    if (welcome.resumed && !welcome.snapshot && !again) {
      this.events.push({ t: "resumed", missed: welcome.s - this.seen });
    } else {
      const { me, s, snapshot = {}, upto = 0, world, before } = welcome;
      this.#startAt({ me, s, snapshot, upto: upto || s, world, before, lost, dropped });
      if (!welcome.resumed || !again || lost) {
        parcels.restart(); // pieces that were sent may be lost
      }
    }
    this.#tellAnswered(unanswered);
    const end = welcome.upto || welcome.s;
    if (welcome.resumed) {
      outbox.countFrom(welcome.n ?? 0);
      this.follower.expect(end, welcome.n ?? 0);
      this.follower.settle();
    } else {
      this.follower.begin(end);
    }
    this.events.push(...this.queue.dropUnfit());
    this.timeLink.welcomed(welcome, now);
    this.askToBegin(); // what the program has wanted since hello
  }

  /** @param {import("./log_follower.js").Start} start */
  #startAt(start) {
    this.timeLink.ticked = 0; // one of the other log, or from after entries that come again
    this.follower.startAt(start);
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
      this.follower.holding = false;
      this.over = { t: "closed", code, message };
      this.#tellAnswered(this.queue.outbox.giveUp(code || "left", message));
      this.events.push(this.over);
    }
  }

  /** @param {import("./pending_answer.js").PendingAnswer[]} answers */
  #tellAnswered(answers) {
    this.events.push(...answers.map((answer) => ({ t: /** @type {const} */ ("answered"), answer })));
  }
}
