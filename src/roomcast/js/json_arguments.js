// Arguments as JSON. A value that cannot be sent raises an error in the caller that names the argument.

import { bytesIn } from "./blobs.js";
import { BadArgument } from "./errors.js";

/** @typedef {import("./messages.js").Json} Json */

const DEEPEST = 200; // levels of one argument; the server's limit for a whole message is higher

/**
 * The arguments of a command as JSON text.
 *
 * @param {string} command for the message
 * @param {readonly unknown[]} args
 * @returns {string}
 * @throws {BadArgument} that names the argument
 */
export function toJson(command, args) {
  args.forEach((value, index) => check(command, value, `argument ${index + 1}`, 0));
  const text = JSON.stringify(args);
  if (text.includes("\\ud")) {
    args.forEach((value, index) => checkText(command, value, `argument ${index + 1}`));
  }
  return text;
}

/**
 * An object as JSON text, such as a patch of shared state.
 *
 * @param {string} what "shared state", for the message
 * @param {{[key: string]: unknown}} object
 * @returns {string}
 * @throws {BadArgument} that names the key
 */
export function objectToJson(what, object) {
  for (const [key, value] of Object.entries(object)) {
    check(what, value, `'${key}'`, 0);
  }
  const text = JSON.stringify(object);
  if (text.includes("\\ud")) {
    checkText(what, object, "the value");
  }
  return text;
}

/** @param {string} command @param {unknown} value @param {string} path @param {number} depth */
function check(command, value, path, depth) {
  switch (typeof value) {
    case "string":
    case "boolean":
      return;
    case "number":
      if (!Number.isFinite(value)) {
        throw new BadArgument(`${command}: ${path} is ${value}, and JSON has no such number`);
      }
      return;
    case "bigint":
      throw new BadArgument(`${command}: ${path} is a BigInt, which JSON cannot carry: send it as text`);
    case "undefined":
      throw new BadArgument(`${command}: ${path} is undefined, which JSON cannot carry: send null, or leave it out`);
    case "object":
      break;
    default:
      throw refusal(command, path, typeof value);
  }
  if (value === null) {
    return;
  }
  if (depth > DEEPEST) {
    throw new BadArgument(`${command}: ${path} is nested too deep to send`);
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      check(command, value[index], `${path}[${index}]`, depth + 1); // a hole in a sparse array is undefined
    }
    return;
  }
  if (bytesIn(value)) {
    throw new BadArgument(`${command}: ${path} is bytes, which JSON cannot carry: give them as an argument of their own`);
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw refusal(command, path, value.constructor?.name ?? "an object of a class");
  }
  for (const [key, inner] of Object.entries(value)) {
    check(command, inner, `${path}.${key}`, depth + 1);
  }
}

/** @param {string} command @param {string} path @param {string} kind */
function refusal(command, path, kind) {
  return new BadArgument(
    `${command}: ${path} is of the type ${kind}, which JSON cannot carry: ` +
      "send numbers, text, true, false, null, and arrays and plain objects of these",
  );
}

/** Half a character is no text that could be sent. @param {string} command @param {unknown} value @param {string} path */
function checkText(command, value, path) {
  if (typeof value === "string" && /\p{Surrogate}/u.test(value)) {
    throw new BadArgument(`${command}: ${path} is text with half a character (a lone surrogate) in it`);
  }
  if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      checkText(command, key, `a key of ${path}`);
      checkText(command, inner, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
    }
  }
}
