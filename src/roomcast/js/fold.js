// The fold: applies the entries of a log to a room's state, by one pure function that servers and all clients share.

/** @typedef {import("./messages.js").Entry} Entry */
/** @typedef {import("./messages.js").Json} Json */
/** @typedef {import("./messages.js").JsonObject} JsonObject */
/** @typedef {import("./messages.js").PlayerRecord} PlayerRecord */
/** @typedef {import("./messages.js").Snapshot} Snapshot */

/**
 * A room's players, by id in the order of joining, and its shared state. Immutable: `apply` makes a new one.
 * @typedef {{players: ReadonlyMap<string, PlayerRecord>, shared: JsonObject}} RoomState
 */

/** @type {RoomState} */
export const EMPTY = { players: new Map(), shared: {} };

/**
 * The room's state after `entry`, given the state before it.
 *
 * Entries of players who are not in the room change nothing, so that any log has a result.
 *
 * @param {RoomState} room
 * @param {Entry} entry
 * @returns {RoomState}
 */
export function apply(room, entry) {
  const record = room.players.get(entry.by);
  switch (entry.t) {
    case "set":
      if (entry.of === "room") {
        return { players: room.players, shared: patched(room.shared, entry.p, entry.whole) };
      }
      return record ? withPlayer(room, { ...record, state: patched(record.state ?? {}, entry.p, entry.whole) }) : room;
    case "join":
      return withPlayer(without(room, entry.by), { id: entry.by, name: entry.name, state: entry.state ?? {} });
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
 * The state that a snapshot contains.
 * @param {Snapshot} snapshot
 * @returns {RoomState}
 */
export function restore(snapshot) {
  return {
    players: new Map((snapshot.players ?? []).map((record) => [record.id, record])),
    shared: snapshot.state ?? {},
  };
}

/**
 * A copy of `old` with `patch` applied. null removes a key.
 *
 * With `whole`, each value replaces the old one; else objects are merged recursively (RFC 7396, section 2).
 *
 * @param {JsonObject} old
 * @param {JsonObject} patch
 * @param {boolean} [whole]
 * @returns {JsonObject}
 */
export function patched(old, patch, whole = false) {
  const result = { ...old };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      delete result[key];
    } else if (whole || !isObject(value)) {
      put(result, key, value);
    } else {
      const before = Object.hasOwn(result, key) ? result[key] : null;
      put(result, key, patched(isObject(before) ? before : {}, value));
    }
  }
  return result;
}

/**
 * Whether a value is a JSON object: neither an array nor null.
 * @param {unknown} value
 * @returns {value is JsonObject}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Set a key, which may be "__proto__": that must not set the prototype. @param {JsonObject} object @param {string} key @param {Json} value */
function put(object, key, value) {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

/** @param {RoomState} room @param {PlayerRecord} record @returns {RoomState} */
function withPlayer(room, record) {
  return { players: new Map(room.players).set(record.id, record), shared: room.shared };
}

/** @param {RoomState} room @param {string} id @returns {RoomState} */
function without(room, id) {
  if (!room.players.has(id)) {
    return room;
  }
  const players = new Map(room.players);
  players.delete(id);
  return { players, shared: room.shared };
}
