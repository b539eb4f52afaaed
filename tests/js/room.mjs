// A room in a test, on a connection that the test plays the server of.

import { join } from "../../src/roomcast/js/roomcast.js";
import { Tap } from "./tap.mjs";

export async function enter(options = {}) {
  const room = await join("server:1/dots", { name: "Ada", WebSocket: Tap, ...options });
  return { room, tap: Tap.last };
}

/** Ends the rooms that a test has left open. */
export function endAll() {
  Tap.all.splice(0).forEach((tap) => tap.say({ t: "bye", code: "left", message: "the test is over" }));
}

/** The arguments of all calls of a function that is registered for these names. */
export function notes(room, ...names) {
  const seen = [];
  for (const name of names) {
    room.on(name, (...what) => seen.push([name, ...what.map((one) => one?.id ?? one)]));
  }
  return seen;
}
