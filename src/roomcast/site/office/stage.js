// The stage: draws the town once, and everything that moves with every frame.

import { drawBubble, drawHouse, drawOffice, drawTree, drawWindow, drawWords, envelope, newEnvelopes, palette } from "./drawing.js";
import { plan } from "./town.js";
import { callOf } from "./words.js";

/** @typedef {import("./drawing.js").Resident} Resident */
/** @typedef {import("./letters.js").Letter} Letter */
/** @typedef {import("./town.js").Spot} Spot */

const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const DARK = matchMedia("(prefers-color-scheme: dark)");
const FINEST = 2; // screen pixels per CSS pixel at most: more cost time and are not seen
const NEAR = 22; // pixels by which a click may miss a letter
const BUBBLES = 6; // speech bubbles at a time
const NAMED_FROM = 36; // pixels of a house's width from which its name is shown below it

export class Stage {
  /** @type {Map<string, Resident & Spot>} */
  #houses = new Map();
  #size = 64;
  #office = { x: 0, y: 0, size: 100 };
  /** @type {(Spot & {size: number})[]} */
  #trees = [];
  #counter = { x: 0, y: 0 }; // in front of the post office, where letters arrive and leave
  #number = 0; // the last number that was stamped
  #canvas;
  #pen;
  #mail;
  #still = document.createElement("canvas"); // a cache of the town, without the parts that move
  #wide = 0;
  #high = 0;
  #pixels = 1;
  #colours = palette();
  #faint = 1; // opacity of what is being drawn
  #stale = true; // the cache must be drawn again
  #dirty = true; // something other than a moving letter has changed
  /** @type {{x: number, y: number, letter: Letter}[]} */
  #places = []; // the places of letters, for clicks
  /** @type {Spot | null} */
  #pointer = null;

  /** @param {HTMLCanvasElement} canvas @param {import("./letters.js").Mail} mail @param {(letter: Letter) => void} choose */
  constructor(canvas, mail, choose) {
    this.#canvas = canvas;
    this.#mail = mail;
    this.#pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    new ResizeObserver(() => this.#fit()).observe(canvas);
    DARK.addEventListener("change", () => {
      this.#colours = palette();
      newEnvelopes();
      this.#rebuild();
    });
    canvas.addEventListener("click", (event) => {
      const letter = this.#letterAt(event);
      if (letter) choose(letter);
    });
    canvas.addEventListener("pointermove", (event) => {
      this.#pointer = { x: event.offsetX, y: event.offsetY };
      canvas.classList.toggle("over-letter", this.#letterAt(event) !== null);
      this.#dirty = true;
    });
    canvas.addEventListener("pointerleave", () => {
      this.#pointer = null;
      this.#dirty = true;
    });
  }

  /** @param {Resident[]} residents */
  settle(residents) {
    const { size, spots, office, trees } = plan(residents.length, this.#wide, this.#high);
    this.#size = size;
    this.#office = office;
    this.#trees = trees;
    this.#counter = { x: office.x, y: office.y + office.size * 0.62 };
    this.#houses = new Map(residents.map((one, index) => [one.id, { ...one, ...spots[index] }]));
    this.#stale = this.#dirty = true;
  }

  /** @param {number} number */
  stamp(number) {
    this.#number = number;
    this.#dirty = true;
  }

  /** Draw, if there is anything new. @param {boolean} moved */
  draw(moved) {
    if (this.#wide === 0 || !(moved || this.#dirty)) return;
    this.#dirty = false;
    if (this.#stale) this.#drawTown();
    const pen = this.#pen;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.drawImage(this.#still, 0, 0);
    pen.setTransform(this.#pixels, 0, 0, this.#pixels, 0, 0);
    this.#places.length = 0;
    const told = this.#mail.told;
    if (told) this.#drawRoutes(told);
    this.#drawGlow();
    this.#faint = this.#mail.paused && this.#mail.pinned ? 0.25 : 1; // all but the letter that is being stepped are faint
    for (const letter of this.#mail.letters) {
      if (letter !== told) this.#drawLetter(letter, false);
    }
    this.#faint = 1;
    this.#drawNumber();
    if (told && this.#mail.letters.includes(told)) this.#drawLetter(told, true);
    this.#drawBubbles(told);
    this.#drawHovered();
  }

  #fit() {
    this.#wide = this.#canvas.clientWidth;
    this.#high = this.#canvas.clientHeight;
    this.#pixels = Math.min(devicePixelRatio, FINEST);
    for (const canvas of [this.#canvas, this.#still]) {
      canvas.width = Math.round(this.#wide * this.#pixels);
      canvas.height = Math.round(this.#high * this.#pixels);
    }
    this.#rebuild();
    this.draw(true); // at once, because resizing a canvas clears it
  }

  #rebuild() {
    this.settle([...this.#houses.values()]);
  }

  #drawTown() {
    this.#stale = false;
    const colours = this.#colours;
    const pen = /** @type {CanvasRenderingContext2D} */ (this.#still.getContext("2d"));
    pen.setTransform(this.#pixels, 0, 0, this.#pixels, 0, 0);
    pen.fillStyle = colours.grass;
    pen.fillRect(0, 0, this.#wide, this.#high);
    pen.strokeStyle = colours.road;
    pen.lineWidth = Math.max(2, this.#size / 8);
    pen.lineCap = "round";
    pen.beginPath();
    for (const { x, y } of this.#houses.values()) {
      pen.moveTo(this.#counter.x, this.#counter.y);
      pen.lineTo(x, y + this.#size * 0.4);
    }
    pen.stroke();
    pen.fillStyle = colours.road;
    pen.beginPath();
    pen.ellipse(this.#counter.x, this.#counter.y, this.#office.size * 0.92, this.#office.size * 0.26, 0, 0, 7);
    pen.fill();
    for (const tree of this.#trees) drawTree(pen, tree.x, tree.y, tree.size, colours);
    for (const house of this.#houses.values()) {
      drawHouse(pen, house.x, house.y, this.#size, house, colours);
      if (this.#size >= NAMED_FROM) this.#drawName(pen, house);
    }
    drawOffice(pen, this.#office.x, this.#office.y, this.#office.size, colours);
  }

  /** @param {CanvasRenderingContext2D} pen @param {Resident & Spot} house */
  #drawName(pen, { x, y, name, here }) {
    const { ink, pale, grass, sans } = this.#colours;
    const fits = Math.round(this.#size / 5.5);
    const shown = name.length > fits ? `${name.slice(0, fits - 1)}…` : name;
    pen.font = `600 ${this.#size > 48 ? 13 : 11}px ${sans}`;
    drawWords(pen, here ? shown : `${shown} (away)`, x, y + this.#size * 0.42 + 15, here ? ink : pale, grass);
  }

  #drawNumber() {
    const { x, y, size } = this.#office;
    this.#pen.font = `700 ${size * 0.14}px ${this.#colours.mono}`;
    this.#pen.textAlign = "center";
    this.#pen.fillStyle = this.#colours.ink;
    this.#pen.fillText(this.#number ? `№ ${this.#number}` : "", x, y + size * 0.365, size * 0.5);
  }

  /** The path of the letter that the lesson shows. @param {Letter} letter */
  #drawRoutes(letter) {
    const pen = this.#pen;
    pen.strokeStyle = this.#houses.get(letter.passage.by)?.colour ?? this.#colours.pale;
    pen.lineWidth = 2.5;
    pen.setLineDash([2, 7]);
    pen.lineCap = "round";
    pen.globalAlpha = 0.8;
    pen.beginPath();
    const from = this.#door(letter.passage.by);
    if (letter.age < 3) {
      pen.moveTo(from.x, from.y);
      pen.lineTo(this.#counter.x, this.#counter.y);
    } else if (letter.age < 5 && (letter.passage.to?.length ?? 0) <= 30) {
      for (const id of letter.passage.to ?? []) {
        const to = this.#door(id);
        pen.moveTo(this.#counter.x, this.#counter.y);
        pen.lineTo(to.x, to.y);
      }
    }
    pen.stroke();
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }

  /** Light the windows of houses where a letter is being done, with rings around them. */
  #drawGlow() {
    const pen = this.#pen;
    for (const letter of this.#mail.letters) {
      if (letter.age <= 5 || letter.sealed || (this.#mail.paused && this.#mail.pinned && letter !== this.#mail.pinned)) continue;
      const over = STILL.matches ? 0.3 : letter.age - 5;
      const { to = [], ran = {} } = letter.passage;
      pen.lineWidth = 2.5;
      for (const id of to) {
        const house = this.#houses.get(id);
        if (!house) continue;
        const said = id in ran;
        if (said) drawWindow(pen, house.x, house.y, this.#size, Math.min(1, 2 - 2 * over), this.#colours);
        pen.globalAlpha = Math.max(0, 1 - over);
        pen.strokeStyle = this.#houses.get(letter.passage.by)?.colour ?? this.#colours.pale;
        pen.setLineDash(said ? [] : [3, 5]); // it does not report this itself
        pen.beginPath();
        pen.arc(house.x, house.y, this.#size * (0.45 + 0.35 * over), 0, 2 * Math.PI);
        pen.stroke();
        pen.globalAlpha = 1;
      }
      pen.setLineDash([]);
    }
  }

  /** @param {Letter} letter @param {boolean} told */
  #drawLetter(letter, told) {
    const { age, passage, sealed } = letter;
    const colour = this.#houses.get(passage.by)?.colour ?? this.#colours.pale;
    const large = told ? 34 : 26;
    if (age < 1) {
      const grown = STILL.matches ? 1 : Math.min(1, age * 1.6);
      const { x, y } = this.#door(passage.by);
      this.#put(letter, x, y - 6 * grown, large, colour, grown);
    } else if (age < 2) {
      const [x, y] = between(this.#door(passage.by), this.#counter, eased(age - 1, true, true), 0.12);
      this.#put(letter, x, y, large, colour, 1);
    } else if (age < 3 || sealed) {
      this.#drawStamping(letter, large, colour);
    } else if (age < 5) {
      const small = told ? 22 : this.#size > 30 ? 18 : 13;
      const out = age < 4 ? 0.3 * eased(age - 3, true, false) : 0.3 + 0.7 * eased(age - 4, false, true);
      for (const id of passage.to ?? []) {
        const [x, y] = between(this.#counter, this.#door(id), out, -0.1);
        this.#put(letter, x, y, small, colour, 1);
      }
    } else if (!STILL.matches && age < 5.35) {
      const small = told ? 22 : this.#size > 30 ? 18 : 13;
      for (const id of passage.to ?? []) {
        const { x, y } = this.#door(id);
        this.#put(letter, x, y + (age - 5) * 30, small, colour, 1 - (age - 5) / 0.35);
      }
    }
  }

  /** At the counter, a letter gets its number stamped on. @param {Letter} letter @param {number} large @param {string} colour */
  #drawStamping(letter, large, colour) {
    const { age, sealed } = letter;
    const pen = this.#pen;
    const { x, y } = this.#counter;
    const fade = sealed ? Math.min(1, (age - 2) * 3, (4 - age) * 3) : 1;
    this.#put(letter, x, y, large, colour, fade);
    const hit = STILL.matches ? 1 : Math.min(1, Math.max(0, (age - 2.15) / 0.3));
    if (hit > 0) {
      pen.save();
      pen.globalAlpha = hit * hit * fade * this.#faint;
      pen.translate(x, y);
      pen.rotate(-0.14);
      pen.scale(2 - hit, 2 - hit);
      pen.font = `800 15px ${this.#colours.mono}`;
      drawWords(pen, `№ ${letter.passage.s}`, 0, 5, this.#colours.seal, this.#colours.letter);
      pen.restore();
    }
  }

  /** @param {Letter} letter @param {number} x @param {number} y @param {number} wide @param {string} colour @param {number} alpha */
  #put(letter, x, y, wide, colour, alpha) {
    const image = envelope(colour, wide, letter.sealed, this.#pixels, this.#colours);
    const pen = this.#pen;
    pen.globalAlpha = Math.max(0, alpha) * this.#faint;
    const [w, h] = [image.width / this.#pixels, image.height / this.#pixels];
    pen.drawImage(image, x - w / 2, y - h / 2, w, h);
    pen.globalAlpha = 1;
    if (!letter.sealed) this.#places.push({ x, y, letter });
  }

  /** Show calls as speech bubbles above the houses. @param {Letter | null} told */
  #drawBubbles(told) {
    const stepped = this.#mail.paused && this.#mail.pinned;
    const speaking = this.#mail.letters.filter((letter) => letter.age < 1.6 && !letter.sealed && (!stepped || letter === told));
    const some = speaking.slice(-BUBBLES);
    if (told && speaking.includes(told) && !some.includes(told)) some.push(told);
    for (const letter of some) {
      const house = this.#houses.get(letter.passage.by);
      if (!house || (this.#size < NAMED_FROM && letter !== told)) continue;
      const words = callOf(letter.passage);
      const shown = words.length > 26 ? `${words.slice(0, 25)}…` : words;
      this.#pen.globalAlpha = Math.max(0, Math.min(1, letter.age * 4, (1.6 - letter.age) * 4));
      drawBubble(this.#pen, house.x, house.y - this.#size * 0.5 - 6, shown, { left: 0, right: this.#wide }, this.#colours);
      this.#pen.globalAlpha = 1;
    }
  }

  /** Show the name of a small house while the pointer is on it. */
  #drawHovered() {
    if (!this.#pointer || this.#size >= NAMED_FROM) return;
    const { x, y } = this.#pointer;
    for (const house of this.#houses.values()) {
      if (Math.hypot(house.x - x, house.y - y) < this.#size * 0.7) {
        drawBubble(this.#pen, house.x, house.y - this.#size / 2, house.name, { left: 0, right: this.#wide }, this.#colours);
        return;
      }
    }
  }

  /** The place at a house where letters arrive and leave. @param {string} id @returns {Spot} */
  #door(id) {
    const house = this.#houses.get(id);
    return house ? { x: house.x, y: house.y - this.#size * 0.12 } : this.#counter; // the player has left meanwhile
  }

  /** @param {MouseEvent} event */
  #letterAt({ offsetX, offsetY }) {
    let [best, nearest] = [/** @type {Letter | null} */ (null), NEAR];
    for (const { x, y, letter } of this.#places) {
      const far = Math.hypot(x - offsetX, y - offsetY);
      if (far < nearest) [best, nearest] = [letter, far];
    }
    return best;
  }
}

/** A place on a slightly curved path. @param {Spot} from @param {Spot} to @param {number} share @param {number} bow */
function between(from, to, share, bow) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const aside = 4 * share * (1 - share) * bow;
  return [from.x + dx * share + dy * aside, from.y + dy * share - dx * aside];
}

/** Easing: slow at the start, the end, or both; with reduced motion, always the middle. @param {number} share @param {boolean} start @param {boolean} end */
function eased(share, start, end) {
  if (STILL.matches) return share < 1 ? 0.5 : 1;
  if (start && end) return share * share * (3 - 2 * share);
  return start ? share * share : 1 - (1 - share) * (1 - share);
}
