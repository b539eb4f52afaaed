// The connection to the server, kept up: connect, write what waits, read what comes, come back when it is lost.
//
// All that it knows of the protocol is in client_core.js.

import { SUBPROTOCOL } from "./messages.js";

const CONNECT_WITHIN = 5_000; // ms
const PING_EVERY = 10_000; // ms of silence; then the server has as long again to answer
const LEAVE_WITHIN = 2_000; // ms that what was sent may take to come back, when leaving
const MOST_BUFFERED = 256 * 1024; // bytes that wait in the socket; then we write no more for a moment
const LOOK_EVERY = 5; // ms, while something waits for the socket or for the end

/**
 * What we need of a WebSocket; a browser's is one, and so is that of the package `ws`.
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
  firstFailure = ""; // why the first connection could not be made

  #where;
  #client;
  #arrived;
  #Socket;
  /** @type {Socket | null} */
  #socket = null; // it connects, or is connected
  #open = false;
  #tried = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer; // to try again, to give up, or to ask whether the server is there: never two of them
  #heard = false; // since the last look
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

  /** Connect, and again whenever the connection is lost, until the client is over. */
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
    socket.onerror = () => {}; // what follows is `close`, and that is enough
    socket.onclose = () => this.#lost(socket, this.#open ? "the connection was lost" : "no connection could be made");
    this.#timer = setTimeout(() => this.drop("no answer in time"), CONNECT_WITHIN);
  }

  /** If we wait to try again, try now: the network has come back, or somebody looks at the page. */
  hurry() {
    if (!this.#socket) {
      this.connect();
    } else if (this.#open) {
      this.#ask(); // while a computer slept, the server may have given it up
    }
  }

  /** Look now and then whether something was heard: a page is not told when its connection has died. */
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
   * This connection is no good any more.
   * @param {string} why
   */
  drop(why) {
    const socket = this.#socket;
    if (socket) {
      this.#lost(socket, why);
      close(socket, 4000); // any code but 1000, which would mean that we leave for good
    }
  }

  /** Write what waits, as far as the socket takes it. */
  flush() {
    const socket = this.#socket;
    if (!socket || !this.#open || this.#flushing) {
      return;
    }
    while (socket.bufferedAmount < MOST_BUFFERED) {
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

  /** Wait until what was sent has come back (within two seconds), and say goodbye. */
  async leave() {
    const giveUp = performance.now() + LEAVE_WITHIN;
    while (this.#open && this.#client.unacknowledged > 0 && performance.now() < giveUp) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
    this.leaveNow();
  }

  /** Say goodbye: close code 1000 means that we do not come back. */
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
      this.#end(); // the server has sent us away
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
  socket.onerror = () => {}; // `ws` throws what nobody listens to
}

/** @param {Socket} socket @param {number} code */
function close(socket, code) {
  try {
    socket.close(code);
  } catch {
    // it has ended already, or has not begun
  }
}
