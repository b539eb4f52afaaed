// Arguments as JSON. A value that cannot be sent raises an error in the caller that names the argument.
//
// Values are copied while they are checked, each read once: what is sent is what was checked, whatever getters, proxies and
// `toJSON` methods would say the next time.

import { bytesIn } from "./blobs.js";
import { BadArgument } from "./errors.js";

/** @typedef {import("./messages.js").Json} Json */

const DEEPEST = 200; // levels of one argument; the server's limit for a whole message is higher

/** What to write instead of the values that programs try most. @type {{[type: string]: string}} */
const INSTEAD = {
  Date: "send date.getTime(), or date.toISOString()",
  Map: "send Object.fromEntries(map), or [...map]",
  Set: "send [...set]",
  Promise: "await it, and send what it gives",
  Player: "send player.id",
  Shared: "send one of its values",
};

/**
 * The arguments of a command as JSON text.
 *
 * @param {string} command for the message
 * @param {readonly unknown[]} args
 * @returns {string}
 * @throws {BadArgument} that names the argument
 */
export function toJson(command, args) {
  return encoded(command, args.map((value, index) => copied(command, value, `argument ${index + 1}`, 0)), "an argument");
}

/**
 * The arguments of a command by their names, as JSON text.
 *
 * @param {string} command for the message
 * @param {unknown} named
 * @returns {string}
 * @throws {BadArgument} that names the argument
 */
export function namedToJson(command, named) {
  if (typeof named !== "object" || named === null || Array.isArray(named)) {
    throw new BadArgument(`${command}: named takes an object, as in named: { sides: 6 }`, "arguments");
  }
  return encoded(command, copied(command, named, "named", 0), "an argument");
}

/**
 * An object as JSON text, such as a patch of shared state.
 *
 * @param {string} what "shared state", for the message
 * @param {unknown} object
 * @returns {string}
 * @throws {BadArgument} that names the key
 */
export function objectToJson(what, object) {
  if (typeof object !== "object" || object === null || Array.isArray(object)) {
    throw new BadArgument(`${what} is set by a key and a value, set("level", 2), or by an object of them, set({ level: 2 })`, "not-sendable");
  }
  return encoded(what, copied(what, object, "", 0), "the value");
}

/** @param {string} what @param {unknown} copy @param {string} path */
function encoded(what, copy, path) {
  const text = JSON.stringify(copy);
  if (text.includes("\\ud")) {
    checkText(what, copy, path);
  }
  return text;
}

/**
 * A copy of a value, of numbers, text, true, false, null, arrays and plain objects alone.
 * @param {string} what
 * @param {unknown} value
 * @param {string} path
 * @param {number} depth
 * @returns {unknown}
 * @throws {BadArgument}
 */
function copied(what, value, path, depth) {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) {
        throw new BadArgument(`${what}: ${path} is ${value}, and JSON has no such number: send null instead`, "not-sendable");
      }
      return value;
    case "bigint":
      throw new BadArgument(`${what}: ${path} is a BigInt, which JSON cannot carry: send it as text`, "not-sendable");
    case "undefined":
      throw new BadArgument(`${what}: ${path} is undefined, which JSON cannot carry: send null, or leave it out`, "not-sendable");
    case "object":
      break;
    default:
      throw refusal(what, path, typeof value);
  }
  if (value === null) {
    return null;
  }
  if (depth > DEEPEST) {
    throw new BadArgument(`${what}: ${path} is nested too deep to send`, "not-sendable");
  }
  try {
    return copiedObject(what, value, path, depth);
  } catch (error) {
    if (error instanceof BadArgument) {
      throw error;
    }
    throw new BadArgument(`${what}: ${path || "the value"} cannot be read: ${String(error)}`, "not-sendable");
  }
}

/** @param {string} what @param {object} value @param {string} path @param {number} depth */
function copiedObject(what, value, path, depth) {
  if (Array.isArray(value)) {
    const copy = [];
    for (let index = 0; index < value.length; index += 1) {
      copy.push(copied(what, value[index], `${path}[${index}]`, depth + 1)); // a hole in a sparse array is undefined
    }
    return copy;
  }
  if (bytesIn(value)) {
    throw new BadArgument(`${what}: ${path} is bytes, which JSON cannot carry: give them as an argument of their own`, "not-sendable");
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw refusal(what, path, value.constructor?.name || "an object of a class");
  }
  /** @type {{[key: string]: unknown}} */
  const copy = {};
  for (const key of Object.keys(value)) {
    const inner = copied(what, /** @type {any} */ (value)[key], path ? `${path}.${key}` : `'${key}'`, depth + 1);
    if (key === "__proto__") {
      Object.defineProperty(copy, key, { value: inner, enumerable: true });
    } else {
      copy[key] = inner;
    }
  }
  return copy;
}

/** @param {string} what @param {string} path @param {string} kind */
function refusal(what, path, kind) {
  const instead = Object.hasOwn(INSTEAD, kind)
    ? INSTEAD[kind]
    : "send numbers, text, true, false, null, and arrays and plain objects of these";
  return new BadArgument(`${what}: ${path || "the value"} is of the type ${kind}, which JSON cannot carry: ${instead}`, "not-sendable");
}

/** Half a character is no text that could be sent. @param {string} what @param {unknown} value @param {string} path */
function checkText(what, value, path) {
  if (typeof value === "string" && isHalf(value)) {
    throw new BadArgument(`${what}: ${path} is text with half a character (a lone surrogate) in it`, "not-sendable");
  }
  if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      checkText(what, key, `a key of ${path}`);
      checkText(what, inner, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
    }
  }
}

/** Whether a text has half a character in it. @param {string} text */
export function isHalf(text) {
  return /\p{Surrogate}/u.test(text);
}

/**
 * Whether all numbers in received arguments are: `1e999` is read as Infinity, which no other language reads so.
 * @param {unknown} value
 * @returns {boolean}
 */
export function hasOnlyFiniteNumbers(value) {
  if (typeof value === "number") {
    return Number.isFinite(value);
  }
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) {
    return true;
  }
  return Array.isArray(value) ? value.every(hasOnlyFiniteNumbers) : Object.values(value).every(hasOnlyFiniteNumbers);
}
