// The buttons that choose a pen's colour and width.

import { COLOURS } from "./easel.js";
import { element } from "./elements.js";

const NAMES = ["Ink", "Red", "Orange", "Green", "Blue", "Purple"];
const WIDTHS = { Fine: 4, Medium: 10, Broad: 24 }; // on a board of 1000

/**
 * Fill the two groups of buttons. The returned object has the current choice.
 *
 * @param {HTMLElement} colours
 * @param {HTMLElement} widths
 */
export function pens(colours, widths) {
  const chosen = { colour: 0, width: WIDTHS.Fine };
  const shades = NAMES.slice(0, COLOURS).map((name, colour) =>
    button(name, (blob) => (blob.style.background = `var(--pen-${colour})`), () => (chosen.colour = colour)),
  );
  const sizes = Object.entries(WIDTHS).map(([name, width]) =>
    button(
      name,
      (blob) => (blob.style.width = blob.style.height = `${4 + width}px`),
      () => (chosen.width = width),
    ),
  );
  fill(colours, shades);
  fill(widths, sizes);
  return chosen;
}

/**
 * @param {string} name
 * @param {(blob: HTMLElement) => void} dress
 * @param {() => void} choose
 */
function button(name, dress, choose) {
  const blob = element("span", { class: "blob" });
  dress(blob);
  const made = element("button", { type: "button", "aria-label": name, title: name, "aria-pressed": "false" }, blob);
  made.addEventListener("click", choose);
  return made;
}

/** @param {HTMLElement} group @param {HTMLElement[]} buttons */
function fill(group, buttons) {
  group.replaceChildren(...buttons);
  group.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element && event.target.closest("button");
    if (pressed) {
      buttons.forEach((one) => one.setAttribute("aria-pressed", String(one === pressed)));
    }
  });
  buttons[0].setAttribute("aria-pressed", "true");
}
