// Keeps the connection to the server up: connects, writes and reads frames, and reconnects after a loss.
//
// Everything about the protocol is in client_core.js.

import { SUBPROTOCOL } from "./messages.js";

const CONNECT_WITHIN = 5_000; // ms
const PING_EVERY = 10_000; // ms of silence before a ping; the server has as long again to answer
const LEAVE_WITHIN = 2_000; // ms to wait for acknowledgements when leaving
const MAX_BUFFERED = 256 * 1024; // bytes in the socket's buffer at which writing pauses
const LOOK_EVERY = 5; // ms between two looks at the socket's buffer, or at what is unacknowledged

/**
 * The part of the WebSocket API that we use, as in browsers and in the package `ws`.
 * @typedef {object} Socket
 * @property {number} readyState
 * @property {number} bufferedAmount
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onerror
 * @property {((event: any) => void) | null} onclose
 * @property {(data: string) => void} send
 * @property {(code?: number) => void} close
 */
/** @typedef {new (url: string, protocols: string) => Socket} SocketClass */

export class Link {
  firstFailure = ""; // why the first attempt to connect failed; "" if it did not

  #where;
  #client;
  #arrived;
  #Socket;
  /** @type {Socket | null} */
  #socket = null; // connecting or open
  #open = false;
  #tried = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer; // the one timer: to retry, to give up connecting, or to ping
  #heard = false; // whether anything arrived since the last look
  #flushing = false;

  /**
   * @param {import("./where.js").Where} where
   * @param {import("./client_core.js").ClientCore} client
   * @param {() => void} arrived called when the client has new events
   * @param {SocketClass} Socket
   */
  constructor(where, client, arrived, Socket) {
    this.#where = where;
    this.#client = client;
    this.#arrived = arrived;
    this.#Socket = Socket;
  }

  /** Connect, and reconnect whenever the connection is lost, until the client is over. */
  connect() {
    clearTimeout(this.#timer);
    if (this.#socket || this.#client.stage === "over") {
      return;
    }
    const socket = new this.#Socket(this.#where.url, SUBPROTOCOL);
    this.#socket = socket;
    socket.onopen = () => {
      this.#open = true;
      this.#client.connected();
      this.flush();
      this.#listen();
    };
    socket.onmessage = (event) => this.#received(socket, event.data);
    socket.onerror = () => {}; // a `close` event follows
    socket.onclose = () => this.#lost(socket, this.#open ? "the connection was lost" : "no connection could be made");
    this.#timer = setTimeout(() => this.drop("no answer in time"), CONNECT_WITHIN);
  }

  /** Retry now instead of waiting: the network is back, or the page is visible again. */
  hurry() {
    if (!this.#socket) {
      this.connect();
    } else if (this.#open) {
      this.#ask(); // while the computer slept, the server may have dropped us
    }
  }

  /** Check regularly that something arrived, because a page is not told when its connection has died. */
  #listen() {
    clearTimeout(this.#timer);
    this.#heard = false;
    this.#timer = setTimeout(() => (this.#heard ? this.#listen() : this.#ask()), PING_EVERY);
  }

  #ask() {
    clearTimeout(this.#timer);
    this.#heard = false;
    this.#client.ping();
    this.flush();
    this.#timer = setTimeout(
      () => (this.#heard ? this.#listen() : this.drop("the server does not answer any more")),
      PING_EVERY,
    );
  }

  /**
   * Close the connection as broken; it will be tried again.
   * @param {string} why
   */
  drop(why) {
    const socket = this.#socket;
    if (socket) {
      this.#lost(socket, why);
      close(socket, 4000); // any code but 1000, which would leave the room for good
    }
  }

  /** Write the client's frames until the socket's buffer is full. */
  flush() {
    const socket = this.#socket;
    if (!socket || !this.#open || this.#flushing) {
      return;
    }
    while (socket.bufferedAmount < MAX_BUFFERED) {
      const frame = this.#client.takeFrame(performance.now());
      if (!frame) {
        return;
      }
      socket.send(frame);
    }
    this.#flushing = true;
    setTimeout(() => {
      this.#flushing = false;
      this.flush();
    }, LOOK_EVERY);
  }

  /** Wait until everything is acknowledged, at most two seconds, then leave. */
  async leave() {
    const giveUp = performance.now() + LEAVE_WITHIN;
    while (this.#open && this.#client.unacknowledged > 0 && performance.now() < giveUp) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
    this.leaveNow();
  }

  /** Leave at once: close code 1000 tells the server that we do not come back. */
  leaveNow() {
    this.#client.leave();
    this.#end();
    this.#arrived();
  }

  #end() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    this.#open = false;
    if (socket) {
      silence(socket);
      close(socket, 1000);
    }
  }

  /** @param {Socket} socket @param {unknown} data */
  #received(socket, data) {
    if (socket !== this.#socket) {
      return;
    }
    this.#heard = true;
    try {
      this.#client.receive(String(data), performance.now());
    } catch (error) {
      this.drop(error instanceof Error ? error.message : String(error));
    }
    if (this.#client.stage === "over") {
      this.#end(); // a final bye
    }
    this.#arrived();
    if (this.#client.hasOutput) {
      this.flush();
    }
  }

  /** @param {Socket} socket @param {string} why */
  #lost(socket, why) {
    if (socket !== this.#socket) {
      return;
    }
    silence(socket);
    clearTimeout(this.#timer);
    this.#socket = null;
    if (!this.#tried && !this.#open) {
      const { server } = this.#where;
      this.firstFailure =
        `no server answers at ${server}: start one with 'roomcast serve', or check the address ` +
        "(a page may only connect to the server that it came from)";
    }
    this.#tried = true;
    this.#open = false;
    const now = performance.now();
    this.#client.disconnected(why, now);
    if (this.#client.stage !== "over") {
      this.#timer = setTimeout(() => this.connect(), this.#client.waitBeforeRetry(now));
    }
    this.#arrived();
  }
}

/** @param {Socket} socket */
function silence(socket) {
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.onerror = () => {}; // `ws` throws errors that have no handler
}

/** @param {Socket} socket @param {number} code */
function close(socket, code) {
  try {
    socket.close(code);
  } catch {
    // it is closed already, or was never opened
  }
}
