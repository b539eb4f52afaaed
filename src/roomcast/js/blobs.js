// Bytes among the arguments of a call. They are taken out before the rest becomes JSON, and sent in pieces (parcels.js).

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
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (value instanceof ArrayBuffer) {
    return new Uint8Array(value);
  }
  return value instanceof Blob ? value : null;
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
 * Read the Blobs.
 *
 * @param {Found} blobs
 * @returns {Promise<import("./parcels.js").Blobs>}
 */
export function read(blobs) {
  return Promise.all(
    blobs.map(async ([place, data]) => /** @type {[number, Uint8Array]} */ (
      [place, data instanceof Blob ? new Uint8Array(await data.arrayBuffer()) : data]
    )),
  );
}
