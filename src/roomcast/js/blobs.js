// Bytes among the arguments of a call. They are taken out before the rest becomes JSON, and sent in pieces (parcels.js).

import { BadArgument } from "./errors.js";

/** @typedef {[place: number, data: Uint8Array | Blob][]} Found bytes by the position of their argument */

/**
 * Separate the arguments that are bytes from the rest, where an empty text takes their place.
 *
 * @param {readonly unknown[]} args
 * @returns {{rest: readonly unknown[], blobs: Found}}
 */
export function takeOut(args) {
  /** @type {Found} */
  const blobs = [];
  args.forEach((value, place) => {
    const data = bytesIn(value);
    if (data) {
      blobs.push([place, data]);
    }
  });
  const places = new Set(blobs.map(([place]) => place));
  return { rest: blobs.length > 0 ? args.map((value, place) => (places.has(place) ? "" : value)) : args, blobs };
}

/**
 * The bytes that a value is, or null. A Blob's are not read yet.
 *
 * @param {unknown} value
 * @returns {Uint8Array | Blob | null}
 */
export function bytesIn(value) {
  if (typeof value !== "object" || value === null) {
    return null;
  }
  try {
    if (ArrayBuffer.isView(value)) {
      return view(value.buffer, value.byteOffset, value.byteLength);
    }
    if (value instanceof ArrayBuffer || Object.prototype.toString.call(value) === "[object ArrayBuffer]") {
      return view(/** @type {ArrayBuffer} */ (value)); // also that of another window
    }
    return value instanceof Blob ? value : null;
  } catch (error) {
    if (error instanceof BadArgument) {
      throw error;
    }
    return null; // a proxy that cannot be looked into: it is refused where values are checked
  }
}

/** @param {ArrayBufferLike} buffer @param {number} [start] @param {number} [size] */
function view(buffer, start, size) {
  try {
    return new Uint8Array(buffer, start, size);
  } catch {
    throw new BadArgument("an argument is bytes that this program has given away (a detached ArrayBuffer)", "not-sendable");
  }
}

/**
 * Whether all can be sent at once, without reading a Blob.
 *
 * @param {Found} blobs
 * @returns {blobs is [place: number, data: Uint8Array][]}
 */
export function areRead(blobs) {
  return !blobs.some(([, data]) => data instanceof Blob);
}

/**
 * Read the Blobs. Other bytes are copied at once, so that what the program does to them meanwhile changes nothing.
 *
 * @param {Found} blobs
 * @returns {Promise<import("./parcels.js").Blobs>}
 */
export function read(blobs) {
  return Promise.all(
    blobs.map(async ([place, data]) => /** @type {[number, Uint8Array]} */ (
      [place, data instanceof Blob ? new Uint8Array(await data.arrayBuffer()) : data.slice()]
    )),
  );
}
