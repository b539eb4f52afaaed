// The list of rooms, /rooms.json.

/** @typedef {{name: string, code: string, players: {name: string, here: boolean}[]}} Listed */

/**
 * The room that somebody means by its name or by its code; undefined where no such room is open.
 *
 * @param {Listed[]} rooms
 * @param {string} typed
 */
export function roomOf(rooms, typed) {
  const code = typed.toUpperCase().replaceAll(/[\s.-]/g, ""); // people group letters
  return rooms.find((one) => one.name === typed) ?? rooms.find((one) => one.code === code);
}
