// The colour of a player: the same on every screen, in examples/dots.py and in the terminal.

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
 * The colour that a player is named after; else one of eight, derived from its id.
 *
 * @param {string} id a player's
 */
export function colourOf(id) {
  const word = id.replace(/\d+$/, "").toLowerCase(); // "red2", the second red, is red as well
  if (Object.hasOwn(NAMED, word)) {
    return NAMED[word];
  }
  const sum = new TextEncoder().encode(id).reduce((total, byte) => total + byte, 0);
  return OTHERS[sum % OTHERS.length];
}
