// Keeps the connection to the server up: connects, writes and reads frames, and reconnects after a loss.
//
// Everything about the protocol is in client_core.js.

import { ProtocolError } from "./errors.js";
import { sentenceOf } from "./help_topics.js";
import { SUBPROTOCOL } from "./messages.js";
import { ending } from "./reconnection.js";
import { PING_EVERY } from "./round_trips.js";

const CONNECT_WITHIN = 5_000; // ms
const ASK_AFTER = 10_000; // ms of silence before a ping; the server has as long again to answer
const LEAVE_WITHIN = 2_000; // ms to wait for acknowledgements when leaving
const MAX_BUFFERED = 256 * 1024; // bytes in the socket's buffer at which writing pauses
const SMALL_BACKLOG = 1_000; // events that wait for the program
const MAX_BACKLOG = 20_000; // twice what a server keeps of a log
const MAX_BACKLOG_SIZE = 16 * 1024 * 1024; // characters of their frames
const MAX_FRAME = 64 * 1024 * 1024; // characters; the largest that a server sends, a snapshot of a full room, has some megabytes
const BROKEN = { said: true, final: false }; // what the server says is no message, and may be none the next time
const GOODBYE = 1000; // the close code that says that we do not come back
const ANY_LOSS = 4000; // any other
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
  trouble = ""; // why the last connection ended
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
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pings; // the timer of pings that measure
  #heard = false; // whether anything arrived since the last look
  #flushing = false;
  #backlog = 0; // characters that arrived since few events waited
  #behind = false; // the program does not run what arrives
  #waits = false; // the page is in the back/forward cache, or does not run what arrives: no connection until `proceed`

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
    if (this.#socket || this.#waits || this.#client.stage === "over") {
      return;
    }
    const socket = this.#made();
    if (!socket) {
      return;
    }
    this.#socket = socket;
    socket.onopen = () => {
      this.#open = true;
      this.#client.connected();
      this.flush();
      this.#listen();
    };
    socket.onmessage = (event) => this.#received(socket, event.data);
    socket.onerror = () => {}; // a `close` event follows
    socket.onclose = (event) => this.#closed(socket, event ?? {});
    this.#timer = setTimeout(() => this.drop("no answer in time"), CONNECT_WITHIN);
  }

  /** A socket; or null where the browser refuses to make one, for the page's policy or the address's port. */
  #made() {
    try {
      return new this.#Socket(this.#where.url, SUBPROTOCOL);
    } catch (error) {
      this.firstFailure = `no connection to ${this.#where.server} may be made from here: ${sentenceOf(error)}`;
      this.#client.giveUp("origin", this.firstFailure);
      this.#arrived();
      return null;
    }
  }

  /** Somebody asks for the latency: ping the server now, and from now on every PING_EVERY. */
  measure() {
    clearTimeout(this.#pings);
    if (this.#client.stage !== "over") {
      this.#client.ping();
      this.flush();
      this.#pings = setTimeout(() => this.measure(), PING_EVERY);
    }
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
    this.#timer = setTimeout(() => (this.#heard ? this.#listen() : this.#ask()), ASK_AFTER);
  }

  #ask() {
    clearTimeout(this.#timer);
    this.#heard = false;
    this.#client.ping();
    this.flush();
    this.#timer = setTimeout(
      () => (this.#heard ? this.#listen() : this.drop("the server does not answer any more")),
      ASK_AFTER,
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
      close(socket, ANY_LOSS);
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

  /** Close the connection, and make none until `proceed`; the server keeps our seat for a while. @param {string} why */
  suspend(why) {
    this.#waits = true;
    this.drop(why);
    clearTimeout(this.#timer);
  }

  /** Leave the room, but not for good: the page may be shown again, and is a new player then. */
  depart() {
    this.#client.forget("this page left the room when it went, and is a new player now that it is back");
    this.#waits = true;
    const socket = this.#socket;
    if (socket) {
      this.#lost(socket, "the page went");
      close(socket, GOODBYE);
    }
    clearTimeout(this.#timer);
  }

  /** After `suspend` or `depart`: connect again. @param {string} [forget] why we cannot come back as the same player */
  proceed(forget = "") {
    if (forget) {
      this.#client.forget(forget);
    }
    this.#waits = false;
    this.connect();
  }

  /** A function that says whether we may leave: all is acknowledged, or two seconds have passed. */
  leaving() {
    const giveUp = performance.now() + LEAVE_WITHIN;
    return () => !this.#open || this.#client.unacknowledged === 0 || performance.now() >= giveUp;
  }

  /** Leave so that another room of this page can come back as the same player. */
  yieldNow() {
    this.#end(ANY_LOSS);
    this.#client.leave();
    this.#arrived();
  }

  /** Leave at once: close code 1000 tells the server that we do not come back. */
  leaveNow() {
    this.#client.leave();
    this.#end();
    this.#arrived();
  }

  #end(code = GOODBYE) {
    clearTimeout(this.#timer);
    clearTimeout(this.#pings);
    const socket = this.#socket;
    this.#socket = null;
    this.#open = false;
    if (socket) {
      silence(socket);
      close(socket, code);
    }
  }

  /** @param {Socket} socket @param {unknown} data */
  #received(socket, data) {
    if (socket !== this.#socket) {
      return;
    }
    this.#heard = true;
    try {
      this.#client.receive(textOf(data), performance.now());
    } catch (error) {
      this.#lost(socket, sentenceOf(error), BROKEN);
      close(socket, ANY_LOSS);
    }
    if (this.#client.stage === "over") {
      this.#end(); // a final bye
    }
    this.#arrived();
    this.#limitBacklog(String(data).length);
    if (this.#client.hasOutput) {
      this.flush();
    }
  }

  /** Where much waits for a program that does not pump, let the server wait, and tell us later what we skipped. @param {number} size */
  #limitBacklog(size) {
    const { events } = this.#client;
    this.#backlog = events.length < SMALL_BACKLOG ? 0 : this.#backlog + size;
    if (events.length >= MAX_BACKLOG || this.#backlog >= MAX_BACKLOG_SIZE) {
      this.#behind = true;
      this.suspend("this program does not run what arrives: call room.pump() in its loop");
    }
  }

  /** The program has run what had arrived. */
  caughtUp() {
    if (this.#behind && this.#client.events.length < SMALL_BACKLOG) {
      this.#behind = false;
      this.#backlog = 0;
      this.proceed();
    }
  }

  /** @param {Socket} socket @param {{code?: number, reason?: string}} event */
  #closed(socket, { code = 0, reason = "" }) {
    const { why, ...how } = ending(code, reason);
    this.#lost(socket, this.#open || how.said ? why : "no connection could be made", how);
  }

  /** @param {Socket} socket @param {string} why @param {import("./reconnection.js").Ending} [how] */
  #lost(socket, why, how) {
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
        "(a page that came from elsewhere needs --allow-origin there)";
    }
    this.#tried = true;
    this.#open = false;
    this.trouble = why;
    const now = performance.now();
    this.#client.disconnected(why, now, how);
    if (this.#client.stage !== "over") {
      this.#timer = setTimeout(() => this.connect(), this.#client.waitBeforeRetry(now));
    }
    this.#arrived();
  }
}

/** @param {unknown} data @returns {string} */
function textOf(data) {
  if (typeof data !== "string" || data.length > MAX_FRAME) {
    const what = typeof data === "string" ? `a frame of ${data.length} characters` : "a binary frame";
    throw new ProtocolError(`the server sent ${what}: no server of Roomcast's does`);
  }
  return data;
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
