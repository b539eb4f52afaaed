// The room's dice: random numbers that are the same in everyone's functions, in Python's as well.

import { BadArgument } from "./errors.js";
import { Generator } from "./prng.js";
import { NOWHERE } from "./running.js";

const OWN = "For what only this page sees, take Math.random()";

/**
 * The dice of a room, `room.random`: in functions that are run for an entry, they give everyone the same numbers.
 *
 * Each call of a function has a generator of its own, which follows from the room's seed and the entry's place in the order: so
 * the numbers are the same whoever joined when. They can be used wherever the room runs a function for an entry of its log, or a
 * timer, up to its first `await`. Anywhere else, every method throws `BadArgument`.
 *
 * Not for secrets: whoever is in the room can foresee all numbers.
 */
export class RoomRandom {
  #running;
  #seed;

  /**
   * @param {() => import("./running.js").RunningCall | null} running gives the call out of which we are asked
   * @param {() => string} seed
   */
  constructor(running, seed) {
    this.#running = running;
    this.#seed = seed;
  }

  /** A whole number from `a` to `b`, both included: a die is `randint(1, 6)`. @param {number} a @param {number} b */
  randint(a, b) {
    return this.#generator.randint(a, b);
  }

  /**
   * One of the numbers from `start` up to, but not including, `stop`, by steps of `step`. With one argument: from 0 up to that.
   * @param {number} start
   * @param {number} [stop]
   * @param {number} [step]
   */
  randrange(start, stop, step) {
    return this.#generator.randrange(start, stop, step);
  }

  /** A whole number of `k` bits, at most 53. @param {number} k */
  getrandbits(k) {
    return this.#generator.getrandbits(k);
  }

  /**
   * One element of an array, or one character of a text.
   * @template T
   * @param {ArrayLike<T>} from
   * @returns {T}
   */
  choice(from) {
    return this.#generator.choice(from);
  }

  /**
   * `k` elements, each of which may come again. `weights`: how likely each is; `cumWeights`: their sums.
   * @template T
   * @param {ArrayLike<T>} from
   * @param {{weights?: Iterable<number>, cumWeights?: Iterable<number>, k?: number}} [how]
   * @returns {T[]}
   */
  choices(from, how) {
    return this.#generator.choices(from, how);
  }

  /** Put an array into a random order, in place. @param {any[]} elements */
  shuffle(elements) {
    this.#generator.shuffle(elements);
  }

  /**
   * `k` different elements, in random order. `counts`: how often each is there.
   * @template T
   * @param {ArrayLike<T>} from
   * @param {number} k
   * @param {{counts?: Iterable<number>}} [how]
   * @returns {T[]}
   */
  sample(from, k, how) {
    return this.#generator.sample(from, k, how);
  }

  /** A number from 0 up to, but not including, 1. */
  random() {
    return this.#generator.random();
  }

  /** A number between `a` and `b`. @param {number} a @param {number} b */
  uniform(a, b) {
    return this.#generator.uniform(a, b);
  }

  /**
   * A number from `low` to `high`, the likelier the nearer to `mode`, by default the middle.
   * @param {number} [low]
   * @param {number} [high]
   * @param {number} [mode]
   */
  triangular(low, high, mode) {
    return this.#generator.triangular(low, high, mode);
  }

  /** A number of the normal distribution with mean `mu` and standard deviation `sigma`. @param {number} [mu] @param {number} [sigma] */
  gauss(mu, sigma) {
    return this.#generator.gauss(mu, sigma);
  }

  /** As `gauss`. @param {number} [mu] @param {number} [sigma] */
  normalvariate(mu, sigma) {
    return this.#generator.gauss(mu, sigma);
  }

  /** A time until the next event, where on average `lambd` of them come in one unit of time. @param {number} [lambd] */
  expovariate(lambd) {
    return this.#generator.expovariate(lambd);
  }

  /** That of the call that runs now. @returns {Generator} @throws {BadArgument} where none does that all others make as well */
  get #generator() {
    const call = this.#running();
    if (!call) {
      throw new BadArgument(
        "room.random is used outside of the room's functions (or after an await in one), where others roll something else or " +
          `nothing: roll in a function of room.everywhere, and call that. ${OWN}`,
        "dice",
      );
    }
    if (call === NOWHERE) {
      throw new BadArgument(
        "room.random is used in a function that is not run for an entry of the room's order (such as a join of who was here before " +
          `us, an error, or a check): others do not run it at the same place. Roll in a function of room.everywhere. ${OWN}`,
        "dice",
      );
    }
    call.generator ??= new Generator(`${this.#seed()}:${call.key}`);
    return call.generator;
  }
}
