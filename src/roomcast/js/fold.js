// The fold: what a log makes of a room. One pure function, `apply`, which servers and all clients run alike.

/** @typedef {import("./messages.js").Entry} Entry */
/** @typedef {import("./messages.js").Json} Json */
/** @typedef {import("./messages.js").JsonObject} JsonObject */
/** @typedef {import("./messages.js").PlayerRecord} PlayerRecord */
/** @typedef {import("./messages.js").Snapshot} Snapshot */

/**
 * Who is in a room, by id in the order of joining, and what is shared there. Never changed: `apply` makes a new one.
 * @typedef {{players: ReadonlyMap<string, PlayerRecord>, shared: JsonObject}} RoomState
 */

/** @type {RoomState} */
export const EMPTY = { players: new Map(), shared: {} };

/**
 * The room after `entry`, given the room before it.
 *
 * Entries of players who are not there change nothing, so the function has a result for any log.
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
 * The state that a snapshot was taken of.
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
 * `old` with `patch` put in; neither is changed. null removes a key.
 *
 * With `whole` each value takes the place of the old one; else objects are merged into objects, all the way
 * down (RFC 7396, section 2).
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
 * Is it a JSON object: neither an array nor null?
 * @param {unknown} value
 * @returns {value is JsonObject}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A key may be "__proto__", which must be a key like any other. @param {JsonObject} object @param {string} key @param {Json} value */
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
