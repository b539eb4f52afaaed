// The list of rooms, /rooms.json.

/** @typedef {{name: string, code: string, players: {name: string, here: boolean}[]}} Listed */

/**
 * The open room with this name or code; undefined where there is none.
 *
 * @param {Listed[]} rooms
 * @param {string} typed
 */
export function roomOf(rooms, typed) {
  const code = typed.toUpperCase().replaceAll(/[\s.-]/g, ""); // people write codes in groups
  return rooms.find((one) => one.name === typed) ?? rooms.find((one) => one.code === code);
}
