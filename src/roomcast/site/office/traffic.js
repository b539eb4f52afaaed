// Counts and latencies of the last sixty seconds, and their two plots.

import { token } from "../pages/canvas.js";
import { duration } from "./words.js";

const SECONDS = 60;
const ENOUGH = 200; // latencies that are kept per second
const FINEST = 2; // screen pixels per CSS pixel at most

/** @typedef {import("../../js/messages.js").Passage} Passage */
/** @typedef {{letters: number, times: Float64Array, half: number | null, most: number | null}} Second */

export class Traffic {
  /** @type {Second[]} */
  #seconds = []; // seconds that are over, the newest last
  /** @type {number[]} */
  #times = []; // ms: the latencies of the current second, one for each house that reported

  /** @param {Passage} passage */
  measure({ waited, got = {}, ran = {} }) {
    for (const id of Object.keys(ran)) {
      this.#times.push(waited + (got[id] ?? 0) + ran[id]);
    }
  }

  /** A second is over. @param {import("../../js/messages.js").Counts} counts */
  count(counts) {
    const sorted = Float64Array.from(this.#times).sort();
    this.#times = [];
    this.#seconds.push({
      letters: counts.do / Math.max(0.05, counts.over),
      times: thinned(sorted),
      half: at(sorted, 0.5),
      most: at(sorted, 0.99),
    });
    this.#seconds.splice(0, this.#seconds.length - SECONDS);
  }

  /** Letters per second, over the last few seconds. */
  get rate() {
    const last = this.#seconds.slice(-3);
    return last.length ? last.reduce((sum, { letters }) => sum + letters, 0) / last.length : 0;
  }

  /** Letters in all seconds that are kept. */
  get letters() {
    return Math.round(this.#seconds.reduce((sum, { letters }) => sum + letters, 0));
  }

  get seconds() {
    return this.#seconds;
  }

  /**
   * The median and the 99th percentile of the latencies, in ms; null where nothing was measured.
   *
   * @returns {{half: number | null, most: number | null}}
   */
  get latency() {
    const all = new Float64Array(this.#seconds.reduce((sum, { times }) => sum + times.length, 0));
    let from = 0;
    for (const { times } of this.#seconds) {
      all.set(times, from);
      from += times.length;
    }
    all.sort();
    return { half: at(all, 0.5), most: at(all, 0.99) };
  }
}

/** @param {Float64Array} sorted @param {number} share */
function at(sorted, share) {
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] : null;
}

/** A sample of sorted values that keeps their distribution. @param {Float64Array} sorted */
function thinned(sorted) {
  if (sorted.length <= ENOUGH) return sorted;
  return Float64Array.from({ length: ENOUGH }, (_, index) => sorted[Math.floor(((index + 0.5) * sorted.length) / ENOUGH)]);
}

/**
 * Draw a bar for the letters of each second.
 *
 * @param {HTMLCanvasElement} canvas @param {Second[]} seconds
 */
export function plotRates(canvas, seconds) {
  const { pen, wide, high } = prepared(canvas);
  const rates = seconds.map(({ letters }) => letters);
  const most = round(Math.max(1, ...rates));
  grid(pen, wide, high, most, (value) => value.toLocaleString("en"));
  pen.fillStyle = token("--brand");
  const step = wide / SECONDS;
  rates.forEach((rate, index) => {
    const tall = (rate / most) * (high - 8);
    pen.fillRect(wide - (rates.length - index) * step + 0.5, high - tall, Math.max(1, step - 1), tall);
  });
}

/**
 * Draw two lines: the median and the 99th percentile of each second.
 *
 * @param {HTMLCanvasElement} canvas @param {Second[]} seconds
 */
export function plotLatencies(canvas, seconds) {
  const { pen, wide, high } = prepared(canvas);
  const top = round(Math.max(0.1, ...seconds.map(({ most }) => most ?? 0)));
  grid(pen, wide, high, top, duration);
  line(pen, seconds.map(({ most }) => most), top, wide, high, token("--stripe-a"), [5, 4]);
  line(pen, seconds.map(({ half }) => half), top, wide, high, token("--brand"), []);
}

/** @param {HTMLCanvasElement} canvas */
function prepared(canvas) {
  const pixels = Math.min(devicePixelRatio, FINEST);
  const [wide, high] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== Math.round(wide * pixels) || canvas.height !== Math.round(high * pixels)) {
    canvas.width = Math.round(wide * pixels);
    canvas.height = Math.round(high * pixels);
  }
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.setTransform(pixels, 0, 0, pixels, 0, 0);
  pen.clearRect(0, 0, wide, high);
  return { pen, wide, high };
}

/** @param {CanvasRenderingContext2D} pen @param {number} wide @param {number} high @param {number} most @param {(value: number) => string} words */
function grid(pen, wide, high, most, words) {
  pen.strokeStyle = token("--line");
  pen.fillStyle = token("--pale");
  pen.font = `11px ${token("--sans")}`;
  pen.textAlign = "left";
  pen.lineWidth = 1;
  for (const share of [0, 0.5, 1]) {
    const y = Math.round(high - share * (high - 8)) - 0.5;
    pen.beginPath();
    pen.moveTo(0, y);
    pen.lineTo(wide, y);
    pen.stroke();
    if (share > 0) pen.fillText(words(most * share), 2, y + 12);
  }
}

/** @param {CanvasRenderingContext2D} pen @param {(number | null)[]} values @param {number} most @param {number} wide @param {number} high @param {string} colour @param {number[]} dashes */
function line(pen, values, most, wide, high, colour, dashes) {
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 2;
  pen.lineJoin = "round";
  pen.setLineDash(dashes);
  pen.beginPath();
  let drawn = false; // a second without letters leaves a gap
  values.forEach((value, index) => {
    if (value === null) {
      drawn = false;
      return;
    }
    const x = wide - (values.length - index - 0.5) * (wide / SECONDS);
    const y = high - (value / most) * (high - 8);
    if (drawn) pen.lineTo(x, y);
    else pen.moveTo(x - 1, y);
    pen.lineTo(x, y);
    drawn = true;
  });
  pen.stroke();
  pen.setLineDash([]);
}

/** The next larger round number. @param {number} value */
function round(value) {
  const ten = 10 ** Math.floor(Math.log10(value));
  return (value / ten <= 1 ? 1 : value / ten <= 2 ? 2 : value / ten <= 5 ? 5 : 10) * ten;
}
