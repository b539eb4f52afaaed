// Makes and finds elements of the page. Their content is text, never HTML, because names come from strangers.

/**
 * Make an element.
 *
 *     element("a", {href: "/dots", class: "button"}, "Play dots")
 *
 * @param {string} tag
 * @param {Record<string, string | number | boolean>} [attributes]  true: there, without a value; false: not there
 * @param {...(Node | string)} children  text becomes a text node
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false) made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/**
 * The element of this page with that id.
 *
 * @template {HTMLElement} [E=HTMLElement]
 * @param {string} id
 * @returns {E}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`this page has no element with the id ${id}`);
  return /** @type {E} */ (found);
}
