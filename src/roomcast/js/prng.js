// The dice of a room: random numbers that follow from a key alone, with the same bits in every language.
//
// The generator is xoshiro128** (David Blackman and Sebastiano Vigna: Scrambled linear pseudorandom number generators, ACM
// Transactions on Mathematical Software 47, 2021; public domain, https://prng.di.unimi.it). Its state is the first 16 bytes of
// the SHA-256 of the key, as four little-endian words.
//
// All else is made of its 32-bit words by whole numbers and by +, -, *, / and square roots, which IEEE 754 rounds in one way
// only. Not by Math.log: each engine has its own last digit of it. Python's core/protocol/prng.py does the same steps.

import { sha256 } from "./digest.js";
import { BadArgument } from "./errors.js";

/**
 * What elements are drawn from: an array, or a text, of which they are the characters.
 * @template T
 * @typedef {ArrayLike<T>} Elements
 */

const TWO_32 = 2 ** 32;
const LN2 = 0.6931471805599453;
const SQRT_HALF = 0.7071067811865476;

/** Random numbers for one key, such as "seed:17". Not for secrets: whoever knows the key knows all that comes. */
export class Generator {
  // The state: four words of 32 bits.
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  /** @param {string} key */
  constructor(key) {
    const hash = sha256(new TextEncoder().encode(key));
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hash.slice(2 * i, 2 * i + 2), 16));
    const view = new DataView(bytes.buffer);
    [this.#a, this.#b, this.#c, this.#d] = [0, 4, 8, 12].map((place) => view.getInt32(place, true));
  }

  // ------------------------------------------------------------------ bits

  /** The next 32 bits, as a whole number. */
  word() {
    const a = this.#a;
    const b = this.#b;
    const c = this.#c ^ a;
    const d = this.#d ^ b;
    const scrambled = Math.imul(b, 5);
    this.#a = a ^ d;
    this.#b = b ^ c;
    this.#c = c ^ (b << 9);
    this.#d = (d << 11) | (d >>> 21);
    return Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
  }

  /** A whole number of `k` bits, at most 53: here numbers are exact up to that. @param {number} k */
  getrandbits(k) {
    if (!(Number.isInteger(k) && k >= 0 && k <= 53)) {
      throw new BadArgument(`getrandbits(${k}): the number of bits is from 0 to 53`, "dice");
    }
    if (k === 0) {
      return 0;
    }
    return k <= 32 ? this.word() >>> (32 - k) : this.word() + (this.word() >>> (64 - k)) * TWO_32;
  }

  /** A whole number from 0 to n-1, each as likely as any other. @param {number} n at least 1, at most 2**53 */
  below(n) {
    const most = n - 1;
    const bits = most < TWO_32 ? 32 - Math.clz32(most) : 64 - Math.clz32(Math.floor(most / TWO_32));
    for (;;) {
      const number = this.getrandbits(bits);
      if (number < n) {
        return number;
      }
    }
  }

  // ------------------------------------------------------------------ whole numbers

  /**
   * One of the numbers from `start` up to, but not including, `stop`, by steps of `step`. With one argument: from 0 up to that.
   * @param {number} start
   * @param {number} [stop]
   * @param {number} [step]
   * @throws {BadArgument} where there is none
   */
  randrange(start, stop, step = 1) {
    const [first, end] = stop === undefined ? [0, start] : [start, stop];
    checkWhole("randrange", first, end, step, end - first);
    const count = step === 0 ? 0 : Math.ceil((end - first) / step);
    if (count <= 0) {
      const given = step === 1 ? `${first}, ${end}` : `${first}, ${end}, ${step}`;
      throw new BadArgument(`randrange(${given}): there is no number in this range`, "dice");
    }
    return first + step * this.below(count);
  }

  /**
   * A whole number from `a` to `b`, both included: a die is `randint(1, 6)`.
   * @param {number} a
   * @param {number} b
   * @throws {BadArgument} where b < a
   */
  randint(a, b) {
    checkWhole("randint", a, b, b - a + 1);
    if (b < a) {
      throw new BadArgument(`randint(${a}, ${b}): the first number is the smaller one`, "dice");
    }
    return a + this.below(b - a + 1);
  }

  // ------------------------------------------------------------------ one or more of several

  /**
   * One element.
   * @template T
   * @param {Elements<T>} from
   * @returns {T}
   * @throws {BadArgument} where there is none
   */
  choice(from) {
    const elements = elementsOf("choice", from);
    checkSome("choice", elements.length);
    return elements[this.below(elements.length)];
  }

  /**
   * `k` elements, each of which may come again; `weights` says how likely each is, `cumWeights` the sums of these.
   * @template T
   * @param {Elements<T>} from
   * @param {{weights?: Iterable<number>, cumWeights?: Iterable<number>, k?: number}} [how]
   * @returns {T[]}
   * @throws {BadArgument}
   */
  choices(from, { weights, cumWeights, k = 1 } = {}) {
    const elements = elementsOf("choices", from);
    const count = elements.length;
    checkSome("choices", count);
    if (weights && cumWeights) {
      throw new BadArgument("choices: give weights or cumWeights, not both", "dice");
    }
    if (!weights && !cumWeights) {
      return times(k, () => elements[Math.floor(this.random() * count)]);
    }
    const sums = weights ? sumsOf(weights) : Array.from(cumWeights ?? [], Number);
    if (sums.length !== count) {
      throw new BadArgument(`choices: ${count} elements have ${sums.length} weights`, "dice");
    }
    const total = sums[count - 1];
    if (!(total > 0 && total < Infinity)) {
      throw new BadArgument(`choices: the sum of the weights is ${total}: it must be above 0`, "dice");
    }
    return times(k, () => elements[placeOf(sums, this.random() * total, count - 1)]);
  }

  /** Put an array into a random order, in place (Fisher and Yates, from the end). @param {any[]} elements */
  shuffle(elements) {
    for (let i = elements.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1);
      [elements[i], elements[j]] = [elements[j], elements[i]];
    }
  }

  /**
   * `k` different elements, in random order; `counts`: how often each is there.
   * @template T
   * @param {Elements<T>} from
   * @param {number} k
   * @param {{counts?: Iterable<number>}} [how]
   * @returns {T[]}
   * @throws {BadArgument} where so many are not there
   */
  sample(from, k, { counts } = {}) {
    const elements = elementsOf("sample", from);
    const sums = counts && sumsOf(counts);
    if (sums && sums.length !== elements.length) {
      throw new BadArgument(`sample: ${elements.length} elements have ${sums.length} counts`, "dice");
    }
    const there = sums ? sums[sums.length - 1] ?? 0 : elements.length;
    if (!(Number.isInteger(k) && k >= 0 && k <= there)) {
      throw new BadArgument(`sample: ${k} elements of ${there} cannot be drawn`, "dice");
    }
    /** @type {Map<number, number>} as if drawn from a list in which the last one takes the place of who is drawn */
    const moved = new Map();
    return times(k, (done) => {
      const last = there - 1 - done;
      const place = this.below(last + 1);
      const drawn = moved.get(place) ?? place;
      moved.set(place, moved.get(last) ?? last);
      return elements[sums ? placeOf(sums, drawn, sums.length) : drawn];
    });
  }

  // ------------------------------------------------------------------ floats

  /** A number from 0 up to, but not including, 1: one of the 2**53 multiples of 2**-53. */
  random() {
    const high = this.word() >>> 5;
    return (high * 67108864 + (this.word() >>> 6)) / 2 ** 53;
  }

  /** A number between `a` and `b`. @param {number} a @param {number} b */
  uniform(a, b) {
    return a + (b - a) * this.random();
  }

  /**
   * A number from `low` to `high`, the likelier the nearer to `mode`, by default the middle.
   * @param {number} [low]
   * @param {number} [high]
   * @param {number | null} [mode]
   */
  triangular(low = 0, high = 1, mode = null) {
    const u = this.random();
    if (high === low) {
      return low;
    }
    const peak = mode === null ? 0.5 : (mode - low) / (high - low);
    return u > peak
      ? high + (low - high) * Math.sqrt((1 - u) * (1 - peak))
      : low + (high - low) * Math.sqrt(u * peak);
  }

  /**
   * A number of the normal distribution with mean `mu` and standard deviation `sigma`, by the polar method of Marsaglia and
   * Bray, of whose two numbers it takes the first.
   * @param {number} [mu]
   * @param {number} [sigma]
   */
  gauss(mu = 0, sigma = 1) {
    for (;;) {
      const u = 2 * this.random() - 1;
      const v = 2 * this.random() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        return mu + sigma * (u * Math.sqrt((-2 * log(s)) / s));
      }
    }
  }

  /** As `gauss`. @param {number} [mu] @param {number} [sigma] */
  normalvariate(mu = 0, sigma = 1) {
    return this.gauss(mu, sigma);
  }

  /**
   * A time until the next event, where on average `lambd` of them come in one unit of time.
   * @param {number} [lambd]
   * @throws {BadArgument} for 0
   */
  expovariate(lambd = 1) {
    if (lambd === 0) {
      throw new BadArgument("expovariate(0): at least some events must come", "dice");
    }
    return (0 - log(1 - this.random())) / lambd;
  }
}

/**
 * The natural logarithm of a number above 0. That of the mantissa m, which is between 1/√2 and √2, is 2·artanh((m-1)/(m+1)), a
 * series.
 * @param {number} x
 */
function log(x) {
  let exponent = 0;
  let m = x;
  while (m < SQRT_HALF) {
    m *= 2;
    exponent -= 1;
  }
  while (m >= 2 * SQRT_HALF) {
    m *= 0.5;
    exponent += 1;
  }
  const t = (m - 1) / (m + 1);
  const square = t * t;
  let series = 0;
  for (let divisor = 23; divisor > 0; divisor -= 2) {
    series = series * square + 1 / divisor;
  }
  return exponent * LN2 + 2 * t * series;
}

/**
 * @template T
 * @param {string} method
 * @param {Elements<T>} from
 * @returns {ArrayLike<T>}
 */
function elementsOf(method, from) {
  if (typeof from === "string") {
    return /** @type {any} */ (Array.from(from)); // characters, also those beyond 16 bits, as in Python
  }
  if (typeof from !== "object" || from === null || typeof from.length !== "number") {
    throw new BadArgument(`${method} takes an array: write [...elements]`, "dice");
  }
  return from;
}

/** @param {string} method @param {number} count */
function checkSome(method, count) {
  if (count === 0) {
    throw new BadArgument(`${method}: there is nothing to choose from`, "dice");
  }
}

/** @param {string} method @param {...number} numbers */
function checkWhole(method, ...numbers) {
  for (const number of numbers) {
    if (!Number.isSafeInteger(number)) {
      throw new BadArgument(`${method} takes whole numbers of less than 2**53, not ${String(number)}`, "dice");
    }
  }
}

/** @param {Iterable<number>} numbers */
function sumsOf(numbers) {
  let sum = 0;
  return Array.from(numbers, (number) => (sum += Number(number)));
}

/** How many of the sums, which grow, are at most `number`; at most `most`. @param {number[]} sums @param {number} number @param {number} most */
function placeOf(sums, number, most) {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (number < sums[middle]) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/**
 * @template T
 * @param {number} count
 * @param {(done: number) => T} draw
 * @returns {T[]}
 */
function times(count, draw) {
  return Array.from({ length: count }, (_, done) => draw(done));
}
