// The connection of an observer: asks to watch the room, passes messages on, and reconnects after a loss.

import { decode } from "../../js/codec.js";
import { FIRST_WAIT, MAX_WAIT } from "../../js/backoff.js";
import { SUBPROTOCOL } from "../../js/messages.js";
import { find } from "../../js/where.js";

const SILENT_FOR = 10_000; // ms without a message after which the connection is dead: counts arrive every second

/** @typedef {import("../../js/messages.js").ObserverMessage} Message */

/** The messages that an observer sends, as text. */
export const say = {
  /** @param {string} room @param {string} token "": without one */
  watch: (room, token) => JSON.stringify({ t: "watch", room, token: token || undefined }),
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
  #failures = 0;
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
    socket.onopen = () => socket.send(say.watch(this.#room, this.token));
    socket.onmessage = (event) => this.#received(String(event.data));
    socket.onclose = () => this.#lost();
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

  /** @param {string} who a player’s id */
  kick(who) {
    this.#socket?.send(say.kick(who));
  }

  closeRoom() {
    this.#socket?.send(say.close());
  }

  /** @param {string} frame */
  #received(frame) {
    this.#listen();
    for (const message of /** @type {Message[]} */ (/** @type {unknown} */ (decode(frame)))) {
      if (message.t === "watching") {
        this.#failures = 0;
      } else if (message.t === "bye" && typeof message.again !== "number") {
        this.#refused = message.message;
      }
      this.#hear(message);
    }
  }

  #listen() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#drop();
      this.#lost();
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

  #lost() {
    clearTimeout(this.#timer);
    this.#socket = null;
    if (this.#refused) {
      this.#tell("over", this.#refused);
      return;
    }
    const wait = Math.min(FIRST_WAIT * 2 ** this.#failures, MAX_WAIT) * (0.5 + Math.random() / 2);
    this.#failures = Math.min(this.#failures + 1, 10);
    this.#timer = setTimeout(() => this.connect(), wait);
    this.#tell("lost", "");
  }
}
