// The card with the shared state as it was: the room's and each player's. What the entry there has set is marked.

import { byId, element } from "../pages/elements.js";

const ROWS = 120; // in all: more would be slow to draw, and nobody reads them
const LONGEST = 200; // characters of a value
const RESTS = 120; // ms after which somebody who drags has come to rest: until then, the town alone is drawn with each frame
const AT_LEAST_EVERY = 600; // ms: … but not for longer than this

/** @typedef {import("./looking_back.js").Entry} Entry */
/** @typedef {import("../../js/fold.js").RoomState} RoomState */
/** @typedef {import("../../js/shared_map.js").SharedMap} SharedMap */

export class StateCard {
  /** @type {WeakMap<SharedMap, HTMLElement>} */
  #made = new WeakMap(); // what did not change is not made again
  #nameOf;
  /** @type {{state: RoomState, entry: Entry | null} | null} */
  #next = null; // what is to be shown
  #changed = false; // since the last frame
  #rests = 0; // since when it is the same
  #drawn = 0; // when it was drawn last

  /** @param {(id: string) => string} nameOf */
  constructor(nameOf) {
    this.#nameOf = nameOf;
  }

  /** Show this soon. @param {RoomState} state @param {Entry | null} entry that made it so */
  show(state, entry) {
    this.#next = { state, entry };
    this.#changed = true;
  }

  /** A frame begins. @param {number} now */
  tick(now) {
    if (this.#changed) this.#rests = now;
    this.#changed = false;
    if (!this.#next || (now < this.#rests + RESTS && now < this.#drawn + AT_LEAST_EVERY)) return;
    this.#draw(this.#next.state, this.#next.entry);
    this.#next = null;
    this.#drawn = now;
  }

  /** @param {RoomState} state @param {Entry | null} entry */
  #draw(state, entry) {
    const changed = changedBy(entry);
    let left = ROWS;
    const parts = [];
    let more = 0;
    /** @type {[id: string, map: SharedMap][]} */
    const owners = [["", state.shared], ...[...state.players.values()].map((one) => /** @type {[string, SharedMap]} */ ([one.id, one.state]))];
    for (const [id, map] of owners) {
      if (map.size === 0) continue;
      if (left <= 0) {
        more += map.size;
        continue;
      }
      parts.push(this.#part(id, map, changed.get(id) ?? [], left));
      more += Math.max(0, map.size - left);
      left -= map.size;
    }
    if (more > 0) parts.push(element("p", { class: "pale small" }, `And ${more.toLocaleString("en")} more keys.`));
    if (parts.length === 0) parts.push(element("p", { class: "pale" }, "Nothing was set."));
    byId("state-inside").replaceChildren(...parts);
  }

  /** @param {string} id of the player; "": the room @param {SharedMap} map @param {string[]} changed @param {number} most rows */
  #part(id, map, changed, most) {
    const known = this.#made.get(map);
    if (known && changed.length === 0 && map.size <= most) return known;
    const keys = map.keys().slice(0, most);
    const rows = keys.map((key) =>
      element(
        "tr",
        { class: changed.includes(key) ? "changed" : "" },
        element("th", { scope: "row", class: "wrap" }, key),
        element("td", { class: "wrap" }, shortened(JSON.stringify(map.get(key)))),
      ),
    );
    const part = element(
      "section",
      { class: "state-of" },
      element("h3", { class: "wrap" }, id === "" ? "The room" : this.#nameOf(id)),
      element("table", {}, element("tbody", {}, ...rows)),
    );
    if (changed.length === 0 && map.size <= most) this.#made.set(map, part);
    return part;
  }
}

/**
 * The keys that an entry has changed, by player; of the room's state, by "".
 * @param {Entry | null} entry
 * @returns {Map<string, string[]>}
 */
function changedBy(entry) {
  if (entry?.t === "set") {
    return new Map([[entry.of === "room" ? "" : entry.by, Object.keys(entry.p)]]);
  }
  const { p = {}, m = {} } = (entry && "x" in entry && entry.x) || {};
  const patches = /** @type {[string, object][]} */ ([["", p], ...Object.entries(m)]);
  return new Map(patches.map(([id, patch]) => [id, Object.keys(patch)]));
}

/** @param {string} text */
function shortened(text) {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
