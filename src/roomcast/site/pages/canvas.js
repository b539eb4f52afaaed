// A canvas that is sharp on every screen: it has one pixel for each of the screen's.

/**
 * Keep a canvas at the screen's resolution. `draw` is called before the next frame after `ask()`, and whenever the size
 * or the colours of the page change. It draws on a square whose sides are `size` long.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} size
 * @param {(pen: CanvasRenderingContext2D, pixels: number) => void} draw  `pixels`: those of the screen for one of ours
 * @returns {{ask: () => void}}
 */
export function crisp(canvas, size, draw) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  let asked = false;

  function paint() {
    asked = false;
    if (canvas.width > 0) {
      const pixels = canvas.width / size;
      pen.setTransform(pixels, 0, 0, pixels, 0, 0);
      pen.clearRect(0, 0, size, size);
      draw(pen, pixels);
    }
  }

  function ask() {
    if (!asked) {
      asked = true;
      requestAnimationFrame(paint);
    }
  }

  new ResizeObserver(() => {
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (side !== canvas.width) {
      canvas.width = canvas.height = side;
      paint(); // at once, because resizing a canvas clears it
    }
  }).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", ask);
  return { ask };
}

/**
 * A colour of the style sheet.
 *
 * @param {string} token such as "--ink"
 */
export function token(token) {
  return getComputedStyle(document.documentElement).getPropertyValue(token).trim();
}

/**
 * The position of a pointer on an element, in our own units.
 *
 * @param {{clientX: number, clientY: number}} event
 * @param {HTMLElement} element
 * @param {number} size
 * @returns {[number, number]}
 */
export function placeOf(event, element, size) {
  const box = element.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * size, ((event.clientY - box.top) / box.height) * size];
}
