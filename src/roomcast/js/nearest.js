// Finds the name that was probably meant, for warnings: one letter wrong, missing or too many, or two in the wrong order.

/** Events of windows, pages and other libraries, in small letters and without - and _: a room has none of these names. */
const ELSEWHERE = new Set([
  "click", "clicked", "dblclick", "doubleclick", "mouse", "mouseclick", "mousedown", "mouseup", "mousemove",
  "mousepress", "mousepressed", "mousereleased", "mousedrag", "wheel", "mousewheel", "pointerdown", "pointerup",
  "pointermove", "touchstart", "touchmove", "touchend", "key", "keys", "keydown", "keyup", "keypress", "keypressed",
  "keyrelease", "keyreleased", "keyboard", "connect", "connected", "connection", "disconnect", "disconnected",
  "reconnect", "reconnected", "receive", "received", "playerjoined", "playerleft", "newplayer", "userjoined",
  "userleft", "load", "tick", "timer", "frame", "resize",
]);

/**
 * The name among `known` that `written` is a slip of; "" where there is none.
 * @param {string} written
 * @param {Iterable<string>} known
 */
export function nearest(written, known) {
  for (const name of known) {
    if (name !== written && isSlip(written.toLowerCase(), name.toLowerCase())) {
      return name;
    }
  }
  return "";
}

/**
 * The event that `written` was probably to name; "" where it may well be a command. Short words are near many others, so only
 * letters in the wrong order count there, and such names as other libraries have.
 * @param {string} written
 * @param {Iterable<string>} events
 */
export function eventMeant(written, events) {
  const plain = written.toLowerCase().replace(/^on[-_:]?/, "");
  for (const name of events) {
    const isVariant = plain === name || [`${name}ed`, `${name}s`, `${name}ing`].includes(plain);
    const isNear = name.length < 5 ? isTransposed(plain, name) : isSlip(plain, name) && !name.startsWith(plain);
    if (written !== name && (isVariant || isNear)) {
      return name;
    }
  }
  return "";
}

/** Whether it is the name of an event in other libraries, and none of a room. @param {string} written */
export function isElsewhere(written) {
  return ELSEWHERE.has(written.toLowerCase().replace(/^on/, "").replace(/[-_]/g, ""));
}

/** @param {string} one @param {string} other */
function isSlip(one, other) {
  if (one === other || isTransposed(one, other)) {
    return true;
  }
  const start = [...one].findIndex((letter, index) => letter !== other[index]);
  const first = start < 0 ? one.length : start;
  const [rest, otherRest] = [one.slice(first), other.slice(first)];
  return (
    (rest.slice(1) === otherRest && rest !== "") ||
    (rest === otherRest.slice(1) && otherRest !== "") ||
    (rest.slice(1) === otherRest.slice(1) && one.length === other.length && one.length > 3)
  );
}

/** @param {string} one @param {string} other */
function isTransposed(one, other) {
  if (one.length !== other.length || one === other) {
    return false;
  }
  const at = [...one].findIndex((letter, index) => letter !== other[index]);
  return one[at] === other[at + 1] && one[at + 1] === other[at] && one.slice(at + 2) === other.slice(at + 2);
}
