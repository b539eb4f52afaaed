// What the rules of a room did in one turn, as calls of the program's functions: the state has changed before them.
import { readOnly } from "./read_only.js";

/** @typedef {import("./messages.js").Effects} Effects */
/** @typedef {import("./messages.js").Json} Json */
/** @typedef {import("./replica.js").Replica} Replica */

/**
 * Queue the functions: for players who were sent out, for state that has changed, for the room's events.
 *
 * @param {Effects} effects
 * @param {Replica} replica
 * @param {import("./handlers.js").Handlers} handlers
 * @param {(command: string, by: string, args?: Json[] | {[name: string]: Json}) => void} call
 */
export function queueEffects({ k = [], p = {}, m = {}, e = [] }, replica, handlers, call) {
  k.forEach(([id]) => handlers.emit("leave", replica.player(id)));
  if (handlers.handles("set")) {
    queueChanges(p, m, replica, handlers);
  }
  e.forEach(([command, args, by = ""]) => call(command, by, args));
}

/**
 * The event "set" for each owner: the room, then players; with the new values of what has changed, null for what was removed.
 * @param {NonNullable<Effects["p"]>} p @param {NonNullable<Effects["m"]>} m
 * @param {Replica} replica @param {import("./handlers.js").Handlers} handlers
 */
function queueChanges(p, m, replica, handlers) {
  const { players, shared } = replica.fold;
  const owners = [{ id: "", state: shared, patch: p }, ...Object.entries(m).map(([id, patch]) => ({ id, state: players.get(id)?.state, patch }))];
  for (const { id, state, patch } of owners) {
    const keys = Object.keys(patch);
    if (state && keys.length > 0) {
      const values = Object.fromEntries(keys.map((key) => [key, state.get(key) ?? null]));
      handlers.emit("set", replica.player(id), readOnly(values));
    }
  }
}
