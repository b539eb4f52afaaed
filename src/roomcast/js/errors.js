// Every error that roomcast.js throws. Each message says what was wrong and what to do.
//
//   RoomcastError
//   ├── CannotConnect    no server answers, or it refused to let us in
//   ├── RoomClosed       this page left the room, or the server closed the connection for good
//   ├── BadArgument      a value that JSON cannot represent, or an invalid name
//   ├── Refused          the server refused one message
//   ├── TooFast          too many messages wait to be sent or acknowledged
//   └── ProtocolError    the server broke the protocol

/** The base of all errors of this library. */
export class RoomcastError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = new.target.name;
  }
}

/** No server answers at the address, or it refused to let us into the room. */
export class CannotConnect extends RoomcastError {}

/** The room is over for this page: it left, or the server sent a final `bye`. */
export class RoomClosed extends RoomcastError {}

/** The caller passed a value that cannot be sent; nothing was sent. */
export class BadArgument extends RoomcastError {}

/** Too many messages wait to be sent or acknowledged; this one was not queued. */
export class TooFast extends RoomcastError {}

/** The server, or a check on this side, refused one message. */
export class Refused extends RoomcastError {
  /**
   * @param {string} code for programs; docs/protocol.md has the table
   * @param {string} message a sentence that says what to do
   * @param {number} [n] the number of the refused message; 0: not about one message
   */
  constructor(code, message, n = 0) {
    super(message);
    this.code = code;
    this.n = n;
  }
}

/** The server broke the protocol. */
export class ProtocolError extends RoomcastError {}
