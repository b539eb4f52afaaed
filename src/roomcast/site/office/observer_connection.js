// The connection of an observer: asks to watch the room, passes messages on, and reconnects after a loss.

import { decode } from "../../js/codec.js";
import { ProtocolError } from "../../js/errors.js";
import { SUBPROTOCOL, VERSIONS } from "../../js/messages.js";
import { Reconnection, ending, oneLine } from "../../js/reconnection.js";
import { find } from "../../js/where.js";

const SILENT_FOR = 10_000; // ms without a message after which the connection is dead: counts arrive every second

/** @typedef {import("../../js/messages.js").ObserverMessage} Message */

/** The messages that an observer sends, as text. */
export const say = {
  /** @param {string} room @param {string} token "": without one */
  watch: (room, token) => JSON.stringify({ t: "watch", room, token: token || undefined, v: VERSIONS }),
  /** @param {number} after seq of the last entry that we have; 0: none @param {number} at its time */
  history: (after, at) => JSON.stringify({ t: "history", after: after || undefined, at: at || undefined }),
  /** @param {string} who a player’s id */
  kick: (who) => JSON.stringify({ t: "kick", who }),
  close: () => JSON.stringify({ t: "close" }),
};

export class ObserverConnection {
  token = "";

  #room;
  #hear;
  #tell;
  /** @type {WebSocket | null} */
  #socket = null;
  #reconnection = new Reconnection(Math.random);
  #live = false; // the server has let us watch
  #timer = 0;
  #refused = ""; // why the server closed the connection for good

  /**
   * @param {string} room
   * @param {(message: Message) => void} hear
   * @param {(state: "connecting" | "lost" | "over", why: string) => void} tell
   */
  constructor(room, hear, tell) {
    this.#room = room;
    this.#hear = hear;
    this.#tell = tell;
  }

  connect() {
    clearTimeout(this.#timer);
    this.#refused = "";
    this.#tell("connecting", "");
    const socket = new WebSocket(find("dots", location).url, SUBPROTOCOL); // the address is the same for all rooms
    this.#socket = socket;
    this.#listen();
    socket.onopen = () => {
      this.#reconnection.connected();
      socket.send(say.watch(this.#room, this.token));
    };
    socket.onmessage = (event) => this.#received(event.data);
    socket.onclose = ({ code, reason }) => this.#lost(ending(code, reason));
  }

  /**
   * Reconnect with this token; "": without one.
   *
   * @param {string} token
   */
  use(token) {
    this.token = token;
    this.#drop();
    this.connect();
  }

  /** Ask for a page of the log. @param {number} after seq of the last entry that we have; 0: none @param {number} at its time */
  askForHistory(after, at) {
    if (this.#live) this.#socket?.send(say.history(after, at));
  }

  /** @param {string} who a player’s id */
  kick(who) {
    this.#socket?.send(say.kick(who));
  }

  closeRoom() {
    this.#socket?.send(say.close());
  }

  /** @param {unknown} frame */
  #received(frame) {
    this.#listen();
    try {
      for (const message of /** @type {Message[]} */ (/** @type {unknown} */ (decode(String(frame))))) {
        this.#note(message);
        this.#hear(message);
      }
    } catch (error) {
      this.#drop();
      this.#lost({ why: oneLine(error), said: true, final: false });
    }
  }

  /** @param {Message} message */
  #note(message) {
    const now = performance.now();
    if (typeof message?.t !== "string") {
      throw new ProtocolError("the server sent something that is not a message");
    }
    if (message.t === "watching") {
      this.#live = true;
      this.#reconnection.welcomed(now);
    } else if (message.t === "bye" && typeof message.again === "number") {
      this.#reconnection.goodbye(message, now);
    } else if (message.t === "bye") {
      this.#refused = oneLine(message.message);
    }
  }

  #listen() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#drop();
      this.#lost({ why: "the server does not answer any more", said: false, final: false });
    }, SILENT_FOR);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  /** @param {{why: string, said: boolean, final: boolean}} how */
  #lost({ why, ...how }) {
    clearTimeout(this.#timer);
    this.#socket = null;
    const now = performance.now();
    const refused = this.#refused || this.#reconnection.ended(why, now, this.#live, how);
    this.#live = false;
    if (refused) {
      this.#tell("over", refused);
      return;
    }
    this.#reconnection.wait(now);
    this.#timer = setTimeout(() => this.connect(), Math.max(0, this.#reconnection.retryAt - now));
    this.#tell("lost", "");
  }
}
