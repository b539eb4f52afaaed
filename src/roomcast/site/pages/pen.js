// Input that draws: a finger, a stylus, a mouse, or the arrow keys and the space bar.

import { placeOf } from "./canvas.js";
import { BOARD } from "./strokes.js";

const LONGEST = 1500; // points; a longer stroke is continued as another one

/** @typedef {import("./strokes.js").Point} Point */
/**
 * @typedef {object} Hand
 * @property {(points: Point[]) => void} moved  a stroke is being drawn: all its points so far
 * @property {(points: Point[]) => void} lifted  it is done
 * @property {(cursor: Point | null) => void} hovers  where the keyboard's pen is
 * @property {(sentence: string) => void} tell  what the keyboard's pen does, in words
 */

/** @type {Record<string, [number, number]>} */
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {HTMLElement} stage
 * @param {Hand} hand
 */
export function listen(stage, hand) {
  /** @type {Point[]} */
  let points = [];

  /** @param {Point} point */
  function add(point) {
    points.push(onBoard(point));
    hand.moved(points);
    if (points.length >= LONGEST) {
      const last = points[points.length - 1];
      lift();
      points = [last];
    }
  }

  function lift() {
    if (points.length > 0) {
      hand.lifted(points);
      points = [];
    }
  }

  byPointer(stage, add, lift);
  byKeys(stage, hand, add, lift);
}

/**
 * @param {HTMLElement} stage
 * @param {(point: Point) => void} add
 * @param {() => void} lift
 */
function byPointer(stage, add, lift) {
  let pointer = 0; // id of the one that draws; a second finger does not
  stage.addEventListener("pointerdown", (event) => {
    if (pointer === 0 && event.button === 0 && event.target instanceof HTMLCanvasElement) {
      pointer = event.pointerId;
      stage.setPointerCapture(pointer);
      add(placeOf(event, stage, BOARD));
    }
  });
  stage.addEventListener("pointermove", (event) => {
    if (event.pointerId === pointer) {
      // Browsers report moves once per frame; the points in between are in the coalesced events.
      const moves = event.getCoalescedEvents?.() ?? [];
      for (const move of moves.length > 0 ? moves : [event]) {
        add(placeOf(move, stage, BOARD));
      }
    }
  });
  for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
    stage.addEventListener(end, (event) => {
      if (event.pointerId === pointer) {
        pointer = 0;
        lift();
      }
    });
  }
}

/**
 * @param {HTMLElement} stage
 * @param {Hand} hand
 * @param {(point: Point) => void} add
 * @param {() => void} lift
 */
function byKeys(stage, hand, add, lift) {
  /** @type {Point} */
  let cursor = [BOARD / 2, BOARD / 2];
  let down = false;

  function raise() {
    if (down) {
      down = false;
      lift();
      hand.tell("Pen up.");
    }
  }

  stage.addEventListener("keydown", (event) => {
    if (event.target !== stage || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (event.key in KEYS) {
      const step = event.shiftKey ? 50 : 10;
      const [dx, dy] = KEYS[event.key];
      cursor = onBoard([cursor[0] + step * dx, cursor[1] + step * dy]);
      if (down) {
        add(cursor);
      }
    } else if (event.key === " " || event.key === "Enter") {
      if (down) {
        raise();
      } else {
        down = true;
        add(cursor);
        hand.tell(`Pen down at ${cursor.join(", ")}.`);
      }
    } else if (event.key === "Escape") {
      raise();
    } else {
      return;
    }
    event.preventDefault();
    hand.hovers(cursor);
  });
  stage.addEventListener("focus", () => stage.matches(":focus-visible") && hand.hovers(cursor));
  stage.addEventListener("blur", () => {
    raise();
    hand.hovers(null);
  });
}

/** @param {Point} point @returns {Point} */
function onBoard([x, y]) {
  return [Math.min(Math.max(x, 0), BOARD), Math.min(Math.max(y, 0), BOARD)];
}
