// Players whose programs call a move `playerMoved`, as the dots of a well-known tutorial do. They know no `move`: so they are told
// our moves in their own word, and nobody else is.

/** @typedef {import("../../js/roomcast.js").Room} Room */
/** @typedef {import("./field.js").Place} Place */

const WORD = "playerMoved";

export class TutorialDots {
  #room;
  #start;
  /** @type {Set<string>} */
  #known = new Set(); // ids of the players who say it

  /** @param {Room} room @param {Place} start where they believe that our dot began */
  constructor(room, start) {
    this.#room = room;
    this.#start = start;
  }

  /**
   * A player has said the word. From now on it is told of our moves; at first, of all that we have made so far.
   *
   * @param {string} id
   * @param {Place} goal where our dot is, or will be when all its moves have come back
   */
  meet(id, goal) {
    if (id !== this.#room.me.id && !this.#known.has(id)) {
      this.#known.add(id);
      this.#send([id], goal[0] - this.#start[0], goal[1] - this.#start[1]);
    }
  }

  /** @param {number} dx @param {number} dy */
  moved(dx, dy) {
    this.#send([...this.#known].filter((id) => this.#room.players.has(id)), dx, dy);
  }

  /** @param {string} id of a player who has left */
  forget(id) {
    this.#known.delete(id);
  }

  /** @param {string[]} to @param {number} dx @param {number} dy */
  #send(to, dx, dy) {
    if (to.length > 0 && (dx !== 0 || dy !== 0)) {
      this.#room.send({ name: WORD, to }, dx, dy);
    }
  }
}
