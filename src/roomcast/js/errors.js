// Every error that roomcast.js throws. Each message says what was wrong and what to do.
//
//   RoomcastError
//   ├── CannotConnect    no server there, or it would not let us in
//   ├── RoomClosed       the room was left, or the server sent us away
//   ├── BadArgument      something that JSON cannot carry, or a wrong name
//   ├── Refused          the server refused one thing that we sent
//   ├── TooFast          more waits to be sent than may wait
//   └── ProtocolError    the other side said something that is no message

/** The base of all. */
export class RoomcastError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = new.target.name;
  }
}

/** No server answers at that address, or it did not let us into the room. */
export class CannotConnect extends RoomcastError {}

/** The room is over for this page: it left, or the server said `bye` for good. */
export class RoomClosed extends RoomcastError {}

/** The caller passed something that cannot be sent; nothing was sent. */
export class BadArgument extends RoomcastError {}

/** More commands wait to be sent than may wait; the newest one was not taken. */
export class TooFast extends RoomcastError {}

/** The server (or a check on this side) refused one thing. */
export class Refused extends RoomcastError {
  /**
   * @param {string} code a word, for programs: docs/protocol.md has the table
   * @param {string} message a sentence that says what to do
   * @param {number} [n] the number of the refused message; 0: it is not about one message
   */
  constructor(code, message, n = 0) {
    super(message);
    this.code = code;
    this.n = n;
  }
}

/** The other side does not keep to the protocol. */
export class ProtocolError extends RoomcastError {}
