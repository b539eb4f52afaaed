// What a program does with its client core: what it sends, and how that stands. client_core.js has the connection, and what the
// server says.

import { LogFollower } from "./log_follower.js";
import { SendQueue } from "./send_queue.js";
import { Session } from "./session.js";
import { TimeLink } from "./time_link.js";

/** @typedef {import("./client_events.js").Event} Event */
/** @typedef {import("./messages.js").Do} Do */
/** @typedef {Partial<import("./session.js").Settings & {origin: number}>} Settings `origin`: Unix ms at which the caller's clock was 0 */

export class SendingCore {
  /** @type {"offline" | "greeting" | "live" | "over"} */
  stage = "offline";
  me = ""; // our player id; "" before the first welcome

  /** @protected */
  session;
  /** @protected */
  queue;
  /** @protected */
  follower;
  /** @protected */
  timeLink = new TimeLink();

  /** @param {Settings} settings */
  constructor(settings) {
    this.session = new Session(settings);
    this.queue = new SendQueue(settings.kept ?? null, settings.origin ?? 0);
    this.follower = new LogFollower(this.queue.outbox, settings.kept?.began);
  }

  /** What has come for the program, which takes it. @type {Event[]} */
  get events() {
    return this.follower.events;
  }

  set events(events) {
    this.follower.events = events;
  }

  /** The seq of the last entry received. */
  get seen() {
    return this.follower.seen;
  }

  /** The number of the log that `seen` is in: a new session, or a loss, begins another. */
  get log() {
    return this.follower.log;
  }

  /** Whether we have asked to begin once more: nothing is to be run until the answer comes. */
  get holding() {
    return this.follower.holding;
  }

  /** Whether a room that we know nothing of is run from the oldest entry that it keeps. */
  get fromBeginning() {
    return this.session.from === "beginning";
  }

  /** The newest tick: no entry from before that time will come (Unix ms); 0: none. */
  get ticked() {
    return this.timeLink.ticked;
  }

  get clock() {
    return this.timeLink.clock;
  }

  get roundTrips() {
    return this.timeLink.roundTrips;
  }

  /** How many messages are not acknowledged, calls with bytes that are not sent yet included. */
  get unacknowledged() {
    return this.queue.unacknowledged;
  }

  /** How many messages were not sent because they were outdated. */
  get outdated() {
    return this.queue.outbox.outdated;
  }

  // ------------------------------------------------------------------ messages

  /**
   * As `SendQueue.addCommand`.
   * @param {string} command @param {string} args @param {string[] | null} to @param {number} now
   * @param {import("./send_queue.js").Outdating | null} [outdating]
   */
  do(command, args, to, now, outdating = null) {
    const n = this.queue.addCommand(command, args, to, now, outdating);
    if (outdating === null) {
      this.warnOfRate();
    }
    return n;
  }

  /** As `SendQueue.addAsk`. @param {string} command @param {string} args @param {import("./pending_answer.js").PendingAnswer} answer */
  ask(command, args, answer) {
    return this.queue.addAsk(command, args, answer);
  }

  /**
   * As `SendQueue.addParcel`.
   * @param {string} command @param {string} args @param {import("./parcels.js").Blobs} blobs @param {string[] | null} to
   */
  send(command, args, blobs, to) {
    this.queue.addParcel(command, args, blobs, to);
  }

  /** As `SendQueue.addPatch`. @param {"me" | "room"} of @param {string} patch @param {import("./send_queue.js").How} how */
  set(of, patch, how) {
    const n = this.queue.addPatch(of, patch, how);
    this.warnOfRate();
    return n;
  }

  /** Whether the server wants to know when this entry of that log has been run here. @param {number} log @param {Do} entry */
  isAskedAbout(log, entry) {
    return log === this.log && this.queue.reports.isAskedAbout(entry, this.#isOwn(entry));
  }

  /**
   * Tell the server, where it asks, that an entry was run. Nothing is sent of another log than we follow now.
   * @param {number} log @param {Do} entry @param {number} ran ms that it took
   */
  report(log, entry, ran) {
    if (this.stage === "live" && log === this.log) {
      this.queue.reports.ran(entry, ran, log, this.#isOwn(entry));
    }
  }

  /** Whether an entry of the log that we follow is of this session of ours: its number is one that we gave. @param {Do} entry */
  #isOwn({ by, s }) {
    return by === this.me && s > this.follower.began;
  }

  /** Let the server compare the hash of our state after the entry at `seq`. @param {number} seq @param {string} digest */
  check(seq, digest) {
    if (this.stage === "live") {
      this.queue.reports.add(JSON.stringify({ t: "check", s: seq, d: digest }), this.log);
    }
  }

  /** Have the server tell the room's time when a timer is due. Returns as `Wakes.ask`. @param {Readonly<import("./timers.js").Wake>} wanted @param {number} heard */
  askForTime(wanted, heard) {
    return this.timeLink.wakes.ask(wanted, heard);
  }

  /** Begin once more, with the room's world. Until the answer comes, `holding` is true. */
  beginWithWorld() {
    this.session.from = "world";
    this.follower.hold();
    this.askToBegin();
  }

  /** Ask, where that is to be done; before the welcome, it waits for that. @protected */
  askToBegin() {
    const { follower } = this;
    if (this.stage === "live" && follower.holding && !follower.asked) {
      follower.asked = true;
      this.queue.reports.add('{"t":"begin"}', this.log);
    }
  }

  /**
   * Answer `save`, of that log, with the program's own state as canonical JSON text; null: it cannot be had.
   * @param {number} log @param {import("./messages.js").Save} save @param {string | null} text
   */
  saveWorld(log, save, text) {
    const { limits, world } = this.queue;
    if (this.stage !== "live" || !limits) {
      return;
    }
    if (text === null) {
      world.decline(log, save);
    } else {
      world.add(log, save, text, limits.message_size);
    }
  }

  /** @protected */
  warnOfRate() {
    const warning = this.stage === "live" ? this.queue.rateWarning() : null;
    if (warning) {
      this.events.push(warning);
    }
  }
}
