// Input that moves the own dot: the keyboard, the arrow buttons, and taps on the field.

import { placeOf } from "./canvas.js";
import { SIZE } from "./field.js";

const STEP = 10; // length of a move, the same in every program of this game
const HELD = 300; // milliseconds after which a pressed key counts as held
const EVERY = 60; // milliseconds between two moves while a key is held: far below the server's rate

/** @type {Record<string, [number, number]>} */
const KEYS = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

/**
 * Call `walk` for each step that the user makes.
 *
 * @param {HTMLElement} stage
 * @param {() => [number, number]} goal where the own dot will be when all its moves have come back
 * @param {(dx: number, dy: number) => void} walk
 */
export function listen(stage, goal, walk) {
  /** @type {Set<string>} */
  const held = new Set();
  /** @type {[number, number] | null} */
  let target = null;
  let timer = 0;

  function step() {
    timer = 0;
    let [dx, dy] = [0, 0];
    for (const key of held) {
      dx += KEYS[key][0];
      dy += KEYS[key][1];
    }
    if (target !== null && held.size === 0) {
      [dx, dy] = towards(goal(), target);
      if (dx === 0 && dy === 0 && !pressed) {
        target = null;
      }
    }
    if (dx !== 0 || dy !== 0) {
      walk(dx, dy);
    }
    if (held.size > 0 || target !== null) {
      timer = setTimeout(step, EVERY);
    }
  }

  /** @param {string} key */
  function press(key) {
    target = null;
    if (!held.has(key)) {
      held.add(key);
      clearTimeout(timer);
      walk(...KEYS[key]);
      timer = setTimeout(step, HELD);
    }
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLElement && event.target.closest("input, dialog, select, textarea");
    if (event.key in KEYS && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault(); // do not scroll the page
      press(event.key);
    }
  });
  document.addEventListener("keyup", (event) => held.delete(event.key));
  addEventListener("blur", () => held.clear());

  for (const button of document.querySelectorAll("button[data-key]")) {
    const key = /** @type {HTMLElement} */ (button).dataset.key ?? "";
    button.addEventListener("pointerdown", () => press(key));
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
      button.addEventListener(end, () => held.delete(key));
    }
    button.addEventListener("click", (event) => {
      if (/** @type {PointerEvent} */ (event).detail === 0) {
        walk(...KEYS[key]); // clicked by keyboard or voice, without a pointer
      }
    });
  }

  let pressed = false;
  /** @param {PointerEvent} event */
  function point(event) {
    const [x, y] = placeOf(event, stage, SIZE);
    target = [Math.min(Math.max(Math.round(x), 0), SIZE - 1), Math.min(Math.max(Math.round(y), 0), SIZE - 1)];
    if (timer === 0) {
      step();
    }
  }
  stage.addEventListener("pointerdown", (event) => {
    if (event.button === 0) {
      pressed = true;
      stage.setPointerCapture(event.pointerId);
      point(event);
    }
  });
  stage.addEventListener("pointermove", (event) => {
    if (pressed) {
      point(event);
    }
  });
  for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
    stage.addEventListener(end, () => (pressed = false));
  }
}

/**
 * The next step from here to there.
 *
 * @param {[number, number]} from
 * @param {[number, number]} to
 * @returns {[number, number]}
 */
function towards([x, y], [toX, toY]) {
  const far = Math.hypot(toX - x, toY - y);
  const part = far > 1.5 * STEP ? (1.5 * STEP) / far : 1;
  return [Math.round((toX - x) * part), Math.round((toY - y) * part)];
}
