// What a program reads of its room, beside players and state.

import { TimedRoom } from "./timed_room.js";

/**
 * What it needs of its room.
 * @typedef {object} Parts
 * @property {() => import("./client_core.js").ClientCore} client
 * @property {() => import("./sender.js").Sender} sender
 */
/** @typedef {import("./timed_room.js").Context & Parts} Context */

/** The part of a room that says how things stand. */
export class RoomView extends TimedRoom {
  #context;

  /** @param {Context} context */
  constructor(context) {
    super(context);
    this.#context = context;
  }

  /** The room's name, also where it was joined by its code. */
  get name() {
    return this.#client.room;
  }

  /** The room's code: a few letters that stand for it on its server, to be said and typed. */
  get code() {
    return this.#client.code;
  }

  /**
   * With it, the others of the party take the seats that were reserved for them: `join(room.code, { party: ticket })`. "": none were.
   */
  get partyTicket() {
    return this.#client.ticket;
  }

  /** Where this page is the first in the room: the names of other rooms, or kinds with rules, that are nearly called the same; one may be meant. */
  get near() {
    return [...this.#client.near];
  }

  /** The player that this page is. */
  get me() {
    return this.#context.inbox().replica.me;
  }

  /**
   * The player who has been here longest, of those who are connected; null: nobody is. The same in all programs, after the same
   * entries; the event "host" tells when it is another.
   */
  get host() {
    return this.#context.inbox().replica.host;
  }

  /** The place in the room's order of the last entry that was run here. */
  get seq() {
    return this.#context.inbox().replica.seq;
  }

  /** True when the room is over for this page: it left, or the server sent it away. */
  get closed() {
    return this.#context.inbox().over !== null;
  }

  /** How many messages of ours have not come back yet. */
  get unacknowledged() {
    return this.#client.unacknowledged + this.#context.sender().reading;
  }

  /** How many messages of ours were not sent because they were outdated (`latest` and `ttl` of `send`). */
  get outdated() {
    return this.#client.outdated;
  }

  get #client() {
    return this.#context.client();
  }
}
