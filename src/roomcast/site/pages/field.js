// Draws the field with everyone's dots. Dots glide to their places, unless the user prefers reduced motion.

import { crisp, token } from "./canvas.js";
import { colourOf } from "./colours.js";

export const SIZE = 400; // the field's width and height, the same in every program of this game
const RADIUS = 14;
const TRAIL = 24; // past places of a dot that are drawn
const GLIDE = 55; // milliseconds in which a dot glides two thirds of its way
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

/** @typedef {[number, number]} Place x to the right, y down */
/** @typedef {{at: Place, shown: Place, trail: Place[]}} Dot */

export class Field {
  /** @type {Map<string, Dot>} */
  #dots = new Map();
  #before = 0;
  #canvas;
  #labelOf;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(id: string) => {name: string, here: boolean, mine: boolean}} labelOf
   */
  constructor(canvas, labelOf) {
    this.#labelOf = labelOf;
    this.#canvas = crisp(canvas, SIZE, (pen) => this.#draw(pen));
  }

  /** @param {string} id @param {Place} at */
  place(id, at) {
    const dot = this.#dots.get(id) ?? { at, shown: [...at], trail: [] };
    dot.at = at;
    dot.trail.push(at);
    dot.trail.splice(0, dot.trail.length - TRAIL);
    this.#dots.set(id, dot);
    this.show();
  }

  /** @param {string} id */
  remove(id) {
    this.#dots.delete(id);
    this.show();
  }

  /** Something about the players has changed: draw before the next frame. */
  show() {
    this.#canvas.ask();
  }

  /** @param {CanvasRenderingContext2D} pen */
  #draw(pen) {
    const now = performance.now();
    const share = STILL.matches ? 1 : 1 - Math.exp(-Math.min(now - this.#before, 100) / GLIDE);
    this.#before = now;
    drawGrid(pen);
    const dots = [...this.#dots].reverse(); // those who joined first are drawn last, on top
    for (const [id, dot] of dots) {
      drawTrail(pen, colourOf(id), dot);
    }
    let gliding = false;
    for (const [id, dot] of dots) {
      gliding = glide(dot, share) || gliding;
      drawDot(pen, dot.shown, colourOf(id), this.#labelOf(id));
    }
    if (gliding) {
      this.#canvas.ask();
    }
  }
}

/**
 * The shortest way from one place to another, which may cross the border.
 *
 * @param {number} from
 * @param {number} to
 */
export function way(from, to) {
  return ((((to - from + SIZE / 2) % SIZE) + SIZE) % SIZE) - SIZE / 2;
}

/** @param {number} number */
export function onField(number) {
  return ((number % SIZE) + SIZE) % SIZE;
}

/** @param {Dot} dot @param {number} share of the way that is left */
function glide(dot, share) {
  const dx = way(dot.shown[0], dot.at[0]);
  const dy = way(dot.shown[1], dot.at[1]);
  const arrives = Math.abs(dx) + Math.abs(dy) < 0.3;
  dot.shown = arrives ? [...dot.at] : [onField(dot.shown[0] + dx * share), onField(dot.shown[1] + dy * share)];
  return !arrives;
}

/** @param {CanvasRenderingContext2D} pen */
function drawGrid(pen) {
  pen.fillStyle = token("--line");
  for (let x = 25; x < SIZE; x += 25) {
    for (let y = 25; y < SIZE; y += 25) {
      pen.fillRect(x - 0.75, y - 0.75, 1.5, 1.5);
    }
  }
}

/** @param {CanvasRenderingContext2D} pen @param {string} colour @param {Dot} dot */
function drawTrail(pen, colour, { trail }) {
  pen.strokeStyle = colour;
  pen.lineWidth = 3;
  pen.lineCap = "butt"; // round ends would overlap visibly
  for (let index = 1; index < trail.length; index += 1) {
    const [x, y] = trail[index - 1];
    const [toX, toY] = trail[index];
    if (Math.abs(toX - x) + Math.abs(toY - y) < SIZE / 2) {
      pen.globalAlpha = (0.45 * index) / trail.length;
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(toX, toY);
      pen.stroke();
    }
  }
  pen.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Place} place
 * @param {string} colour
 * @param {{name: string, here: boolean, mine: boolean}} label
 */
function drawDot(pen, [x, y], colour, label) {
  pen.globalAlpha = label.here ? 1 : 0.35;
  pen.fillStyle = colour;
  for (const ex of [x - SIZE, x, x + SIZE]) {
    for (const why of [y - SIZE, y, y + SIZE]) {
      if (ex > -RADIUS && ex < SIZE + RADIUS && why > -RADIUS && why < SIZE + RADIUS) {
        pen.beginPath(); // at a border, the rest of the dot appears on the other side
        pen.arc(ex, why, RADIUS, 0, 2 * Math.PI);
        pen.fill();
      }
    }
  }
  if (label.mine) {
    pen.strokeStyle = token("--ink");
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(x, y, RADIUS + 3, 0, 2 * Math.PI);
    pen.stroke();
  }
  pen.globalAlpha = 1;
  drawName(pen, x, y, label);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {number} x
 * @param {number} y
 * @param {{name: string, here: boolean}} label
 */
function drawName(pen, x, y, { name, here }) {
  const text = `${name.length > 16 ? `${name.slice(0, 15)}…` : name}${here ? "" : " (away)"}`;
  pen.font = `600 12px ${token("--sans")}`;
  pen.textAlign = "center";
  const half = pen.measureText(text).width / 2 + 4;
  const middle = Math.min(Math.max(x, half), SIZE - half);
  const line = y + RADIUS + 16 > SIZE ? y - RADIUS - 8 : y + RADIUS + 15;
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = token("--card");
  pen.strokeText(text, middle, line);
  pen.fillStyle = token(here ? "--ink" : "--pale");
  pen.fillText(text, middle, line);
}
