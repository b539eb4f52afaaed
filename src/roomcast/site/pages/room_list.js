// The list of rooms, /rooms.json.

/** @typedef {{id: string, name: string, here: boolean}} ListedPlayer */
/**
 * A room. `rules`: it has some; `page`: the path of the page that their maker has given it; `kind`, where its name does not say it; `seats`
 * that are free; `locked`, where nobody is let in any more.
 * @typedef {object} Listed
 * @property {string} name
 * @property {string} code
 * @property {ListedPlayer[]} players
 * @property {number} seats
 * @property {boolean} [rules]
 * @property {string} [page]
 * @property {string} [kind]
 * @property {boolean} [locked]
 * @property {boolean} [password]
 */
/** A page for all rooms of a kind: the room of that name, and those whose names begin so. @typedef {{kind: string, page: string}} KindPage */

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
 * What the lobby says of a room of a kind: which one, and who may come; "" of a room that somebody has named.
 *
 * @param {Listed} room
 */
export function described({ kind, seats, locked, password }) {
  const free = password ? "with a password" : locked ? "the game has begun" : seats === 0 ? "full" : `${seats} ${seats === 1 ? "seat" : "seats"} free`;
  return kind || locked || password ? `${kind ?? ""}${kind ? ": " : ""}${free}` : "";
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

/**
 * The room that somebody means who wants to play a kind: "tictactoe" where nothing was typed, "tictactoe-7" for 7.
 *
 * @param {string} kind
 * @param {string} typed
 */
export function roomOfKind(kind, typed) {
  return typed === "" || isOfKind(kind, typed) ? typed || kind : `${kind}-${typed}`;
}

/** @param {string} kind @param {string} room */
export function isOfKind(kind, room) {
  return room === kind || room.startsWith(`${kind}-`);
}

/** The address of a page of a kind, for a room. @param {string} page @param {string} room */
export function addressAt(page, room) {
  const isOfThatName = page === `/${encodeURIComponent(room)}`;
  return isOfThatName ? page : `${page}?room=${encodeURIComponent(room)}`;
}
