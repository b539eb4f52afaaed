// Strokes of a pen: simplified, and packed into short text, because a whole board has to fit into shared state.

export const BOARD = 1000; // the board's width and height, whatever the screen's
const TOLERANCE = 0.8; // distance that a simplified stroke may have from the drawn one
export const MAX_POINTS = 5000; // points of one stroke; more are refused
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"; // six bits each; JSON escapes none
const VALUES = new Map([...LETTERS].map((letter, value) => [letter, value]));

/** @typedef {[number, number]} Point x to the right, y down, 0 to BOARD */
/** @typedef {{by: string, colour: number, width: number, points: Point[]}} Stroke  `by`: a player's id */

/**
 * Simplify a stroke by the Douglas-Peucker algorithm.
 *
 * @param {Point[]} points
 * @returns {Point[]}
 */
function simplified(points) {
  const kept = new Set([0, points.length - 1]);
  const parts = [[0, points.length - 1]];
  for (let part = parts.pop(); part; part = parts.pop()) {
    const [first, last] = part;
    let [farthest, most] = [0, TOLERANCE];
    for (let index = first + 1; index < last; index += 1) {
      const far = distance(points[index], points[first], points[last]);
      if (far > most) {
        [farthest, most] = [index, far];
      }
    }
    if (farthest) {
      kept.add(farthest);
      parts.push([first, farthest], [farthest, last]);
    }
  }
  return points.filter((_, index) => kept.has(index));
}

/**
 * The distance from a point to the line between two others.
 *
 * @param {Point} point
 * @param {Point} from
 * @param {Point} to
 */
function distance([x, y], [fromX, fromY], [toX, toY]) {
  const [dx, dy] = [toX - fromX, toY - fromY];
  const square = dx * dx + dy * dy;
  const along = square === 0 ? 0 : Math.min(Math.max(((x - fromX) * dx + (y - fromY) * dy) / square, 0), 1);
  return Math.hypot(x - fromX - along * dx, y - fromY - along * dy);
}

/**
 * Pack points into text: the first one, then the difference from each to the next, in whole units. A small number takes
 * one letter.
 *
 * @param {Point[]} points
 */
export function packed(points) {
  let text = "";
  let [beforeX, beforeY] = [0, 0];
  for (const point of points) {
    const [x, y] = [Math.round(point[0]), Math.round(point[1])];
    text += letters(x - beforeX) + letters(y - beforeY);
    [beforeX, beforeY] = [x, y];
  }
  return text;
}

/** A zigzag number in groups of five bits, the lowest first; the sixth bit says that more follow. @param {number} number */
function letters(number) {
  let rest = number < 0 ? -2 * number - 1 : 2 * number; // 0, -1, 1, -2 … become 0, 1, 2, 3 …
  let text = "";
  for (; rest > 31; rest = Math.floor(rest / 32)) {
    text += LETTERS[(rest % 32) + 32];
  }
  return text + LETTERS[rest];
}

/**
 * The points of a packed text; none where it is invalid.
 *
 * @param {unknown} text
 * @returns {Point[]}
 */
export function unpacked(text) {
  /** @type {number[]} */
  const numbers = [];
  let [number, scale] = [0, 1];
  for (const letter of typeof text === "string" ? text : "") {
    const value = VALUES.get(letter);
    if (value === undefined || scale > 2 ** 20 || numbers.length > 2 * MAX_POINTS) {
      return [];
    }
    number += (value % 32) * scale;
    scale *= 32;
    if (value < 32) {
      numbers.push(number % 2 ? -(number + 1) / 2 : number / 2);
      [number, scale] = [0, 1];
    }
  }
  /** @type {Point[]} */
  const points = [];
  let [x, y] = [0, 0];
  for (let index = 0; index + 1 < numbers.length; index += 2) {
    [x, y] = [x + numbers[index], y + numbers[index + 1]];
    points.push([x, y]);
  }
  return points;
}

/**
 * Read a stroke from shared state; null where its value is invalid.
 *
 * @param {any} value
 * @returns {Stroke | null}
 */
export function strokeOf(value) {
  const points = unpacked(value?.p);
  const { by, c: colour, w: width } = value ?? {};
  const good = typeof by === "string" && Number.isInteger(colour) && Number.isFinite(width) && points.length > 0;
  return good ? { by, colour, width: Math.min(Math.max(width, 1), 100), points } : null;
}

/** @param {Stroke} stroke */
export function stateOf({ by, colour, width, points }) {
  return { by, c: colour, w: width, p: packed(simplified(points)) };
}
