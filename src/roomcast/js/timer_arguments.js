// The arguments of a timer's function, as they are kept until it runs.

import { toJson } from "./json_arguments.js";
import { Player } from "./players.js";

/** An argument that is an array or an object, as JSON: each run gets one of its own, as one that comes later does. */
export class Text {
  #json;

  /** @param {string} json */
  constructor(json) {
    this.#json = json;
  }

  get value() {
    return JSON.parse(this.#json);
  }
}

/**
 * Arguments as a timer keeps them.
 * @param {string} where
 * @param {unknown[]} args players, and what JSON can carry
 * @returns {readonly any[]}
 * @throws {import("./errors.js").BadArgument}
 */
export function givenArguments(where, args) {
  const values = JSON.parse(toJson(where, args.map((one) => (one instanceof Player ? null : one))));
  return args.map((one, index) => {
    if (one instanceof Player) {
      return one;
    }
    const value = values[index];
    return typeof value === "object" && value !== null ? new Text(JSON.stringify(value)) : value;
  });
}

/** Arguments for one run. @param {readonly any[]} kept @returns {any[]} */
export function argumentsOf(kept) {
  return kept.map((one) => (one instanceof Text ? one.value : one));
}
