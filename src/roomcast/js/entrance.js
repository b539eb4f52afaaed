// Waits at a room's door: from the first connection until the server has let us in, or has said why not.

import { CannotConnect } from "./errors.js";

const MADE = /^(.+)-(?:[cdfghjkmnpqrtvwxy]{8}){1,2}$/; // the name of a room that was made for who looks for one, and its kind
const LONGEST_TIMER = 2 ** 31; // ms; longer waits are no waits in browsers

export class Entrance {
  #server;
  #client;
  #link;
  #handlers;
  /** @type {((failure: CannotConnect | null) => void) | null} */
  #resolve = null;

  /**
   * @param {string} server `host:port`, for messages to people
   * @param {import("./client_core.js").ClientCore} client
   * @param {import("./link.js").Link} link
   * @param {import("./handlers.js").Handlers} handlers
   */
  constructor(server, client, link, handlers) {
    this.#server = server;
    this.#client = client;
    this.#link = link;
    this.#handlers = handlers;
  }

  /** Whether somebody waits. */
  get waits() {
    return this.#resolve !== null;
  }

  /** Connect, and wait for the server to let us in. Returns why it does not; null: it does. @param {number} timeout ms */
  async connect(timeout) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    try {
      return await new Promise((/** @type {(failure: CannotConnect | null) => void} */ resolve) => {
        this.#resolve = resolve;
        if (timeout < LONGEST_TIMER) {
          timer = setTimeout(() => {
            const { trouble } = this.#link;
            const why = `${this.#server} does not answer within ${timeout / 1000} seconds${trouble && `: ${trouble}`}`;
            resolve(new CannotConnect(why));
          }, timeout);
        }
        this.#link.connect();
      });
    } finally {
      clearTimeout(timer);
      this.#resolve = null;
    }
  }

  /**
   * Something has come while somebody waits: a person wants to know at once why it does not work. Returns how we were let in; null: we
   * were not yet.
   * @returns {import("./client_events.js").Joined | null}
   */
  look() {
    const { events, over, farewell, room, near } = this.#client;
    const place = events.findIndex((event) => event.t === "joined");
    if (place >= 0) {
      if (near.length > 0) {
        this.#handlers.warn("first-here", room, `${firstIn(room, near)}. Is the name right?`);
      }
      this.#resolve?.(null);
      return /** @type {import("./client_events.js").Joined} */ (events.splice(0, place + 1)[place]);
    }
    if (over || farewell.message) {
      const { message, code } = over ?? farewell;
      const why = this.#link.firstFailure || `${this.#server} did not let us into '${room}': ${message}`;
      this.#resolve?.(new CannotConnect(why, code));
    } else if (this.#link.firstFailure) {
      this.#resolve?.(new CannotConnect(this.#link.firstFailure, null, "no-server"));
    }
    return null;
  }
}

/** @param {string} room @param {string[]} near */
function firstIn(room, near) {
  const others = `'${near.join("', '")}'`;
  const kind = MADE.exec(room)?.[1];
  return kind === undefined
    ? `you are the first in the room '${room}'; other rooms here: ${others}`
    : `this server has no rules for '${kind}', so this is a room without; it has some for ${others}`;
}
