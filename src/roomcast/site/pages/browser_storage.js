// What the browser stores: the user's name, and the session through a reload. Works without where storage is blocked.

const NAME = "roomcast.name";

/** @returns {string} your name, as you gave it last; empty where it is not known */
export function knownName() {
  try {
    return localStorage.getItem(NAME) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} name */
export function rememberName(name) {
  try {
    localStorage.setItem(NAME, name);
  } catch {
    // storage is blocked, as in some private windows: the page asks again next time
  }
}

/** `sessionStorage`, or undefined where it is blocked. */
export function tabMemory() {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
