// What a program reads of shared state cannot be changed by it: the change would be nobody else's, and stay for ever.

import { BadArgument } from "./errors.js";

/** @type {WeakMap<object, any>} */
const views = new WeakMap();

/** @param {string | symbol} key @returns {never} */
function refuse(key) {
  throw new BadArgument(
    `'${String(key)}' of what was read from shared state would change on this computer alone: set a new value, as in ` +
      "room.state.set(\"scores\", { ...scores, ann: 5 }), or merge it: room.state.merge({ scores: { ann: 5 } })",
    "read-only",
  );
}

/** @type {ProxyHandler<any>} */
const TRAPS = {
  get: (target, key) => readOnly(target[key]),
  set: (_, key) => refuse(key),
  deleteProperty: (_, key) => refuse(key),
  defineProperty: (_, key) => refuse(key),
  setPrototypeOf: () => refuse("the prototype"),
};

/**
 * A view of a value that cannot be changed; the same one each time.
 * @template T
 * @param {T} value
 * @returns {T}
 */
export function readOnly(value) {
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const known = views.get(value);
  if (known) {
    return known;
  }
  const view = new Proxy(value, TRAPS);
  views.set(value, view);
  return view;
}
