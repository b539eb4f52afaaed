// Asks the rules of a room, and promises the answer.

import { takeOut } from "./blobs.js";
import { BadArgument, Refused } from "./errors.js";
import { commandName } from "./handlers.js";
import { namedToJson, toJson } from "./json_arguments.js";
import { PendingAnswer } from "./pending_answer.js";

/**
 * What is asked, where its name alone does not say all.
 * @typedef {object} Question
 * @property {string} name
 * @property {{[name: string]: unknown}} [named] its arguments by name, in place of those by position
 * @property {number} [timeout] ms to wait for the answer. Default: 5,000
 */

const IN_TIME = 5_000; // ms
const LONGEST_TIMER = 2 ** 31; // ms; longer waits are no waits in browsers

/**
 * The promise of an answer. It is kept when the answer's place among the events has come: then the state is as the answer says.
 * @param {string | Question} what
 * @param {unknown[]} args
 * @param {(command: string, args: string, answer: PendingAnswer) => void} send
 * @returns {Promise<any>}
 */
export function answerTo(what, args, send) {
  return new Promise((resolve, reject) => {
    const { name, named, timeout = IN_TIME } = questionOf(what);
    const command = commandName(name);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const answer = new PendingAnswer(() => {
      clearTimeout(timer);
      if (answer.code) {
        reject(new Refused(answer.code, answer.message));
      } else {
        resolve(answer.result);
      }
    });
    send(command, argumentsOf(command, args, named), answer);
    if (timeout < LONGEST_TIMER) {
      timer = setTimeout(() => answer.done || reject(late(command, timeout)), timeout);
    }
  });
}

/** @param {string | Question} what @returns {Question} @throws {BadArgument} */
function questionOf(what) {
  if (typeof what !== "object" || what === null) {
    return { name: what };
  }
  const { name, named, timeout, ...more } = what;
  const [unknown] = Object.keys(more);
  if (unknown !== undefined) {
    throw new BadArgument(`ask has no '${unknown}': ask({ name: "roll", named: { sides: 6 }, timeout: 2000 })`, "rules");
  }
  if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0)) {
    throw new BadArgument(`timeout: ${String(timeout)}: milliseconds, more than 0`, "setting");
  }
  return { name, named, timeout };
}

/** @param {string} command @param {unknown[]} args @param {{[name: string]: unknown} | undefined} named @throws {BadArgument} */
function argumentsOf(command, args, named) {
  if (named === undefined) {
    return positional(command, args);
  }
  if (args.length > 0) {
    throw new BadArgument(`${command}: give its arguments all by position, or all by name`, "arguments");
  }
  return namedToJson(command, named);
}

/** Arguments by position, as JSON. @param {string} command @param {unknown[]} args @throws {BadArgument} */
export function positional(command, args) {
  const { rest, blobs } = takeOut(args);
  if (blobs.length > 0) {
    throw new BadArgument(`${command}: what is asked has no bytes: send them first`, "bytes");
  }
  return toJson(command, rest);
}

/** @param {string} command @param {number} timeout */
function late(command, timeout) {
  return new Refused("unanswered", `${command} was not answered within ${timeout / 1000} seconds: it may still be done`);
}
