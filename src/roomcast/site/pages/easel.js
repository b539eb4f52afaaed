// Draws the board: the finished strokes, and above them those that are being drawn.

import { crisp, token } from "./canvas.js";
import { BOARD } from "./strokes.js";

export const COLOURS = 6; // the style sheet has --pen-0 to --pen-5, for light boards and for dark ones

const CORNER = Math.cos(Math.PI / 3); // a turn of more than 60 degrees is a corner

/** @typedef {import("./strokes.js").Point} Point */
/** @typedef {import("./strokes.js").Stroke} Stroke */

export class Easel {
  /** @type {Map<string, Stroke>} */
  finished = new Map();
  /** @type {Map<string, Stroke>} */
  live = new Map();
  /** @type {Point | null} where the keyboard's pen is */
  cursor = null;

  #canvas;
  #drawn = document.createElement("canvas"); // a cache of the finished strokes, which need not be drawn with every frame
  #count = 0; // how many of them are drawn there
  #look = ""; // the size and colours of the cache

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = crisp(canvas, BOARD, (pen, pixels) => this.#draw(pen, pixels));
  }

  /** @param {string} key @param {Stroke} stroke */
  finish(key, stroke) {
    if (this.finished.has(key)) {
      this.#count = 0; // an earlier stroke has changed
    }
    this.finished.set(key, stroke);
    this.live.delete(key);
    this.show();
  }

  /** @param {string} key @param {Stroke} stroke */
  drawing(key, stroke) {
    this.live.set(key, stroke);
    this.show();
  }

  /** @param {string} key */
  remove(key) {
    if (this.finished.delete(key)) {
      this.#count = 0;
    }
    this.live.delete(key);
    this.show();
  }

  /** Remove all strokes but those that are being drawn and are to be kept. @param {(key: string) => boolean} keep */
  clear(keep) {
    this.finished.clear();
    this.#count = 0;
    for (const key of [...this.live.keys()].filter((one) => !keep(one))) {
      this.live.delete(key);
    }
    this.show();
  }

  show() {
    this.#canvas.ask();
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} pixels */
  #draw(pen, pixels) {
    this.#catchUp(pen.canvas.width, pixels);
    pen.save();
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.drawImage(this.#drawn, 0, 0);
    pen.restore();
    for (const stroke of this.live.values()) {
      drawStroke(pen, stroke);
    }
    if (this.cursor) {
      drawCursor(pen, this.cursor);
    }
  }

  /** @param {number} side @param {number} pixels */
  #catchUp(side, pixels) {
    const look = `${side} ${token("--pen-0")}`;
    const pen = /** @type {CanvasRenderingContext2D} */ (this.#drawn.getContext("2d"));
    if (look !== this.#look || this.#count === 0) {
      this.#look = look;
      this.#count = 0;
      this.#drawn.width = this.#drawn.height = side; // which also clears it
      pen.setTransform(pixels, 0, 0, pixels, 0, 0);
    }
    for (const stroke of [...this.finished.values()].slice(this.#count)) {
      drawStroke(pen, stroke);
    }
    this.#count = this.finished.size;
  }
}

/** @param {CanvasRenderingContext2D} pen @param {Stroke} stroke */
function drawStroke(pen, { colour, width, points }) {
  pen.strokeStyle = token(`--pen-${((colour % COLOURS) + COLOURS) % COLOURS}`);
  pen.lineWidth = width;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(...points[0]);
  pen.lineTo(...points[0]); // a stroke of one point is a dot
  for (let index = 1; index < points.length; index += 1) {
    const [from, to] = [points[index - 1], points[index]];
    const third = Math.hypot(to[0] - from[0], to[1] - from[1]) / 3;
    const [outX, outY] = direction(points, index - 1);
    const [inX, inY] = direction(points, index);
    const [firstX, firstY] = [from[0] + outX * third, from[1] + outY * third];
    pen.bezierCurveTo(firstX, firstY, to[0] - inX * third, to[1] - inY * third, ...to);
  }
  pen.stroke();
}

/**
 * The direction of a stroke at one of its points: parallel to the line between its neighbours, for a smooth curve through
 * all points. At ends and corners it is zero, so that corners stay sharp.
 *
 * @param {Point[]} points
 * @param {number} index
 * @returns {Point}
 */
function direction(points, index) {
  if (index === 0 || index === points.length - 1) {
    return [0, 0];
  }
  const [before, here, after] = points.slice(index - 1, index + 2);
  const turn = Math.atan2(after[1] - here[1], after[0] - here[0]) - Math.atan2(here[1] - before[1], here[0] - before[0]);
  const [dx, dy] = [after[0] - before[0], after[1] - before[1]];
  const far = Math.hypot(dx, dy);
  return Math.cos(turn) < CORNER || far === 0 ? [0, 0] : [dx / far, dy / far];
}

/** @param {CanvasRenderingContext2D} pen @param {Point} cursor */
function drawCursor(pen, [x, y]) {
  for (const [colour, width] of /** @type {[string, number][]} */ ([["--card", 7], ["--focus", 3]])) {
    pen.strokeStyle = token(colour);
    pen.lineWidth = width;
    pen.beginPath();
    pen.arc(x, y, 14, 0, 2 * Math.PI);
    pen.moveTo(x - 26, y);
    pen.lineTo(x + 26, y);
    pen.moveTo(x, y - 26);
    pen.lineTo(x, y + 26);
    pen.stroke();
  }
}
