// The rules for names of rooms, players and commands, as on the server, so that an invalid one fails in the caller.

import { BadArgument } from "./errors.js";

const MAX_NAME = 64; // characters

/** Names of events. No command may have one, so that `room.on("join", …)` is unambiguous. */
export const EVENTS = new Set([
  "join", "leave", "away", "back", "host", "set", "error", "desync",
  "resumed", "skipped", "lost", "offline", "closed", "progress",
]);

/** @type {Set<string>} */
const good = new Set(); // cache of valid commands
const MAX_GOOD = 4096;

/**
 * The name in composed form (NFC), without blanks around it.
 * @param {unknown} name
 * @param {string} what "a room's name", for the message
 * @returns {string}
 * @throws {BadArgument}
 */
export function cleanName(name, what) {
  if (typeof name !== "string") {
    throw new BadArgument(`${what} must be text, not ${name === null ? "null" : typeof name}`, "bad-name");
  }
  const clean = name.normalize("NFC").replace(/^ +| +$/g, "");
  const characters = [...clean];
  if (characters.length === 0) {
    throw new BadArgument(`${what} is empty: give it at least one character`, "bad-name");
  }
  if (characters.length > MAX_NAME) {
    throw new BadArgument(`${what} has ${characters.length} characters: at most ${MAX_NAME} are allowed`, "bad-name");
  }
  characters.forEach((character, index) => {
    if (character === "\u200d" && /[\p{So}\p{Sk}\p{Mn}]/u.test(characters[index - 1] ?? " ")) {
      return; // a zero-width joiner, which combines several emoji into one
    }
    if (character !== " " && /[\p{C}\p{Z}]/u.test(character)) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
      throw new BadArgument(`${what} holds the character U+${code}, which cannot be seen: remove it`, "bad-name");
    }
  });
  return clean;
}

/**
 * As `cleanName`, for a room: its name holds no "/", so that it can end an address.
 * @param {unknown} name
 * @returns {string}
 * @throws {BadArgument}
 */
export function cleanRoomName(name) {
  const clean = cleanName(name, "a room's name");
  if (clean.includes("/")) {
    throw new BadArgument(`a room's name holds no '/': '${clean}'`, "bad-name");
  }
  return clean;
}

/**
 * The name, if it is valid for a command.
 * @param {unknown} name
 * @returns {string}
 * @throws {BadArgument}
 */
export function checkCommand(name) {
  if (typeof name === "string" && good.has(name)) {
    return name;
  }
  const clean = cleanName(name, "a command's name");
  const written = /** @type {string} */ (name);
  if (EVENTS.has(written)) {
    throw new BadArgument(`'${written}' is the name of an event: call the command something else`, "event-name");
  }
  if (written.normalize("NFC") !== written) {
    throw new BadArgument(`the command '${written}' is not in composed form (NFC): write it as '${clean}'`, "bad-name");
  }
  if (written.includes(" ")) {
    throw new BadArgument(`the command '${written}' has blanks in its name: use move_left, not 'move left'`, "bad-name");
  }
  if (good.size < MAX_GOOD) {
    good.add(written);
  }
  return written;
}
