// Takes what a program sends: everything is encoded when it is called, so what the program changes later changes nothing.

import { areRead, read, takeOut } from "./blobs.js";
import { BadArgument, Refused, RoomClosed } from "./errors.js";
import { OF_CODE, sentenceOf } from "./help_topics.js";
import { toJson } from "./json_arguments.js";

/**
 * What it needs of its room.
 * @typedef {object} Context
 * @property {import("./client_core.js").ClientCore} client
 * @property {() => import("./client_events.js").Closed | null} over why the room is over for the program
 * @property {() => void} wake lets what the client has to send go out
 * @property {(error: Refused) => void} failed told of what could not be sent after the call had returned
 */

export class Sender {
  reading = 0; // calls whose Blobs are being read

  #client;
  #context;

  /** @param {Context} context */
  constructor(context) {
    this.#client = context.client;
    this.#context = context;
  }

  /**
   * @param {string} command
   * @param {unknown[]} args
   * @param {string[] | null} to
   * @param {import("./send_queue.js").Outdating | null} [outdating]
   */
  do(command, args, to, outdating = null) {
    this.#checkOpen();
    const { rest, blobs } = takeOut(args);
    const json = toJson(command, rest);
    if (blobs.length === 0) {
      this.#client.do(command, json, to, performance.now(), outdating);
      this.#context.wake();
    } else if (outdating) {
      throw new BadArgument(
        `${command}: a call with bytes goes in pieces, and all of them are sent: leave out latest and ttl, or send the bytes in ` +
          "a call of their own",
        "outdated",
      );
    } else if (areRead(blobs)) {
      this.#client.send(command, json, blobs, to);
      this.#context.wake();
    } else {
      this.#readAndSend(command, json, blobs, to);
    }
  }

  /** As `ClientCore.ask`. @param {string} command @param {string} args @param {import("./pending_answer.js").PendingAnswer} answer */
  ask(command, args, answer) {
    this.#checkOpen();
    this.#client.ask(command, args, answer);
    this.#context.wake();
  }

  /** @param {"me" | "room"} of @param {string} patch @param {import("./send_queue.js").How} how */
  set(of, patch, how) {
    this.#checkOpen();
    this.#client.set(of, patch, how);
    this.#context.wake();
  }

  /**
   * Failures are emitted as "error" events, because the call has already returned.
   * @param {string} command
   * @param {string} json
   * @param {import("./blobs.js").Found} blobs
   * @param {string[] | null} to
   */
  async #readAndSend(command, json, blobs, to) {
    this.reading += 1;
    try {
      const data = await read(blobs);
      this.#checkOpen();
      this.#client.send(command, json, data, to);
      this.#context.wake();
    } catch (error) {
      this.#context.failed(new Refused("bad-argument", `${command} was not sent: ${sentenceOf(error)}`));
    } finally {
      this.reading -= 1;
    }
  }

  #checkOpen() {
    const over = this.#context.over() ?? this.#client.over;
    if (over) {
      throw new RoomClosed(`the room '${this.#client.room}' is over for this page: ${over.message}`, OF_CODE[over.code]);
    }
  }
}
