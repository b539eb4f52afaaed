// Parcels: a call with bytes is sent in pieces, which are ordinary commands, and run at the last piece.
//
// docs/protocol.md has the format and its reasons; core/client/parcels.py in Python has the same numbers.

/** @typedef {number | string} Place where bytes stand among the arguments: a position, or a name */
/** @typedef {[place: Place, data: Uint8Array][]} Blobs */

export const PARCEL = "roomcast:parcel"; // the command of all pieces
export const HEAD = '{"t":"do","n":'; // the line of a piece up to its number …
export const PIECE = `,"c":"${PARCEL}"`; // … and what follows it

export const PIECE_SIZE = 32 * 1024; // bytes of a piece
export const WINDOW = 3; // pieces that may be unacknowledged at a time
export const COMMANDS_FIRST = 8; // unacknowledged messages of other kinds beyond which pieces wait
export const MAX_BYTES = 16 * 1024 * 1024; // of a parcel, and of a player's unfinished parcels together
export const MAX_BYTES_OF_ALL = 128 * 1024 * 1024; // of all unfinished parcels in a room
export const MAX_AT_A_TIME = 16; // unfinished parcels of a player

/**
 * The bytes of all parts in one array.
 * @param {Uint8Array[]} parts
 */
export function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}
