// Bytes ↔ base64 (RFC 4648, section 4), by functions that every browser has.

import { BadArgument } from "./errors.js";

const AT_ONCE = 8_192; // bytes converted per call: the number of arguments of a function is limited

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  let letters = "";
  for (let start = 0; start < bytes.length; start += AT_ONCE) {
    letters += String.fromCharCode(...bytes.subarray(start, start + AT_ONCE));
  }
  return btoa(letters);
}

/**
 * @param {unknown} text
 * @returns {Uint8Array}
 * @throws {BadArgument} where it is no base64
 */
export function bytesFrom(text) {
  // `atob` alone would accept blanks and missing padding.
  if (typeof text !== "string" || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new BadArgument("bytes that are no base64", "bytes");
  }
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let index = 0; index < letters.length; index += 1) {
    bytes[index] = letters.charCodeAt(index);
  }
  return bytes;
}
