// Makes sure that one tab at a time has a session, because a duplicated tab begins with a copy of the first one's storage.
//
// Web Locks say whether another tab lives, frozen or not; browsers have them only on https pages and on this computer. Pages
// of a class room's server get the second best: a note in localStorage, removed when a page goes. A page that was killed
// leaves its note behind, so a tab that was reloaded, or discarded by the browser, may take a session in spite of one.

import { sha256 } from "./digest.js";

const PATIENCE = 1_000; // ms in which a page that is being replaced gives its lock back
const PREFIX = "roomcast tab ";
const NOTE_KEPT = 24 * 3_600_000; // ms after which a note that nobody removed is deleted

/**
 * Claim a session for this page. Returns the function that gives it back, or null where another tab has the session.
 * @param {string} session
 * @returns {Promise<(() => void) | null>}
 */
export async function claim(session) {
  if (typeof document !== "object") {
    return () => {}; // a program without a page has no tabs
  }
  const name = PREFIX + sha256(new TextEncoder().encode(session)).slice(0, 16); // the session is a secret
  const { locks } = globalThis.navigator ?? {};
  return locks ? lock(locks, name) : note(name);
}

/** @param {LockManager} locks @param {string} name @returns {Promise<(() => void) | null>} */
function lock(locks, name) {
  return new Promise((resolve) => {
    /** @type {() => Promise<void>} */
    const held = () => new Promise((release) => resolve(() => release()));
    locks.request(name, { signal: AbortSignal.timeout(PATIENCE) }, held).catch((error) => {
      // Where a frame may have no locks, it has no storage that others share either.
      resolve(error?.name === "TimeoutError" || error?.name === "AbortError" ? null : () => {});
    });
  });
}

/** @param {string} name */
function note(name) {
  try {
    removeOldNotes();
    if (localStorage.getItem(name) !== null && !isSameTab()) {
      return null;
    }
    localStorage.setItem(name, String(Date.now()));
  } catch {
    return () => {}; // no storage: nothing is copied either
  }
  return () => {
    try {
      localStorage.removeItem(name);
    } catch {
      // forbidden meanwhile
    }
  };
}

/** Whether the page before this one was certainly in the same tab. */
function isSameTab() {
  const [navigation] = performance.getEntriesByType("navigation");
  return (
    /** @type {{wasDiscarded?: boolean}} */ (document).wasDiscarded === true ||
    /** @type {PerformanceNavigationTiming | undefined} */ (navigation)?.type === "reload"
  );
}

function removeOldNotes() {
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(PREFIX) && !(Date.now() - Number(localStorage.getItem(name)) < NOTE_KEPT)) {
      localStorage.removeItem(name);
    }
  }
}
