// After a reload of the page, the same player: what outlives the page, where it is kept, and since when.
//
// The session is in the storage only while the page is hidden or gone. A tab that is duplicated takes a copy of its
// storage with it, finds no session there, and so becomes a player of its own instead of pushing the first one out.

/** @typedef {import("./session.js").Kept} Kept */
/**
 * A place for text: `sessionStorage`, or anything that works like it.
 * @typedef {{getItem: (key: string) => string | null, setItem: (key: string, value: string) => void, removeItem: (key: string) => void}} Storage
 */
/** @typedef {{hurry: () => void, drop: (why: string) => void, leaveNow: () => void}} Link */

export class PageSession {
  #storage;
  #key;
  #name;
  #shown = typeof document === "object"; // then nothing is kept, for the page itself is there
  /** @type {(() => void)[]} */
  #undo = [];

  /**
   * @param {Storage | null} storage null: a reload makes a new player
   * @param {string} url
   * @param {string} room
   * @param {string} name a page that comes back under another name is another player
   */
  constructor(storage, url, room, name) {
    this.#storage = storage;
    this.#key = `roomcast ${url} ${room}`;
    this.#name = name;
  }

  /** What an earlier page has left here. @returns {Kept | null} */
  take() {
    try {
      const text = this.#storage?.getItem(this.#key);
      if (this.#shown) {
        this.#storage?.removeItem(this.#key);
      }
      const { name, kept } = JSON.parse(text ?? "{}");
      return name === this.#name && typeof kept?.session === "string" && Array.isArray(kept.waiting) ? kept : null;
    } catch {
      return null; // no storage here, or something else is in it: we are new
    }
  }

  /** @param {() => Kept | null} kept */
  changed(kept) {
    if (this.#storage && !this.#shown) {
      this.#put(kept());
    }
  }

  /**
   * Follow the page: what is kept when it goes, and the connection when it comes back, or the network does.
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
        link.leaveNow(); // nobody comes back as this player: the others need not wait
      }
    });
    look();
  }

  /** The room is over: nothing to come back to. */
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
      // full, or forbidden: then a reload makes a new player
    }
  }

  /** @param {EventTarget} target @param {string} event @param {(event: Event) => void} run */
  #listen(target, event, run) {
    target.addEventListener(event, run);
    this.#undo.push(() => target.removeEventListener(event, run));
  }
}
