// Draws the things of the town, each at a place and in a size: houses, the post office, letters.

import { token } from "../pages/canvas.js";

/** @typedef {CanvasRenderingContext2D} Pen */
/** @typedef {{id: string, name: string, here: boolean, starter: boolean, colour: string}} Resident */

/** The colours of the page's style, looked up once and not for every frame. */
export function palette() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  return {
    dark,
    ink: token("--ink"),
    pale: token("--pale"),
    line: token("--line"),
    card: token("--card"),
    paper: token("--paper"),
    brand: token("--brand"),
    onBrand: token("--on-brand"),
    accent: token("--accent"),
    sans: token("--sans"),
    serif: token("--serif"),
    mono: token("--mono"),
    wall: dark ? "#3a4742" : "#fff6e4",
    edge: dark ? "#0d1210" : "#6d6557",
    grass: dark ? "#1d2a25" : "#eef0dd",
    road: dark ? "#2a3833" : "#e4dcc6",
    roof: dark ? "#2d6451" : "#2a5c4c",
    sign: "#fbf7ec",
    leaves: dark ? "#24402f" : "#c3d3a4",
    trunk: dark ? "#4a3f33" : "#a08a6c",
    lamp: dark ? "#ffd98a" : "#ffc94d",
    glass: dark ? "#1c2623" : "#c9d8d6",
    letter: dark ? "#f3efe4" : "#fffefa",
    seal: "#b3322a",
  };
}

/** @typedef {ReturnType<typeof palette>} Palette */

/**
 * A house, without the parts that change from frame to frame.
 *
 * @param {Pen} pen @param {number} x @param {number} y @param {number} size @param {Resident} who @param {Palette} colours
 */
export function drawHouse(pen, x, y, size, who, colours) {
  const [wide, high] = [size * 0.72, size * 0.46];
  const [left, floor] = [x - wide / 2, y + size * 0.42];
  pen.save();
  pen.globalAlpha = who.here ? 1 : 0.4;
  pen.lineWidth = Math.max(1, size / 40);
  pen.lineJoin = "round";
  pen.strokeStyle = colours.edge;
  pen.fillStyle = "rgb(0 0 0 / 0.10)";
  pen.beginPath();
  pen.ellipse(x, floor, wide * 0.62, size * 0.07, 0, 0, 2 * Math.PI);
  pen.fill();
  if (!who.starter && size > 20) {
    rect(pen, x + wide * 0.2, floor - high - size * 0.4, size * 0.12, size * 0.3, colours.wall); // the chimney
  }
  rect(pen, left, floor - high, wide, high, colours.wall);
  pen.fillStyle = who.colour;
  pen.beginPath();
  pen.moveTo(left - size * 0.1, floor - high);
  pen.lineTo(x, floor - high - size * 0.4);
  pen.lineTo(left + wide + size * 0.1, floor - high);
  pen.closePath();
  pen.fill();
  pen.stroke();
  if (size > 20) {
    rect(pen, left + wide * 0.62, floor - high * 0.62, wide * 0.22, high * 0.62, colours.roof); // the door
  }
  if (who.starter && size > 30) {
    pen.fillStyle = colours.ink; // a prompt above the door: a starter client lives here
    pen.font = `700 ${size * 0.15}px ${colours.mono}`;
    pen.textAlign = "center";
    pen.fillText(">_", x, floor - high - size * 0.1);
  }
  drawWindow(pen, x, y, size, 0, colours);
  pen.restore();
}

/**
 * A house's window, lit to a degree.
 *
 * @param {Pen} pen @param {number} x @param {number} y @param {number} size @param {number} glow from 0 to 1
 * @param {Palette} colours
 */
export function drawWindow(pen, x, y, size, glow, colours) {
  const [wide, high] = [size * 0.22, size * 0.2];
  const [left, top] = size > 20 ? [x - size * 0.27, y + size * 0.06] : [x - wide / 2, y + size * 0.1];
  pen.fillStyle = colours.glass;
  pen.fillRect(left, top, wide, high);
  if (glow > 0) {
    const before = pen.globalAlpha;
    pen.globalAlpha = glow;
    pen.fillStyle = colours.lamp;
    pen.fillRect(left, top, wide, high);
    pen.globalAlpha = before;
  }
  pen.lineWidth = Math.max(0.75, size / 50);
  pen.strokeStyle = colours.edge;
  pen.strokeRect(left, top, wide, high);
  if (size > 30) {
    pen.beginPath();
    pen.moveTo(left + wide / 2, top);
    pen.lineTo(left + wide / 2, top + high);
    pen.moveTo(left, top + high / 2);
    pen.lineTo(left + wide, top + high / 2);
    pen.stroke();
  }
}

/** @param {Pen} pen @param {number} x @param {number} y @param {number} size @param {Palette} colours */
export function drawOffice(pen, x, y, size, colours) {
  const [wide, high] = [size * 1.3, size * 0.56];
  const [left, floor] = [x - wide / 2, y + size * 0.5];
  pen.save();
  pen.lineJoin = "round";
  pen.lineWidth = 1.5;
  pen.strokeStyle = colours.edge;
  pen.fillStyle = "rgb(0 0 0 / 0.12)";
  pen.beginPath();
  pen.ellipse(x, floor + 1, wide * 0.6, size * 0.07, 0, 0, 2 * Math.PI);
  pen.fill();
  rect(pen, left - size * 0.06, floor - size * 0.05, wide + size * 0.12, size * 0.07, colours.road); // the step
  rect(pen, left, floor - high, wide, high - size * 0.05, colours.wall);
  pen.fillStyle = colours.roof;
  pen.beginPath();
  pen.moveTo(left - size * 0.08, floor - high);
  pen.lineTo(x, floor - high - size * 0.42);
  pen.lineTo(left + wide + size * 0.08, floor - high);
  pen.closePath();
  pen.fill();
  pen.stroke();
  rect(pen, left - size * 0.08, floor - high, wide + size * 0.16, size * 0.13, colours.roof);
  pen.fillStyle = colours.sign;
  pen.textAlign = "center";
  pen.font = `700 ${size * 0.105}px ${colours.sans}`;
  pen.letterSpacing = `${size * 0.03}px`;
  pen.fillText("POST OFFICE", x + size * 0.015, floor - high + size * 0.103);
  pen.letterSpacing = "0px";
  drawHorn(pen, x, floor - high - size * 0.14, size * 0.2, colours.sign);
  for (const column of [-0.5, -0.32, 0.32, 0.5]) {
    rect(pen, x + column * wide * 0.88 - size * 0.035, floor - high + size * 0.13, size * 0.07, high - size * 0.18, colours.card);
  }
  rect(pen, x - size * 0.27, floor - size * 0.31, size * 0.54, size * 0.26, colours.glass); // the counter
  pen.restore();
}

/** The post horn: a loop, a bell, a mouthpiece. @param {Pen} pen @param {number} x @param {number} y @param {number} size @param {string} colour */
function drawHorn(pen, x, y, size, colour) {
  pen.save();
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = size * 0.13;
  pen.lineCap = "round";
  pen.beginPath();
  pen.arc(x, y, size * 0.34, 0, 2 * Math.PI);
  pen.moveTo(x - size * 0.7, y + size * 0.34);
  pen.lineTo(x + size * 0.45, y + size * 0.34);
  pen.stroke();
  pen.beginPath();
  pen.moveTo(x + size * 0.4, y + size * 0.28);
  pen.quadraticCurveTo(x + size * 0.7, y + size * 0.24, x + size * 0.85, y);
  pen.lineTo(x + size * 0.85, y + size * 0.68);
  pen.quadraticCurveTo(x + size * 0.7, y + size * 0.44, x + size * 0.4, y + size * 0.4);
  pen.fill();
  pen.restore();
}

/** @param {Pen} pen @param {number} x @param {number} y @param {number} size @param {Palette} colours */
export function drawTree(pen, x, y, size, colours) {
  pen.fillStyle = colours.trunk;
  pen.fillRect(x - size * 0.08, y, size * 0.16, size * 0.5);
  pen.fillStyle = colours.leaves;
  for (const [aside, up, wide] of [[0, -0.25, 0.5], [-0.3, 0.02, 0.32], [0.3, 0.02, 0.32]]) {
    pen.beginPath();
    pen.arc(x + aside * size, y + up * size, wide * size, 0, 2 * Math.PI);
    pen.fill();
  }
}

/** @type {Map<string, HTMLCanvasElement>} */
const envelopes = new Map();

/** Clear the cache of envelopes: the colours have changed. */
export function newEnvelopes() {
  envelopes.clear();
}

/**
 * An envelope as an image. It is drawn once for each colour and size, and cached.
 *
 * @param {string} stamp its stamp's colour
 * @param {number} wide
 * @param {boolean} sealed
 * @param {number} pixels of the screen for one of ours
 * @param {Palette} colours
 */
export function envelope(stamp, wide, sealed, pixels, colours) {
  const key = `${stamp} ${wide} ${sealed} ${pixels}`;
  const known = envelopes.get(key);
  if (known) return known;
  if (envelopes.size > 500) envelopes.clear();
  const made = document.createElement("canvas");
  const high = wide * 0.68;
  made.width = Math.ceil((wide + 4) * pixels);
  made.height = Math.ceil((high + 4) * pixels);
  const pen = /** @type {Pen} */ (made.getContext("2d"));
  pen.scale(pixels, pixels);
  pen.translate(2, 2);
  pen.lineJoin = "round";
  pen.lineWidth = Math.max(1, wide / 26);
  pen.strokeStyle = colours.edge;
  pen.fillStyle = sealed ? "#c9c3b4" : colours.letter;
  pen.beginPath();
  pen.roundRect(0, 0, wide, high, wide / 14);
  pen.fill();
  pen.stroke();
  if (sealed) {
    pen.beginPath();
    pen.moveTo(0, 1);
    pen.lineTo(wide / 2, high * 0.55);
    pen.lineTo(wide, 1);
    pen.stroke();
    pen.fillStyle = colours.seal;
    pen.beginPath();
    pen.arc(wide / 2, high * 0.55, wide * 0.13, 0, 2 * Math.PI);
    pen.fill();
  } else {
    pen.fillStyle = stamp;
    pen.fillRect(wide * 0.66, high * 0.14, wide * 0.24, high * 0.34);
    if (wide > 14) {
      pen.fillStyle = "rgb(60 60 60 / 0.45)"; // the address
      for (const [row, part] of [[0.58, 0.42], [0.74, 0.3]]) {
        pen.fillRect(wide * 0.14, high * row, wide * part, Math.max(1, high * 0.06));
      }
    }
  }
  envelopes.set(key, made);
  return made;
}

/**
 * A speech bubble above a house.
 *
 * @param {Pen} pen @param {number} x @param {number} y where its point is @param {string} text
 * @param {{left: number, right: number}} within @param {Palette} colours
 */
export function drawBubble(pen, x, y, text, within, colours) {
  pen.font = `600 13px ${colours.mono}`;
  const wide = pen.measureText(text).width + 18;
  const left = Math.min(Math.max(x - wide / 2, within.left + 4), within.right - wide - 4);
  const top = Math.max(4, y - 34);
  pen.fillStyle = colours.ink;
  pen.beginPath();
  pen.roundRect(left, top, wide, 26, 8);
  pen.moveTo(x - 6, top + 25);
  pen.lineTo(x, top + 33);
  pen.lineTo(x + 6, top + 25);
  pen.fill();
  pen.fillStyle = colours.paper;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillText(text, left + 9, top + 13.5);
  pen.textBaseline = "alphabetic";
}

/** Text with an outline, legible on any background. @param {Pen} pen @param {string} text @param {number} x @param {number} y @param {string} ink @param {string} around */
export function drawWords(pen, text, x, y, ink, around) {
  pen.textAlign = "center";
  pen.lineJoin = "round";
  pen.lineWidth = 3.5;
  pen.strokeStyle = around;
  pen.strokeText(text, x, y);
  pen.fillStyle = ink;
  pen.fillText(text, x, y);
}

/** @param {Pen} pen @param {number} x @param {number} y @param {number} wide @param {number} high @param {string} colour */
function rect(pen, x, y, wide, high, colour) {
  pen.fillStyle = colour;
  pen.fillRect(x, y, wide, high);
  pen.strokeRect(x, y, wide, high);
}
