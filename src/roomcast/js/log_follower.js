// Follows the room's log as the client receives it: which entries have come, where to go on, and what of ours is in them.

import { refusal } from "./send_queue.js";
import { Settlement } from "./settlement.js";

/** @typedef {import("./client_events.js").Event} Event */
/** @typedef {import("./messages.js").Snapshot} Snapshot */

/**
 * From where to go on: a snapshot at `s`, and how far the log was then.
 * @typedef {{me: string, s: number, snapshot: Snapshot, upto: number, world?: string, before?: number, lost?: string, dropped?: number}} Start
 */

export class LogFollower {
  /** @type {Event[]} */
  events = []; // for the program
  seen = 0; // seq of the last entry received
  log = 0; // the number of the log that `seen` is in: a new session, or a loss, begins another
  knowsWorld = false; // all that the world is made of has come: since one, or since the room's beginning
  holding = false; // the program begins once more: nothing is to be run until the answer comes
  asked = false; // the server has been asked for that

  #outbox;
  #settlement;

  /** @param {import("./outbox.js").Outbox} outbox what we have sent, until it is in the log @param {number} [began] as in `Settlement` */
  constructor(outbox, began) {
    this.#outbox = outbox;
    this.#settlement = new Settlement(began);
  }

  /** Seq after which entries with our id are ours. */
  get began() {
    return this.#settlement.began;
  }

  /** Begin once more, when the answer comes. */
  hold() {
    this.holding = this.log > 0;
    this.asked = false;
  }

  /** Whether the next start is the answer. */
  get awaitsAnswer() {
    return this.holding && this.asked;
  }

  /** The next entry. @param {import("./client_events.js").LogEvent & {s: number}} message */
  follow(message) {
    this.seen = message.s;
    this.events.push(message);
    this.settle();
  }

  /** A turn; after it come the answers to those of our messages in it that asked. @param {import("./messages.js").Turn} turn */
  followTurn(turn) {
    /** @type {Event[]} */
    const answered = [];
    for (const n of turn.ok ?? []) {
      if (this.#settlement.mayCome(n, turn.s)) {
        const answer = this.#outbox.acknowledge(n)?.answer;
        if (answer) {
          answer.resolve(turn.re?.find((one) => one.n === n)?.r ?? null, turn.s);
          answered.push({ t: "answered", answer });
        }
      }
    }
    this.seen = turn.s;
    this.events.push(turn, ...answered);
    this.settle();
  }

  /** An entry with our id has come: where it is ours, message `n` is acknowledged. @param {number} n @param {number} seq */
  acknowledge(n, seq) {
    if (this.#settlement.mayCome(n, seq)) {
      this.#outbox.acknowledge(n);
    }
  }

  /** @param {import("./messages.js").Skipped} skipped */
  skip(skipped) {
    this.seen = skipped.to;
    this.knowsWorld = Boolean(skipped.world);
    this.events.push(skipped);
    if (skipped.upto) {
      this.expect(skipped.upto, skipped.n ?? 0);
    } else {
      this.#settleUpTo(this.#settlement.skip(skipped.to, skipped.n ?? 0));
    }
  }

  /** Go on in another log, or at another place of it. @param {Start} start */
  startAt({ me, s, snapshot, upto, world = "", before = 0, lost = "", dropped = 0 }) {
    this.seen = s;
    this.log += 1;
    this.knowsWorld = world !== "" || s === 0;
    const again = this.awaitsAnswer;
    this.holding &&= !again;
    this.events.push({ t: "joined", me, s, snapshot, lost, dropped, log: this.log, upto, world, before, again });
  }

  /** A session begins, and the log ends at `seq`. @param {number} seq */
  begin(seq) {
    this.#settlement.begin(seq);
  }

  /** When the log ended at `seq`, the server had our messages up to number `n`. @param {number} seq @param {number} n */
  expect(seq, n) {
    this.#settlement.expect(seq, n);
  }

  /** Tell the program of our messages that should be among the entries up to here, and are not. */
  settle() {
    this.#settleUpTo(this.#settlement.reach(this.seen));
  }

  /** @param {number | null} n */
  #settleUpTo(n) {
    if (n !== null) {
      const message = "the server has had it, but what became of it was not heard";
      this.events.push(...this.#outbox.settle(n).map((settled) => refusal("unanswered", message, settled)));
    }
  }
}
