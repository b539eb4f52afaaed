// Checks what a server says before anything is done with it: a hostile or broken one may say anything.

import { ProtocolError } from "./errors.js";

/** @typedef {import("./messages.js").ServerMessage} ServerMessage */
/** @typedef {(message: any) => boolean} Check */

const isText = (/** @type {unknown} */ value) => typeof value === "string";
const isObject = (/** @type {unknown} */ value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (/** @type {unknown} */ value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isMaybe = (/** @type {Check} */ check) => (/** @type {unknown} */ value) => value === undefined || check(value);
const isArguments = (/** @type {unknown} */ args) => typeof args === "object" && args !== null;
const isAmount = (/** @type {unknown} */ value) => typeof value === "number" && value > 0; // 1e999 is read as Infinity

/** @type {Check} */
const isSnapshot = (snapshot) =>
  isObject(snapshot) &&
  isMaybe(isObject)(snapshot.state) &&
  isMaybe(isCount)(snapshot.at) &&
  isMaybe(Array.isArray)(snapshot.players) &&
  (snapshot.players ?? []).every(
    (/** @type {any} */ one) => isObject(one) && isText(one.id) && isText(one.name) && isMaybe(isObject)(one.state),
  );

/** @type {Check} */
const isBeginning = ({ n, upto, world }) => isMaybe(isCount)(n) && isMaybe(isCount)(upto) && isMaybe(isText)(world);

/** @type {Check} */
const isEffects = (x) =>
  isObject(x) &&
  isMaybe(isObject)(x.p) &&
  isMaybe((m) => isObject(m) && Object.values(m).every(isObject))(x.m) &&
  isMaybe((k) => Array.isArray(k) && k.every((one) => Array.isArray(one) && isText(one[0]) && isText(one[1])))(x.k) &&
  isMaybe((e) => Array.isArray(e) && e.every(isEvent))(x.e);

/** @type {Check} */
const isEvent = (one) => Array.isArray(one) && isText(one[0]) && isMaybe(isArguments)(one[1]) && isMaybe(isText)(one[2]);

/** @type {Check} */
const isWithEffects = ({ by, x }) => isText(by) && (x === undefined || x === null || isEffects(x));

/** By type: what a message of it must have. An entry's seq is checked against the log. @type {{[type: string]: Check}} */
const CHECKS = {
  do: (one) => isText(one.by) && isText(one.c) && isMaybe(isArguments)(one.a) && isMaybe(isCount)(one.n),
  set: (one) => isText(one.by) && isText(one.of) && isObject(one.p) && isMaybe(isCount)(one.n),
  join: (one) => isWithEffects(one) && isText(one.name) && isMaybe(isObject)(one.state),
  leave: isWithEffects,
  away: isWithEffects,
  back: isWithEffects,
  turn: (one) =>
    isWithEffects(one) &&
    isMaybe((ok) => Array.isArray(ok) && ok.every(isCount))(one.ok) &&
    isMaybe((re) => Array.isArray(re) && re.every((/** @type {any} */ answer) => isObject(answer) && isCount(answer.n)))(one.re),
  desync: (one) => isCount(one.after) && Array.isArray(one.who) && one.who.every(isText),
  hidden: () => true,
  skipped: (one) => isCount(one.from) && isCount(one.to) && isSnapshot(one.snapshot) && isBeginning(one),
  begin: (one) => isCount(one.s) && isSnapshot(one.snapshot) && isBeginning(one),
  save: (one) => isCount(one.s) && isCount(one.at) && isCount(one.most),
  welcome: (one) =>
    isText(one.me) &&
    isText(one.session) &&
    isCount(one.s) &&
    isMaybe(isCount)(one.time) &&
    isObject(one.limits) &&
    ["message_size", "rate", "burst"].every((name) => isAmount(one.limits[name])) &&
    isMaybe(isSnapshot)(one.snapshot) &&
    isMaybe((near) => Array.isArray(near) && near.every(isText))(one.near) &&
    isMaybe(isText)(one.ticket) &&
    isBeginning(one) &&
    [one.epoch, one.lost].every(isMaybe(isCount)),
  error: (one) => isText(one.code) && isText(one.message) && isMaybe(isCount)(one.n),
  bye: (one) => isText(one.code) && isText(one.message),
  report: (one) => isCount(one.every),
  tick: (one) => isCount(one.at),
  pong: (one) => isMaybe(isCount)(one.time),
};

const ENTRIES = new Set(["do", "set", "join", "leave", "away", "back", "desync", "turn", "hidden"]);

/**
 * Check a message. An entry must follow the last one: after a hole it would be run too early, and again after the resume.
 * @param {any} message
 * @param {number} seen seq of the last entry
 * @returns {ServerMessage}
 * @throws {ProtocolError}
 */
export function checked(message, seen) {
  const type = message?.t;
  if (typeof type !== "string") {
    throw new ProtocolError("the server sent something that is not a message: an object without a type");
  }
  if (ENTRIES.has(type) && message.s !== seen + 1) {
    throw new ProtocolError(`entry ${message.s} came after ${seen}: the order has a hole`);
  }
  if (ENTRIES.has(type) && !isMaybe(isCount)(message.at)) {
    throw new ProtocolError(`entry ${message.s} has a time that is no number of milliseconds`);
  }
  if (Object.hasOwn(CHECKS, type) && !CHECKS[type](message)) {
    throw new ProtocolError(`the server sent a malformed '${type}': a field is missing, or of another kind`);
  }
  return message;
}
