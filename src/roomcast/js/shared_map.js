// The shared state of one owner: a map from keys to JSON values, in which a patch costs what it changes, however much there
// is beside it. As core/room/shared_map.py in Python, but for the values, which are kept as JSON.parse made them.
//
// Versions never change: patching one makes another. The newest version holds the one object; an older one knows what was
// there before, and makes an object of its own when it is read again. A large object into which patches are merged is a map
// as well. Objects that a program has read are never modified.

import * as tree from "./tree_patch.js";

/** @typedef {import("./messages.js").Json} Json */
/** @typedef {import("./messages.js").JsonObject} JsonObject */
/** @typedef {Json | SharedMap} Item */
/** @typedef {{[key: string]: Item}} Items without a prototype: "__proto__" is a key like any other */

const NESTED = 32; // keys of an object; a smaller one is copied by each patch that is merged into it

export class SharedMap {
  /** @type {Items | null} */
  #items; // null: given to a later version
  #size = 0;
  /** @type {{version: SharedMap, before: [string, Item | undefined][]} | null} */
  #later = null; // the version that has our items, and what was here in place of its
  /** @type {JsonObject | null} */
  #plain = null; // all of it, once a program has asked for it

  /** @param {JsonObject} [values] */
  constructor(values = {}) {
    this.#items = Object.assign(Object.create(null), values);
    this.#size = Object.keys(values).length;
  }

  /** A map of values, and of maps within. @param {JsonObject} values @param {[string, SharedMap][]} within */
  static containing(values, within) {
    const map = new SharedMap(values);
    write(map.#open(), within);
    return map;
  }

  /** How many keys it has. */
  get size() {
    return this.#size;
  }

  /** @param {string} key */
  has(key) {
    return this.#open()[key] !== undefined;
  }

  /** @param {string} key @returns {Json | undefined} */
  get(key) {
    const item = this.#open()[key];
    return item instanceof SharedMap ? item.toJSON() : item;
  }

  keys() {
    return Object.keys(this.#open());
  }

  /** All of it, as an object. @returns {JsonObject} */
  toJSON() {
    if (!this.#plain) {
      this.#plain = {};
      for (const [key, item] of Object.entries(this.#open())) {
        put(this.#plain, key, item instanceof SharedMap ? item.toJSON() : item);
      }
    }
    return this.#plain;
  }

  /**
   * The map after `patch`. null removes a key.
   *
   * With `whole`, each value replaces the old one; else objects are merged recursively (RFC 7396, section 2).
   *
   * @param {JsonObject} patch
   * @param {boolean} [whole]
   * @returns {SharedMap}
   */
  patched(patch, whole = false) {
    const items = this.#open();
    /** @type {[string, Item | undefined][]} */
    const after = Object.entries(patch).map(([key, value]) => {
      if (value === null) {
        return [key, undefined];
      }
      return [key, whole || !isObject(value) ? value : merged(items[key], value)];
    });
    return this.#with(after);
  }

  /**
   * The map after a tree patch, which a turn of rules makes.
   * @param {JsonObject} patch
   * @returns {SharedMap}
   * @throws {import("./errors.js").ProtocolError} for a patch that does not fit
   */
  treePatched(patch) {
    const items = this.#open();
    return this.#with(
      Object.entries(patch).map(([key, change]) => {
        const item = items[key];
        return [key, tree.patched(item instanceof SharedMap ? item.toJSON() : item, change)];
      }),
    );
  }

  /** The next version, with these values; undefined for a key that is to go. @param {[string, Item | undefined][]} after */
  #with(after) {
    const items = this.#open();
    const next = new SharedMap();
    if (this.#size > 0) {
      // An empty version knows none of the later ones: EMPTY is held for ever.
      this.#later = { version: next, before: after.map(([key]) => [key, items[key]]) };
    }
    next.#items = items;
    next.#size = this.#size + write(items, after);
    this.#items = this.#later ? null : Object.create(null);
    return next;
  }

  /** @returns {Items} */
  #open() {
    if (!this.#items) {
      const changed = [];
      /** @type {SharedMap} */
      let version = this;
      while (!version.#items && version.#later) {
        changed.push(version.#later.before);
        version = version.#later.version;
      }
      const items = Object.assign(Object.create(null), version.#items);
      changed.reverse().forEach((before) => write(items, before));
      this.#items = items;
      this.#later = null;
    }
    return /** @type {Items} */ (this.#items);
  }
}

/** Write values, undefined for a key that is to go; returns by how many keys the items grew. @param {Items} items @param {[string, Item | undefined][]} values */
function write(items, values) {
  let grown = 0;
  for (const [key, value] of values) {
    const there = items[key] !== undefined;
    if (value !== undefined) {
      items[key] = value;
      grown += there ? 0 : 1;
    } else if (there) {
      delete items[key];
      grown -= 1;
    }
  }
  return grown;
}

/**
 * What merging `patch` into a value makes. The value is not modified.
 * @param {Item | undefined} old
 * @param {JsonObject} patch
 * @returns {JsonObject | SharedMap}
 */
function merged(old, patch) {
  if (old instanceof SharedMap) {
    return old.patched(patch);
  }
  const before = isObject(old) ? old : {};
  if (Object.keys(before).length > NESTED) {
    return new SharedMap(before).patched(patch);
  }
  const result = { ...before };
  /** @type {[string, SharedMap][]} */
  const within = [];
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      delete result[key];
      continue;
    }
    const own = Object.hasOwn(result, key) ? result[key] : undefined;
    const item = isObject(value) ? merged(own, value) : value;
    if (item instanceof SharedMap) {
      within.push([key, item]);
      put(result, key, true); // keeps its place
    } else {
      put(result, key, item);
    }
  }
  return within.length > 0 ? SharedMap.containing(result, within) : result;
}

/**
 * Whether a value is a JSON object: neither an array nor null.
 * @param {unknown} value
 * @returns {value is JsonObject}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof SharedMap);
}

/** Set a key, which may be "__proto__": that must not set the prototype. @param {JsonObject} object @param {string} key @param {Json} value */
function put(object, key, value) {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}
