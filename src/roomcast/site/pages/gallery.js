// Shows pictures: on the board, where pointers and keys move them, and in the list beside it.

import { placeOf } from "./canvas.js";
import { element } from "./elements.js";
import { inWords, onBoard } from "./pictures.js";
import { BOARD } from "./strokes.js";

/** @typedef {import("./pictures.js").Picture} Picture */
/**
 * @typedef {object} Acts
 * @property {(key: string, x: number, y: number) => void} move
 * @property {(key: string) => void} remove
 * @property {(id: string) => string} nameOf a player's name
 */
/** @typedef {{picture: Picture, frame: HTMLElement, line: HTMLElement, note: HTMLElement, bar: HTMLProgressElement, url: string, held: boolean}} Shown */

/** @type {Record<string, [number, number]>} */
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Gallery {
  /** @type {Map<string, Shown>} */
  #shown = new Map();
  #layer;
  #list;
  #acts;

  /** @param {HTMLElement} layer @param {HTMLElement} list @param {Acts} acts */
  constructor(layer, list, acts) {
    this.#layer = layer;
    this.#list = list;
    this.#acts = acts;
  }

  /** Show a picture, or where it is now. @param {string} key @param {Picture} picture */
  put(key, picture) {
    const shown = this.#shown.get(key) ?? this.#add(key, picture);
    shown.picture = picture;
    if (!shown.held) {
      place(shown.frame, picture);
    }
  }

  /** Stack the pictures in this order. @param {string[]} keys */
  order(keys) {
    const shown = keys.flatMap((key) => this.#shown.get(key) ?? []);
    if (shown.some(({ frame }, index) => this.#layer.children[index] !== frame)) {
      this.#layer.append(...shown.map(({ frame }) => frame));
      this.#list.append(...shown.map(({ line }) => line));
    }
  }

  /** Its bytes have arrived. @param {string} key @param {Blob} blob */
  fill(key, blob) {
    const shown = this.#shown.get(key);
    if (shown && !shown.url) {
      shown.url = URL.createObjectURL(blob);
      const save = element("a", { href: shown.url, download: shown.picture.name }, "Save");
      shown.frame.replaceChildren(element("img", { src: shown.url, alt: "", draggable: "false" }));
      shown.note.replaceChildren(inWords(shown.picture.size), ", ", save);
      shown.bar.hidden = true;
      label(shown, this.#acts);
    }
  }

  /**
   * Show the progress of a picture that is being received or sent.
   *
   * @param {string} key
   * @param {string} words
   * @param {number} [share] how much of it has come or gone, 0 to 1
   */
  note(key, words, share) {
    const shown = this.#shown.get(key);
    if (shown) {
      shown.bar.hidden = share === undefined;
      shown.bar.value = share ?? 0;
      if (!shown.url) {
        shown.note.textContent = words;
        shown.frame.replaceChildren(element("span", { class: "missing" }, shown.picture.name, element("br"), words));
        label(shown, this.#acts, words);
      }
    }
  }

  /** @param {string} key */
  remove(key) {
    const shown = this.#shown.get(key);
    if (shown) {
      const next = /** @type {HTMLElement | null} */ (shown.frame.nextElementSibling ?? shown.frame.previousElementSibling);
      const focused = document.activeElement === shown.frame || shown.line.contains(document.activeElement);
      shown.frame.remove();
      shown.line.remove();
      URL.revokeObjectURL(shown.url);
      this.#shown.delete(key);
      if (focused) {
        (next ?? this.#layer.parentElement)?.focus(); // keep the keyboard's focus near
      }
    }
  }

  /** @param {string} key @param {Picture} picture @returns {Shown} */
  #add(key, picture) {
    const frame = element("button", { type: "button", class: "picture" });
    const note = element("span", { class: "pale small" });
    const bar = /** @type {HTMLProgressElement} */ (
      element("progress", { max: 1, "aria-label": `${picture.name}: how much has come`, hidden: true })
    );
    const remove = element("button", { type: "button", class: "quiet", "aria-label": `Remove ${picture.name}` }, "✕");
    const title = element("span", { class: "wrap" }, picture.name, element("br"), note, bar);
    const line = element("li", { class: "row apart" }, title, remove);
    const shown = { picture, frame, line, note, bar, url: "", held: false };
    this.#shown.set(key, shown);
    remove.addEventListener("click", () => this.#acts.remove(key));
    this.#listen(key, shown);
    this.#layer.append(frame);
    this.#list.append(line);
    return shown;
  }

  /** @param {string} key @param {Shown} shown */
  #listen(key, shown) {
    const { frame } = shown;
    /** @type {[number, number]} */
    let grip = [0, 0];
    frame.addEventListener("pointerdown", (event) => {
      if (event.button === 0) {
        const [x, y] = placeOf(event, this.#layer, BOARD);
        grip = [x - shown.picture.x, y - shown.picture.y];
        shown.held = true;
        frame.setPointerCapture(event.pointerId);
      }
    });
    frame.addEventListener("pointermove", (event) => {
      if (shown.held) {
        const [x, y] = placeOf(event, this.#layer, BOARD);
        this.#move(key, shown, x - grip[0], y - grip[1]);
      }
    });
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      frame.addEventListener(end, () => {
        shown.held = false;
        place(frame, shown.picture); // somebody else may have moved it meanwhile
      });
    }
    frame.addEventListener("keydown", (event) => {
      if (event.key in KEYS) {
        const step = event.shiftKey ? 50 : 10;
        const [dx, dy] = KEYS[event.key];
        this.#move(key, shown, shown.picture.x + step * dx, shown.picture.y + step * dy);
        event.preventDefault();
      } else if (event.key === "Delete" || event.key === "Backspace") {
        this.#acts.remove(key);
        event.preventDefault();
      }
    });
  }

  /** @param {string} key @param {Shown} shown @param {number} x @param {number} y */
  #move(key, shown, x, y) {
    const to = onBoard({ ...shown.picture, x, y });
    shown.picture = { ...shown.picture, ...to }; // at once for this user; for the others when it has come back
    place(shown.frame, shown.picture);
    this.#acts.move(key, to.x, to.y);
  }
}

/** @param {HTMLElement} frame @param {Picture} picture */
function place(frame, { x, y, w, h }) {
  frame.style.left = `${(x / BOARD) * 100}%`;
  frame.style.top = `${(y / BOARD) * 100}%`;
  frame.style.width = `${(w / BOARD) * 100}%`;
  frame.style.height = `${(h / BOARD) * 100}%`;
}

/** @param {Shown} shown @param {Acts} acts @param {string} [words] */
function label({ frame, picture }, acts, words = "") {
  const what = `Picture ${picture.name}, from ${acts.nameOf(picture.by)}`;
  frame.setAttribute("aria-label", words ? `${what}: ${words}` : `${what}. Arrow keys move it, Delete removes it.`);
}
