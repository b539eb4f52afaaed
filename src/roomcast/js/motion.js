// Where something is to be shown between two reports of where it was: as client/motion.py in Python. Times are seconds.

const MOST_SAMPLES = 256; // of one track
const GAPS = 9; // of which the median is the usual one
const FIRST_GAP = 0.05; // seconds: the usual gap before one is known
const PAUSE = 3; // usual gaps: in a longer one, it did not move,
const SHORTEST_PAUSE = 0.25; // seconds: … if the gap is longer than those of a network that stutters, too

const UNKNOWN_DELAY = 0.1; // seconds, before anything was heard
const MEMORY = 3; // seconds for which the latest report counts
const LONGEST = 1; // seconds: what is later than this is not waited for
const FASTER = 0.1; // by how much time may run faster, to get to a shorter delay
const SLOWER = 0.5; // … and slower, to get to a longer one

/** What the numbers of one player were, and when. */
export class Track {
  #angles;
  #jump;
  /** @type {[number, number[]][]} */
  #samples = [];
  /** @type {number[]} */
  #gaps = [];

  /**
   * @param {number[]} [angles] the indexes of those that are degrees
   * @param {number | null} [jump] a longer way from one report to the next is no motion, and not interpolated
   */
  constructor(angles = [], jump = null) {
    this.#angles = angles;
    this.#jump = jump;
  }

  /**
   * Report where it was at that time. Returns the time since the report before, 0 where it had stood still.
   * @param {number} at
   * @param {number[]} place
   */
  add(at, place) {
    const samples = this.#samples;
    const last = samples.at(-1);
    if (!last) {
      samples.push([at, place]);
      return 0;
    }
    const gap = at - last[0];
    if (gap <= 0) {
      last[1] = place;
      return 0;
    }
    const gaps = this.#gaps;
    const usual = [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? FIRST_GAP;
    const paused = gap > Math.max(PAUSE * usual, SHORTEST_PAUSE);
    gaps.push(Math.min(gap, 2 * usual)); // where all are so long, they become the usual ones
    gaps.splice(0, gaps.length - GAPS);
    if (paused) {
      samples.push([at - usual, last[1]]);
    }
    samples.push([at, place]);
    samples.splice(0, samples.length - MOST_SAMPLES);
    return paused ? 0 : gap;
  }

  /**
   * Where it was then. Times are asked for in order: what lies before this one is forgotten.
   * @param {number} time
   * @returns {number[]}
   */
  at(time) {
    const samples = this.#samples;
    while (samples.length > 1 && samples[1][0] <= time) {
      samples.shift();
    }
    const [[begin, here], next] = samples;
    return next && time > begin ? this.#between(here, next[1], (time - begin) / (next[0] - begin)) : here;
  }

  /** @param {number[]} here @param {number[]} there @param {number} share */
  #between(here, there, share) {
    const ways = there.map((to, index) => (this.#angles.includes(index) ? shorter((to % 360) - (here[index] % 360)) : to - here[index]));
    const straight = ways.filter((_, index) => !this.#angles.includes(index));
    if (this.#jump !== null && Math.hypot(...straight) > this.#jump) {
      return here;
    }
    return here.map((from, index) => {
      const way = ways[index];
      return Number.isFinite(way) ? from + way * share : from * (1 - share) + there[index] * share; // … too far for a number
    });
  }
}

/** The shorter way round, of degrees. @param {number} way */
export function shorter(way) {
  return ((((way + 180) % 360) + 360) % 360) - 180;
}

/**
 * The time that is shown: as close to now as the latest of the recent reports allows. It never goes back: where reports come later
 * than before, it runs slower for a while, and else faster.
 */
export class PlayoutClock {
  /** @type {[number, number][]} when heard, and the delay that it needed; the longest first */
  #needs = [];
  /** @type {number | null} when the time was asked for last */
  #asked = null;
  #shown = 0; // … and what it was

  /**
   * A report has come `age` seconds after what it reports, which was `gap` seconds after the one before.
   * @param {number} now
   * @param {number} age
   * @param {number} gap
   */
  heard(now, age, gap) {
    const need = Math.min(age + gap, LONGEST);
    const needs = this.#needs;
    while (needs.length > 0 && needs[needs.length - 1][1] <= need) {
      needs.pop();
    }
    needs.push([now, need]);
  }

  /** Seconds by which what is shown should lie in the past. @param {number} now */
  delay(now) {
    const needs = this.#needs;
    while (needs.length > 1 && now - needs[0][0] > MEMORY) {
      needs.shift();
    }
    return needs.length > 0 ? needs[0][1] : UNKNOWN_DELAY;
  }

  /** The time to show now. @param {number} now */
  time(now) {
    const wanted = now - this.delay(now);
    if (this.#asked === null || Math.abs(wanted - this.#shown) > LONGEST + now - this.#asked) {
      this.#shown = wanted;
    } else {
      const passed = now - this.#asked;
      const off = wanted - (this.#shown + passed);
      this.#shown += passed + Math.max(-SLOWER * passed, Math.min(FASTER * passed, off));
    }
    this.#asked = now;
    return this.#shown;
  }
}
