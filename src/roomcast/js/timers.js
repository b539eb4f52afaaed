// Timers of a room, on its own time: each program keeps those that its functions have set, and runs them by one rule, as
// core/client/timers.py in Python.
//
//   Before an entry is run, all timers are run that are due at its `at` or before: the earliest first, and of those that are due
//   at one time the one that was set first.
//
// What is in the log decides alone at which place of the order a timer runs. Times are the room's, in Unix milliseconds.

export const MOST = 10_000; // timers that may wait in one program
export const LEAST = 1; // ms from setting a timer to its run, and between two runs: so each run takes time further
export const FAST = 50; // ms: where the time is told as often, no other timer needs to ask for a moment of its own
export const MOST_OFTEN = 1000 / 60; // ms: no room tells its time more often
export const PLACES = 100_000; // ids of timers from one entry to the next
const FEW = 64; // cancelled timers, of which fewer are not worth looking for

/** When the room's time must be told: at a moment; and at each step of a schedule. 0: not. @typedef {{at: number, every: number, start: number}} Wake */

/** A timer that waits: as in `TimerRecord`. @typedef {{name: string, args: readonly any[], start: number, interval: number, runs: number, id: number}} SavedTimer */
/**
 * The timers of a program at one place of the order: `records` in the order of setting, the milliseconds that they have `rested`
 * in all, how often a function `ran` since the last entry, by name, and how many were `made` since that entry.
 * @typedef {{records: SavedTimer[], rested: number, ran: [name: string, runs: number][], made: number}} SavedTimers
 */

/** @type {Readonly<Wake>} */
export const NO_WAKE = Object.freeze({ at: 0, every: 0, start: 0 });

/** A function that is to run once, or again and again. Its run number `runs` is due at `start + runs * interval`. */
export class TimerRecord {
  runs = 0; // how often it has run
  over = false; // it has run for the last time, or was cancelled

  /**
   * @param {number} number in the order of setting
   * @param {number} id made of its place in the room's order: the same in every program
   * @param {string} name of its function
   * @param {readonly any[]} args
   * @param {number} start on the timers' own time, which stands still while they rest
   * @param {number} interval 0: it runs once
   */
  constructor(number, id, name, args, start, interval) {
    this.number = number;
    this.id = id;
    this.name = name;
    this.args = args;
    this.start = start;
    this.interval = interval;
  }

  /** When it is to run next, on the timers' own time. */
  get due() {
    return this.start + this.runs * this.interval;
  }
}

export class Timers {
  /** Those that are to run, by id, in the order of setting. @type {Map<number, TimerRecord>} */
  waiting = new Map();

  #number = 0;
  /** @type {TimerRecord[]} */
  #heap = [];
  #cancelled = 0; // of those in the heap
  #rested = 0; // ms
  #since = 0; // the last rest: from when
  #until = 0; // … until when
  #seq = 0; // of the entry after which these have counted:
  /** @type {Map<string, number>} */
  #ran = new Map(); // runs since that entry, by name
  #made = 0; // timers set since that entry
  /** @type {Readonly<Wake> | null} */
  #wanted = NO_WAKE; // null: it has changed

  /** How many are to run. */
  get count() {
    return this.waiting.size;
  }

  /**
   * A timer is set after the entry `seq`, at a time, to run `delay` ms later, and then every `interval`; 0: once.
   * @param {string} name
   * @param {readonly any[]} args
   * @param {number} seq
   * @param {number} at
   * @param {number} delay
   * @param {number} [interval]
   */
  set(name, args, seq, at, delay, interval = 0) {
    if (this.count === 0) {
      this.#rested = 0; // as where no timer was ever set: so equal states are saved equally
    }
    const start = at - this.#rested + Math.max(delay, LEAST);
    const id = this.#nextId(seq);
    const timer = new TimerRecord(this.#number, id, name, args, start, interval && Math.max(interval, LEAST));
    this.#number += 1;
    this.waiting.set(id, timer);
    this.#wanted = null;
    push(this.#heap, timer);
    return timer;
  }

  /** @param {number} seq */
  #nextId(seq) {
    this.#countFrom(seq);
    let id;
    do {
      id = seq * PLACES + this.#made;
      this.#made += 1;
    } while (this.waiting.has(id)); // it may be, from a log that was undone
    return id;
  }

  /** @param {number} seq */
  #countFrom(seq) {
    if (this.#seq !== seq) {
      this.#seq = seq;
      this.#ran = new Map();
      this.#made = 0;
    }
  }

  /** What follows is another log, in which an entry with the same seq is another one. */
  forgetPlace() {
    this.#countFrom(-1);
  }

  /** When a timer is to run next, in Unix ms; Infinity: it is over. @param {TimerRecord} timer */
  dueOf(timer) {
    return timer.over ? Infinity : timer.due + this.#rested;
  }

  /** It does not run any more. Does nothing for one that is over. @param {TimerRecord} timer */
  cancel(timer) {
    if (timer.over) {
      return;
    }
    timer.over = true;
    this.waiting.delete(timer.id);
    this.#wanted = null;
    this.#cancelled += 1;
    if (this.#cancelled > FEW && this.#cancelled * 2 > this.#heap.length) {
      this.#heap = this.#heap.filter((one) => !one.over).sort((one, other) => (isBefore(one, other) ? -1 : 1));
      this.#cancelled = 0;
    }
  }

  /** When the next one is to run; Infinity: there is none. */
  get due() {
    while (this.#heap.length > 0 && this.#heap[0].over) {
      pop(this.#heap);
      this.#cancelled -= 1;
    }
    return this.#heap.length > 0 ? this.#heap[0].due + this.#rested : Infinity;
  }

  /** The one that is to run next, of which there must be one. */
  get next() {
    return this.#heap[0];
  }

  /** Text that says which run the next one is: the same in every program that has read the log up to `seq`. @param {number} seq */
  key(seq) {
    const { name } = this.next;
    return `${seq}:${name}:${this.#seq === seq ? (this.#ran.get(name) ?? 0) : 0}`;
  }

  /** The next one runs, after the entry `seq`. @param {number} seq */
  ran(seq) {
    const timer = this.next;
    this.#countFrom(seq);
    this.#ran.set(timer.name, (this.#ran.get(timer.name) ?? 0) + 1);
    this.#wanted = null;
    if (timer.interval) {
      timer.runs += 1;
      sink(this.#heap);
    } else {
      timer.over = true;
      this.waiting.delete(timer.id);
      pop(this.#heap);
    }
  }

  /** The timers as they are after the entry `seq`, for `restore`. @param {number} seq @returns {SavedTimers} */
  saved(seq) {
    const records = Array.from(this.waiting.values(), ({ name, args, start, interval, runs, id }) => ({ name, args, start, interval, runs, id }));
    const [ran, made] = this.#seq === seq ? [[...this.#ran], this.#made] : [[], 0];
    return { records, rested: records.length > 0 ? this.#rested : 0, ran, made };
  }

  /** Go on with the timers that were saved after the entry `seq`, in place of all there were. @param {SavedTimers} saved @param {number} seq */
  restore({ records, rested, ran, made }, seq) {
    this.waiting.forEach((one) => (one.over = true));
    this.waiting = new Map();
    this.#heap = [];
    this.#cancelled = 0;
    records.forEach(({ name, args, start, interval, runs, id }, number) => {
      const timer = new TimerRecord(number, id, name, args, start, interval);
      timer.runs = runs;
      this.waiting.set(id, timer);
      push(this.#heap, timer);
    });
    this.#number = records.length;
    this.#rested = rested;
    this.#since = this.#until = 0;
    this.#seq = seq;
    this.#ran = new Map(ran);
    this.#made = made;
    this.#wanted = null;
  }

  /** Nothing was due between these times: all are due later. Said twice, it counts once. @param {number} since @param {number} until */
  rest(since, until) {
    if (this.#since !== since || this.#until !== until) {
      this.#rested += until - since;
      this.#since = since;
      this.#until = until;
      this.#wanted = null;
    }
  }

  /** When the room's time must be told to this program, though nothing else happens. */
  wanted() {
    this.#wanted ??= this.#findWanted();
    return this.#wanted;
  }

  /** @returns {Wake} */
  #findWanted() {
    const running = this.#heap.filter((one) => !one.over);
    const repeated = running.filter((one) => one.interval);
    if (repeated.length === 0) {
      return { ...NO_WAKE, at: running.length > 0 ? this.due : 0 };
    }
    const fastest = repeated.reduce((one, other) =>
      other.interval < one.interval || (other.interval === one.interval && other.number < one.number) ? other : one,
    );
    const every = fastest.interval * Math.max(1, Math.ceil(MOST_OFTEN / fastest.interval));
    let at = Infinity;
    if (every > FAST) {
      running.forEach((one) => (at = one === fastest ? at : Math.min(at, one.due)));
    }
    return { at: at < Infinity ? at + this.#rested : 0, every, start: fastest.start + this.#rested };
  }
}

// ---------------------------------------------------------------------- the heap: the first to run is the first

/** @param {TimerRecord} one @param {TimerRecord} other */
function isBefore(one, other) {
  return one.due < other.due || (one.due === other.due && one.number < other.number);
}

/** @param {TimerRecord[]} heap @param {TimerRecord} timer */
function push(heap, timer) {
  let place = heap.length;
  for (; place > 0; place = (place - 1) >> 1) {
    const above = heap[(place - 1) >> 1];
    if (isBefore(above, timer)) {
      break;
    }
    heap[place] = above;
  }
  heap[place] = timer;
}

/** @param {TimerRecord[]} heap */
function pop(heap) {
  const last = heap.pop();
  if (last && heap.length > 0) {
    heap[0] = last;
    sink(heap);
  }
}

/** The first one is due later than before: put it where it belongs. @param {TimerRecord[]} heap */
function sink(heap) {
  const timer = heap[0];
  let place = 0;
  for (;;) {
    let below = 2 * place + 1;
    if (below + 1 < heap.length && isBefore(heap[below + 1], heap[below])) {
      below += 1;
    }
    if (below >= heap.length || isBefore(timer, heap[below])) {
      heap[place] = timer;
      return;
    }
    heap[place] = heap[below];
    place = below;
  }
}
