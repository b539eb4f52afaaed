// The town as it was: while somebody looks back, the stage shows the players who were there, and the letters of what happened.

import { Letter } from "./letters.js";
import { resident } from "./observed_room.js";
import { untraced } from "./words.js";

/** @typedef {import("./drawing.js").Resident} Resident */
/** @typedef {import("./looking_back.js").Entry} Entry */
/** @typedef {import("../../js/fold.js").RoomState} RoomState */

export class PastScene {
  #looking;
  #observed;
  #mail;
  #stage;
  #settled = ""; // who was there when the town was settled last

  /**
   * @param {import("./looking_back.js").LookingBack} looking
   * @param {import("./observed_room.js").ObservedRoom} observed
   * @param {import("./letters.js").Mail} mail
   * @param {import("./stage.js").Stage} stage
   */
  constructor(looking, observed, mail, stage) {
    this.#looking = looking;
    this.#observed = observed;
    this.#mail = mail;
    this.#stage = stage;
  }

  /** Show the place that is looked at, with the letter that made it so. */
  arrive() {
    this.#mail.clear();
    const { entry } = this.#looking;
    if (entry) this.send(entry);
    this.draw();
  }

  /** Let the letter of an entry travel. Where it went is known by who was there. @param {Entry} entry */
  send(entry) {
    if (entry.t === "hidden") {
      this.#mail.add(sealed(entry.s));
    } else if (entry.t === "do") {
      const trace = this.#observed.lineAt(entry.s)?.passage;
      this.#mail.add(new Letter(trace ?? untraced(entry, readersOf(entry, this.#looking.state))));
    }
  }

  /** Settle the town with who was there. */
  draw() {
    const residents = [...this.#looking.state.players.values()].map(({ id, name, here = true }) =>
      resident({ id, name, here, starter: this.#observed.residents.get(id)?.starter ?? false }),
    );
    const settled = residents.map(({ id, here }) => `${id} ${here}`).join("\n");
    if (settled !== this.#settled) this.#stage.settle(residents);
    this.#settled = settled;
    this.#stage.stamp(this.#looking.at);
  }

  /** Somebody begins to look back: another town is on the stage. */
  begin() {
    this.#settled = "\n";
  }
}

/** A private letter, of which nothing but its number is known. @param {number} s */
export function sealed(s) {
  const passage = /** @type {const} */ ({ t: "passage", s, by: "", at: 0, c: "", came: "", size: 0, went: "", length: 0, waited: 0 });
  return new Letter(passage, true);
}

/** @param {import("../../js/messages.js").Do} entry @param {RoomState} state */
function readersOf(entry, state) {
  const here = [...state.players.values()].filter((player) => player.here ?? true).map(({ id }) => id);
  return entry.to ? here.filter((id) => id === entry.by || entry.to?.includes(id)) : here;
}
