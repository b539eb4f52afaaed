// The list of rooms, /rooms.json.

/** @typedef {{id: string, name: string, here: boolean}} ListedPlayer */
/** @typedef {{name: string, code: string, players: ListedPlayer[]}} Listed */

/**
 * What to call a player of a list: its name, or where several have that name, as those who gave none, its id.
 *
 * @param {ListedPlayer} player
 * @param {ListedPlayer[]} players
 */
export function called({ id, name }, players) {
  return players.some((other) => other.name === name && other.id !== id) ? id : name;
}

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
