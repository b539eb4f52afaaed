// Every error that roomcast.js throws. Each message says what was wrong and what to do, and ends in a link to its help
// topic: (help: roomcast help no-server).
//
//   RoomcastError
//   ├── CannotConnect    no server answers, or it refused to let us in
//   ├── RoomClosed       this page left the room, or the server closed the connection for good
//   ├── BadArgument      a value that JSON cannot represent, or an invalid name
//   ├── Refused          the server refused one message
//   ├── RoomBusy         pump() inside a function that is being run
//   ├── TooFast          too many messages wait to be sent or acknowledged
//   └── ProtocolError    the server broke the protocol

import { OF_CODE, withLink } from "./help_topics.js";

/** The base of all errors of this library. `message` ends in the link; `sentence` is without it, to be shown to players. */
export class RoomcastError extends Error {
  static topic = "failed";

  /**
   * @param {string} sentence
   * @param {string} [topic] the word of its entry in docs/troubleshooting.md; without one, that of its class
   */
  constructor(sentence, topic = "") {
    const found = topic || new.target.topic;
    super(withLink(sentence, found));
    this.name = new.target.name;
    this.sentence = sentence;
    this.topic = found;
  }
}

/** No server answers at the address, or it refused to let us into the room. */
export class CannotConnect extends RoomcastError {
  static topic = "no-answer";

  /**
   * @param {string} sentence
   * @param {string | null} [code] the server's reason, a word of the table in docs/protocol.md ("room-full"); null: it gave none
   * @param {string} [topic]
   */
  constructor(sentence, code = null, topic = "") {
    super(sentence, topic || OF_CODE[code ?? ""]);
    this.code = code || null;
  }
}

/** The room is over for this page: it left, or the server sent a final `bye`. */
export class RoomClosed extends RoomcastError {
  static topic = "closed";
}

/** The caller passed a value that cannot be sent; nothing was sent. */
export class BadArgument extends RoomcastError {
  static topic = "setting";
}

/** Entries are run one at a time, in their order: `pump` was called inside one of the program's functions. */
export class RoomBusy extends RoomcastError {
  static topic = "busy";
}

/** Too many messages wait to be sent or acknowledged; this one was not queued. */
export class TooFast extends RoomcastError {
  static topic = "too-fast";
}

/** The server, or a check on this side, refused one message. */
export class Refused extends RoomcastError {
  /**
   * @param {string} code for programs; docs/protocol.md has the table
   * @param {string} sentence says what to do
   * @param {number} [n] the number of the refused message; 0: not about one message
   * @param {string} [topic]
   */
  constructor(code, sentence, n = 0, topic = "") {
    super(sentence, topic || OF_CODE[code]);
    this.code = code;
    this.n = n;
  }
}

/** The server broke the protocol. */
export class ProtocolError extends RoomcastError {
  static topic = "protocol";
}
