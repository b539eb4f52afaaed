// Keeps the session through a reload of the page, so that the page comes back as the same player.
//
// The session is in the storage only while the page is hidden or gone. A duplicated tab gets a copy of the storage, finds
// no session in it, and so becomes a player of its own instead of taking over the first one's session.

/** @typedef {import("./session.js").Kept} Kept */
/**
 * `sessionStorage`, or an object with the same methods.
 * @typedef {{getItem: (key: string) => string | null, setItem: (key: string, value: string) => void, removeItem: (key: string) => void}} Storage
 */
/** @typedef {{hurry: () => void, drop: (why: string) => void, leaveNow: () => void}} Link */

export class PageSession {
  #storage;
  #key;
  #name;
  #shown = typeof document === "object"; // while the page is visible, nothing is stored
  /** @type {(() => void)[]} */
  #undo = [];

  /**
   * @param {Storage | null} storage null: a reload joins as a new player
   * @param {string} url
   * @param {string} room
   * @param {string} name a reload under another name joins as a new player
   */
  constructor(storage, url, room, name) {
    this.#storage = storage;
    this.#key = `roomcast ${url} ${room}`;
    this.#name = name;
  }

  /** Take what an earlier page has stored. @returns {Kept | null} */
  take() {
    try {
      const text = this.#storage?.getItem(this.#key);
      if (this.#shown) {
        this.#storage?.removeItem(this.#key);
      }
      const { name, kept } = JSON.parse(text ?? "{}");
      return name === this.#name && typeof kept?.session === "string" && Array.isArray(kept.waiting) ? kept : null;
    } catch {
      return null; // no storage, or something else is in it: join as a new player
    }
  }

  /** @param {() => Kept | null} kept */
  changed(kept) {
    if (this.#storage && !this.#shown) {
      this.#put(kept());
    }
  }

  /**
   * Follow the page: store the session when it is hidden, and reconnect when the page or the network is back.
   * @param {Link} link
   * @param {() => Kept | null} kept
   */
  watch(link, kept) {
    if (typeof document !== "object") {
      this.changed(kept);
      return;
    }
    const look = () => {
      this.#shown = !document.hidden;
      this.#put(this.#shown ? null : kept());
    };
    const lookAgain = () => {
      look();
      if (this.#shown) {
        link.hurry();
      }
    };
    this.#listen(document, "visibilitychange", lookAgain);
    this.#listen(window, "pageshow", lookAgain);
    this.#listen(window, "online", () => link.hurry());
    this.#listen(window, "offline", () => link.drop("this computer is offline"));
    this.#listen(window, "pagehide", (event) => {
      if (this.#storage) {
        this.#shown = false;
        this.#put(kept());
      } else if (!(/** @type {PageTransitionEvent} */ (event).persisted)) {
        link.leaveNow(); // nobody can come back as this player, so its seat need not be kept
      }
    });
    look();
  }

  /** The room is over: forget the session. */
  end() {
    this.#undo.forEach((undo) => undo());
    this.#undo = [];
    this.#put(null);
    this.#storage = null;
  }

  /** @param {Kept | null} kept */
  #put(kept) {
    try {
      if (kept) {
        this.#storage?.setItem(this.#key, JSON.stringify({ name: this.#name, kept }));
      } else {
        this.#storage?.removeItem(this.#key);
      }
    } catch {
      // full, or forbidden: a reload joins as a new player
    }
  }

  /** @param {EventTarget} target @param {string} event @param {(event: Event) => void} run */
  #listen(target, event, run) {
    target.addEventListener(event, run);
    this.#undo.push(() => target.removeEventListener(event, run));
  }
}
