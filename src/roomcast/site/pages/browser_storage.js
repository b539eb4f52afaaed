// What this browser remembers: your name; and, through a reload, who you are. Where it may remember nothing, pages go on without.

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
    // a private window, or storage is forbidden: it is asked for again next time
  }
}

/** What outlives a reload in this tab; undefined where nothing may. */
export function tabMemory() {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
