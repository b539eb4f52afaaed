// Messages that are not acknowledged, the oldest first: those to be written, and those that are written.
//
// A message gets its number when it is written. So one that is dropped before leaves no hole in the numbers, and what a lost
// connection has not brought to the server waits again, like all that was never written.

/**
 * A message: its number `n`, which may change until it is written, and the text of its line before and after the number.
 * @typedef {object} Numbered
 * @property {number} n
 * @property {string} head
 * @property {string} tail
 * @property {string} [kind] only the newest of those of one kind counts; absent: all count
 * @property {number} [until] when it is too old to be written (ms); absent: never
 * @property {number} [at] when the program sent it (ms); absent: not known
 * @property {boolean} [again] it was written to an earlier connection
 * @property {PendingAnswer} [answer] of an ask: who waits for its answer; nobody does after a reload
 */
/**
 * What is kept through a reload. `until` is in Unix ms, null: never. `sent`: how many of `waiting` have been written.
 * @typedef {{waiting: [n: number, head: string, tail: string, kind?: string, until?: number | null][], sent: number}} KeptOutbox
 */
/** When a message is outdated, and who waits for its answer. @typedef {{kind?: string, until?: number, answer?: PendingAnswer}} Freshness */
/** @typedef {import("./pending_answer.js").PendingAnswer} PendingAnswer */

export class Outbox {
  outdated = 0; // how many messages were dropped because they were outdated

  #n = 0; // number of the newest that is written
  /** @type {Numbered[]} */
  #waiting = []; // written, and not acknowledged
  /** @type {Numbered[]} */
  #unsent = []; // to be written
  #expires = Infinity; // when the first of those may be too old (ms)
  #origin;

  /** @param {KeptOutbox | null} kept @param {number} origin Unix ms at which the caller's clock was 0 */
  constructor(kept, origin) {
    this.#origin = origin;
    if (kept) {
      const messages = kept.waiting.map(([n, head, tail, kind, until]) => ({
        n,
        head,
        tail,
        kind: kind || undefined,
        until: typeof until === "number" ? until - origin : undefined,
      }));
      this.#waiting = messages.slice(0, kept.sent);
      this.#n = this.#waiting.at(-1)?.n ?? 0;
      this.#replaceUnsent(messages.slice(kept.sent));
    }
  }

  /** @returns {KeptOutbox} */
  get kept() {
    const messages = [...this.#waiting, ...this.#unsent];
    return {
      waiting: messages.map(({ n, head, tail, kind, until }) => {
        return kind || until ? [n, head, tail, kind ?? "", until ? until + this.#origin : null] : [n, head, tail];
      }),
      sent: this.#waiting.length + this.#unsent.filter(({ again }) => again).length,
    };
  }

  get length() {
    return this.#waiting.length + this.#unsent.length;
  }

  get unsent() {
    return this.#unsent.length;
  }

  /** How many of those that are written are so. @param {(message: Numbered) => boolean} which */
  count(which) {
    return this.#waiting.filter(which).length;
  }

  /** The number of the next message that is added, unless one is dropped before it is written. */
  get next() {
    return this.#n + this.#unsent.length + 1;
  }

  // ------------------------------------------------------------------ to be written

  /**
   * Add a message; returns the number that it is likely to get.
   * @param {string} head
   * @param {string} tail
   * @param {number} [now] ms
   * @param {Freshness} [freshness]
   */
  add(head, tail, now, { kind, until, answer } = {}) {
    if (kind) {
      this.#dropOlder(kind);
    }
    if (until !== undefined) {
      this.#expires = Math.min(this.#expires, until);
    }
    const n = this.next;
    this.#unsent.push({ n, head, tail, kind, until, at: now, answer });
    return n;
  }

  /**
   * Add a message that is being written now; returns it. Nothing may be unsent.
   * @param {string} head
   * @param {string} tail
   * @returns {Numbered}
   */
  addWritten(head, tail) {
    this.#n += 1;
    const message = { n: this.#n, head, tail };
    this.#waiting.push(message);
    return message;
  }

  /**
   * The next message to write to this connection. Call `wrote` once it is written.
   * @returns {Numbered | undefined}
   */
  peek() {
    const [message] = this.#unsent;
    if (message) {
      message.n = this.#n + 1;
    }
    return message;
  }

  wrote() {
    const message = /** @type {Numbered} */ (this.#unsent.shift());
    this.#n = message.n;
    this.#waiting.push(message);
  }

  /** Drop what is to be written and is too old by now. @param {number} now ms */
  dropTooOld(now) {
    if (now > this.#expires) {
      const isFresh = ({ until = Infinity }) => now <= until;
      const old = this.#unsent.filter((message) => !isFresh(message));
      this.outdated += old.length;
      this.#replaceUnsent(this.#unsent.filter(isFresh));
      old.filter(({ kind }) => kind).forEach((message) => this.#outdateWritten(message));
    }
  }

  /** Drop messages that are to be written and are unfit; returns them. @param {(message: Numbered) => boolean} unfit */
  drop(unfit) {
    const dropped = this.#unsent.filter(unfit);
    if (dropped.length > 0) {
      this.#replaceUnsent(this.#unsent.filter((message) => !dropped.includes(message)));
    }
    return dropped;
  }

  // ------------------------------------------------------------------ written

  /**
   * Remove message `n`, which came back or was refused. Returns it.
   * @param {number} n
   * @returns {Numbered | undefined}
   */
  acknowledge(n) {
    const waiting = this.#waiting;
    // Usually the oldest; but a refusal may overtake an earlier message whose entry is still to be flushed.
    const place = waiting.length > 0 && waiting[0].n === n ? 0 : waiting.findIndex((message) => message.n === n);
    return place < 0 ? undefined : waiting.splice(place, 1)[0];
  }

  /** Who waits for the answer to message `n`, if somebody does. @param {number} n */
  answerTo(n) {
    return this.#waiting.find((message) => message.n === n)?.answer;
  }

  /** Remove all messages up to number `n`; returns them. @param {number} n */
  settle(n) {
    return this.#waiting.splice(0, this.#upTo(n));
  }

  /** No answers come any more: fail all, and return them. @param {string} code @param {string} message */
  giveUp(code, message) {
    return failed([...this.#waiting, ...this.#unsent], code, message);
  }

  /**
   * Write again what the server has not had, under the numbers that it expects: other ones, where some are outdated by now,
   * and where a crash has made it forget that it refused some.
   * @param {number} n the highest number that the server has had
   */
  countFrom(n) {
    const again = this.#waiting.splice(this.#upTo(n)).map((message) => ({ ...message, at: undefined, again: true }));
    this.#replaceUnsent(this.#newest([...again, ...this.#unsent]));
    this.#n = n;
  }

  /** In a new session, number from 1 what was never written, and drop the rest. Returns how many were dropped, and failed answers. */
  startAnew() {
    const never = this.#unsent.filter(({ again }) => !again);
    const lost = [...this.#waiting, ...this.#unsent.filter(({ again }) => again)];
    this.#replaceUnsent(never);
    this.#waiting = [];
    this.#n = 0;
    return { dropped: lost.length, unanswered: failed(lost, "unanswered", "the server began anew before it answered") };
  }

  // ------------------------------------------------------------------ outdated

  /** A newer message of that kind comes: drop the one that waits, if there is one. @param {string} kind */
  #dropOlder(kind) {
    const older = this.#unsent.find((message) => message.kind === kind);
    if (older) {
      this.#unsent = this.#unsent.filter((message) => message !== older);
      this.outdated += 1;
    }
  }

  /** A message with `latest` is dropped that was newer than those written: these are not written again. @param {Numbered} newer */
  #outdateWritten({ kind, until = Infinity }) {
    for (const message of this.#waiting) {
      if (message.kind === kind) {
        message.until = Math.min(message.until ?? Infinity, until);
      }
    }
  }

  /** The newest of each kind, and all that have none. @param {Numbered[]} messages */
  #newest(messages) {
    const last = new Map(messages.map((message) => [message.kind, message]));
    const kept = messages.filter((message) => !message.kind || last.get(message.kind) === message);
    this.outdated += messages.length - kept.length;
    return kept;
  }

  /** @param {Numbered[]} messages */
  #replaceUnsent(messages) {
    this.#unsent = messages;
    this.#expires = messages.reduce((first, { until = Infinity }) => Math.min(first, until), Infinity);
  }

  /** @param {number} n */
  #upTo(n) {
    const first = this.#waiting.findIndex((message) => message.n > n);
    return first < 0 ? this.#waiting.length : first;
  }
}

/** The answers that some wait for among these messages will not come. @param {Numbered[]} messages @param {string} code @param {string} message */
function failed(messages, code, message) {
  const answers = messages.flatMap(({ answer }) => answer ?? []);
  answers.forEach((answer) => answer.fail(code, message));
  return answers;
}

/** The line of a message. @param {Numbered} message */
export function lineOf({ head, n, tail }) {
  return head + n + tail;
}
