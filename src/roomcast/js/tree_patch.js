// Tree patches: what a turn of a room with rules changes in a JSON value. As core/protocol/tree_patch.py in Python.
//
//   number, text, true, false, null     set to that
//   [v]                                 set to v, whatever it is
//   []                                  remove the key
//   {…}                                 change inside: keys of an object; indexes of an array, after an optional splice
//                                       {"": [start, removed, [items]]}
//
// Values are never modified: a program may have read them.

import { ProtocolError } from "./errors.js";

/** @typedef {import("./messages.js").Json} Json */
/** @typedef {import("./messages.js").JsonObject} JsonObject */

const SPLICE = ""; // no index of an array is written so

/**
 * The value after a patch; undefined: it is removed.
 * @param {Json | undefined} old undefined: it is not set
 * @param {Json} patch
 * @returns {Json | undefined}
 * @throws {ProtocolError} for a patch that does not fit
 */
export function patched(old, patch) {
  if (Array.isArray(patch)) {
    return patch[0];
  }
  if (typeof patch !== "object" || patch === null) {
    return patch;
  }
  if (typeof old !== "object" || old === null) {
    throw mismatch(old === undefined ? "it is for what is not there" : "it changes what has nothing inside");
  }
  return Array.isArray(old) ? insideArray(old, patch) : insideObject(old, patch);
}

/** @param {JsonObject} old @param {JsonObject} patch */
function insideObject(old, patch) {
  const items = new Map(Object.entries(old));
  for (const [key, change] of Object.entries(patch)) {
    const value = patched(items.get(key), change);
    if (value === undefined) {
      items.delete(key);
    } else {
      items.set(key, value);
    }
  }
  return Object.fromEntries(items); // a key may be "__proto__"
}

/** @param {Json[]} old @param {JsonObject} patch */
function insideArray(old, patch) {
  const items = [...old];
  if (Object.hasOwn(patch, SPLICE)) {
    const splice = /** @type {any} */ (patch[SPLICE]);
    const [start, removed, putIn] = Array.isArray(splice) ? splice : [];
    if (![start, removed].every((one) => Number.isSafeInteger(one) && one >= 0) || start + removed > items.length || !Array.isArray(putIn)) {
      throw mismatch("a splice is outside of its list");
    }
    items.splice(start, removed, ...putIn);
  }
  for (const [key, change] of Object.entries(patch)) {
    if (key === SPLICE) {
      continue;
    }
    const value = /^\d+$/.test(key) && Number(key) < items.length ? patched(items[Number(key)], change) : undefined;
    if (value === undefined) {
      throw mismatch("it is for an item that is not in its list, or would remove one without a splice");
    }
    items[Number(key)] = value;
  }
  return items;
}

/** @param {string} why */
function mismatch(why) {
  return new ProtocolError(`the server sent a patch of state that does not fit: ${why}`);
}
