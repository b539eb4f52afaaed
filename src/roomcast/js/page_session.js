// Keeps the session through a reload of the page, so that the page comes back as the same player.
//
//   the page is …                            the session is …
//   -------------------------------------    ---------------------------------------------------------------------
//   joining                                  left in the storage: it is taken when the server has let us in
//   visible                                  claimed by this page, and not in the storage, which a duplicated tab copies
//   hidden, frozen, discarded, killed        claimed, and in the storage
//   gone                                     in the storage, free for the page that follows in this tab
//   in the back/forward cache                the same; claimed again when the page is shown
//
// A page that keeps nothing leaves the room when it goes; if the back/forward cache brings it back, it is a new player.

import { Handover } from "./handover.js";
import { claim } from "./session_claim.js";

/** @typedef {import("./session.js").Kept} Kept */
/**
 * `sessionStorage`, or an object with the same methods.
 * @typedef {{getItem: (key: string) => string | null, setItem: (key: string, value: string) => void, removeItem: (key: string) => void}} Storage
 */
/** @typedef {{hurry: () => void, drop: (why: string) => void, leaveNow: () => void, suspend: (why: string) => void, depart: () => void, proceed: (forget?: string) => void}} Link */

const ELSEWHERE = "another tab has become this player: this page is a new one";

export class PageSession {
  #storage;
  #key;
  #name;
  #handover;
  #shown = typeof document === "object"; // while the page is visible, nothing is stored
  #gone = false; // from `pagehide` on: browsers call the page hidden after that
  /** @type {(() => void) | null} */
  #release = null; // gives the claimed session back
  #claimed = ""; // the session that is claimed
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
    this.#handover = new Handover(storage, `${this.#key} ${name}`);
  }

  /** Whether nobody comes back as this player once the page goes. */
  get leaves() {
    return this.#storage === null && typeof document === "object";
  }

  /** The session of an earlier page, or of a room that this page is about to leave. @returns {Promise<Kept | null>} */
  async take() {
    if (!this.#storage) {
      return null;
    }
    const { kept, free } = await this.#handover.begin();
    const found = kept ?? (free ? this.#stored() : null);
    if (!found) {
      return null;
    }
    if (!(await this.#claim(found.session))) {
      this.#put(null); // a copy: this tab is a duplicate
      return null;
    }
    return found;
  }

  /** @returns {Kept | null} */
  #stored() {
    try {
      const { name, kept } = JSON.parse(this.#storage?.getItem(this.#key) ?? "{}");
      return name === this.#name && isKept(kept) ? kept : null;
    } catch {
      return null; // no storage, or something else is in it: join as a new player
    }
  }

  /** @param {() => Kept | null} kept */
  changed(kept) {
    if (this.#storage && !this.#shown) {
      this.#keep(kept());
    }
  }

  /**
   * The server has let us in. Follow the page: store the session when it is hidden, and reconnect when the page or the network
   * is back.
   * @param {Link} link
   * @param {() => Kept | null} kept
   */
  watch(link, kept) {
    this.#handover.inside();
    if (typeof document !== "object") {
      this.changed(kept);
      return;
    }
    if (this.#storage) {
      this.#claim(kept()?.session ?? "");
    }
    const look = () => {
      this.#shown = !document.hidden;
      this.#keep(this.#shown ? null : kept());
    };
    const lookAgain = () => {
      if (this.#gone) {
        return;
      }
      look();
      if (this.#shown) {
        link.hurry();
      }
    };
    this.#listen(document, "visibilitychange", lookAgain);
    this.#listen(document, "resume", () => link.hurry()); // it was frozen
    this.#listen(window, "pageshow", async (event) => {
      if (/** @type {PageTransitionEvent} */ (event).persisted) {
        this.#gone = false;
        this.#handover.occupy();
        const session = kept()?.session ?? "";
        link.proceed(session && this.#storage && !(await this.#claim(session)) ? ELSEWHERE : "");
      }
      lookAgain();
    });
    this.#listen(window, "online", () => link.hurry());
    this.#listen(window, "offline", () => link.drop("this computer is offline"));
    this.#listen(window, "pagehide", (event) => this.#hide(/** @type {PageTransitionEvent} */ (event).persisted, link, kept));
    look();
  }

  /** @param {boolean} persisted whether the page may be shown again @param {Link} link @param {() => Kept | null} kept */
  #hide(persisted, link, kept) {
    this.#gone = true;
    if (this.#storage && !this.#handover.leaving) {
      this.#shown = false;
      this.#put(kept());
      this.#giveBack();
      this.#handover.free();
      if (persisted) {
        link.suspend("the page is in the browser's back/forward cache");
      }
    } else if (persisted && !this.#handover.leaving) {
      link.depart();
    } else {
      this.#put(null);
      link.leaveNow(); // nobody can come back as this player, so its seat need not be kept
    }
  }

  /**
   * The program leaves. Resolves to whether a `join` of this page continues the session; looks until `done()`.
   * @param {() => boolean} done
   */
  handsOver(done) {
    return this.#handover.asksFor(done);
  }

  /** End here, and let the other `join` of this page continue. @param {Kept | null} kept */
  handOver(kept) {
    this.#unwatch();
    this.#giveBack();
    this.#handover.end(kept);
    this.#storage = null;
  }

  /** We could not come in. @param {boolean} over whether the server does not want this session any more */
  failed(over) {
    if (over) {
      this.#put(null);
    }
    this.handOver(null);
  }

  /** The room is over: forget the session. */
  end() {
    this.#put(null);
    this.handOver(null);
  }

  /** @param {string} session @returns {Promise<boolean>} whether this page has it */
  async #claim(session) {
    if (session === this.#claimed) {
      return true;
    }
    this.#giveBack();
    this.#claimed = session;
    const release = session ? await claim(session) : null;
    if (this.#claimed !== session || !release) {
      release?.();
      return false;
    }
    this.#release = release;
    return true;
  }

  #giveBack() {
    this.#release?.();
    this.#release = null;
    this.#claimed = "";
  }

  /** Store the session, which may be another than before. @param {Kept | null} kept */
  #keep(kept) {
    this.#put(kept);
    if (kept) {
      this.#claim(kept.session);
    }
  }

  /** @param {Kept | null} kept */
  #put(kept) {
    const put = (/** @type {Kept | null} */ what) => {
      try {
        if (what) {
          this.#storage?.setItem(this.#key, JSON.stringify({ name: this.#name, kept: what }));
        } else {
          this.#storage?.removeItem(this.#key);
        }
        return true;
      } catch {
        return false; // full, or forbidden
      }
    };
    if (!put(kept)) {
      // Without what is unacknowledged it may fit. What is stored of an earlier moment would be wrong.
      put(null);
      put(kept && { ...kept, waiting: [], sent: 0 });
    }
  }

  #unwatch() {
    this.#undo.forEach((undo) => undo());
    this.#undo = [];
  }

  /** @param {EventTarget} target @param {string} event @param {(event: Event) => void} run */
  #listen(target, event, run) {
    target.addEventListener(event, run);
    this.#undo.push(() => target.removeEventListener(event, run));
  }
}

/** Whether it is what we have stored: others may write there, too. @param {any} kept @returns {kept is Kept} */
function isKept(kept) {
  return (
    typeof kept?.session === "string" &&
    kept.session !== "" &&
    Number.isSafeInteger(kept.epoch) &&
    Number.isSafeInteger(kept.began ?? 0) &&
    Number.isSafeInteger(kept.sent) &&
    Array.isArray(kept.waiting) &&
    kept.sent <= kept.waiting.length &&
    kept.waiting.every(isNumbered)
  );
}

/** @param {unknown} message */
function isNumbered(message) {
  return (
    Array.isArray(message) &&
    Number.isSafeInteger(message[0]) &&
    typeof message[1] === "string" &&
    typeof message[2] === "string"
  );
}
