// Which colour a player has: the same on every screen, in the windows of examples/dots.py and in the terminal.

/** @type {Record<string, string>} */
const NAMED = {
  red: "#e5484d",
  green: "#46a758",
  blue: "#4f8ff7",
  orange: "#f08030",
  purple: "#a070e0",
  pink: "#e570b0",
  cyan: "#20a8b8",
  brown: "#a87850",
  yellow: "#d8a800",
};
const OTHERS = ["tomato", "royalblue", "forestgreen", "orange", "orchid", "turquoise", "sienna", "slategray"];

/**
 * That of its name, where its name is one; else one of eight, by its letters.
 *
 * @param {string} id a player's
 */
export function colourOf(id) {
  const word = id.replace(/\d+$/, "").toLowerCase(); // the second red is red, too
  if (Object.hasOwn(NAMED, word)) {
    return NAMED[word];
  }
  const sum = new TextEncoder().encode(id).reduce((total, byte) => total + byte, 0);
  return OTHERS[sum % OTHERS.length];
}
