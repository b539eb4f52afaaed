// The fold: applies the entries of a log to a room's state, by one pure function that servers and all clients share.

import { SharedMap, isObject } from "./shared_map.js";

/** @typedef {import("./messages.js").Entry} Entry */
/** @typedef {import("./messages.js").Snapshot} Snapshot */

/** @typedef {{id: string, name: string, here?: boolean, state: SharedMap}} PlayerState */
/**
 * A room's players, by id in the order of joining, its shared state, and the seed of its dice ("": they follow from the room's
 * name). Immutable: `apply` makes a new one, which costs what is new.
 * @typedef {{players: ReadonlyMap<string, PlayerState>, shared: SharedMap, seed: string}} RoomState
 */

/** @type {RoomState} */
export const EMPTY = { players: new Map(), shared: new SharedMap(), seed: "" };

/**
 * The room's state after `entry`, given the state before it.
 *
 * Entries of players who are not in the room change nothing, so that any log has a result.
 *
 * @param {RoomState} room
 * @param {Entry} entry
 * @returns {RoomState}
 * @throws {import("./errors.js").ProtocolError} for a patch of rules that does not fit
 */
export function apply(room, entry) {
  const after = withoutEffects(room, entry);
  return "x" in entry && entry.x ? withEffects(after, entry.x) : after;
}

/** @param {RoomState} room @param {Entry} entry @returns {RoomState} */
function withoutEffects(room, entry) {
  const record = room.players.get(entry.by);
  switch (entry.t) {
    case "set":
      if (entry.of === "room") {
        return { ...room, shared: room.shared.patched(entry.p, entry.whole) };
      }
      return record ? withPlayer(room, { ...record, state: record.state.patched(entry.p, entry.whole) }) : room;
    case "join": {
      const seeded = { ...without(room, entry.by), seed: room.seed || (entry.seed ?? "") };
      return withPlayer(seeded, { id: entry.by, name: entry.name, state: mapOf(entry.state) });
    }
    case "leave":
      return without(room, entry.by);
    case "away":
    case "back":
      return record ? withPlayer(room, { ...record, here: entry.t === "back" }) : room;
    default:
      return room;
  }
}

/**
 * The room after what its rules did: players sent out first, then patches.
 * @param {RoomState} room
 * @param {import("./messages.js").Effects} effects
 * @returns {RoomState}
 */
function withEffects(room, { k = [], p = {}, m = {} }) {
  const patches = Object.entries(m);
  let { players, shared } = room;
  if (k.length > 0 || patches.length > 0) {
    const changed = new Map(players);
    k.forEach(([id]) => changed.delete(id));
    for (const [id, patch] of patches) {
      const record = changed.get(id);
      if (record) {
        changed.set(id, { ...record, state: record.state.treePatched(patch) });
      }
    }
    players = changed;
  }
  if (Object.keys(p).length > 0) {
    shared = shared.treePatched(p);
  }
  return { ...room, players, shared };
}

/**
 * The id of the room's host: the first of the players who is connected; "" where nobody is. It follows from the state alone.
 * @param {RoomState} room
 */
export function hostOf({ players }) {
  for (const { id, here = true } of players.values()) {
    if (here) {
      return id;
    }
  }
  return "";
}

/**
 * The state that a snapshot contains.
 * @param {Snapshot} snapshot
 * @returns {RoomState}
 */
export function restore(snapshot) {
  return {
    players: new Map((snapshot.players ?? []).map((record) => [record.id, { ...record, state: mapOf(record.state) }])),
    shared: mapOf(snapshot.state),
    seed: snapshot.seed ?? "",
  };
}

/** @param {RoomState} room @param {PlayerState} record @returns {RoomState} */
function withPlayer(room, record) {
  return { ...room, players: new Map(room.players).set(record.id, record) };
}

/** @param {RoomState} room @param {string} id @returns {RoomState} */
function without(room, id) {
  if (!room.players.has(id)) {
    return room;
  }
  const players = new Map(room.players);
  players.delete(id);
  return { ...room, players };
}

/** @param {unknown} state @returns {SharedMap} */
function mapOf(state) {
  return new SharedMap(isObject(state) ? state : {});
}
