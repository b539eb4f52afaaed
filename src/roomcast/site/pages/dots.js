// The page /dots: a dot for each player. Its commands are those of examples/dots.py, `roomcast demo` and starter clients, so
// all of them can play in one room.

import { Announcer } from "./announcer.js";
import { colourOf } from "./colours.js";
import { byId, element } from "./elements.js";
import { enter } from "./entrance.js";
import { Field, onField, SIZE, way } from "./field.js";
import { listen } from "./dot_controls.js";
import { TutorialDots } from "./tutorial_dots.js";

/** @typedef {import("../../js/roomcast.js").Player} Player */
/** @typedef {import("./field.js").Place} Place */

const SHARE_EVERY = 100; // milliseconds between two updates of our shared place
const ROLL_EVERY = 250; // milliseconds between two updates of the list
const RESTED = 1200; // milliseconds without a move after which a dot's place is announced

/** @type {Map<string, Place>} */
const places = new Map(); // by player id
const room = await enter("dots");
const news = new Announcer(byId("news"));
const field = new Field(/** @type {HTMLCanvasElement} */ (byId("field")), (id) => {
  const player = room.players.get(id);
  return { name: player?.name ?? id, here: player?.here ?? false, mine: id === room.me.id };
});

const move = room.everywhere("move", moved);
room.on("playerMoved", (/** @type {Player} */ player, /** @type {any} */ dx, /** @type {any} */ dy) => {
  if (player.id !== room.me.id) { // our own is for the tutorial's dots alone
    moved(player, dx, dy);
    tutorialDots.meet(player.id, goal);
  }
});

/** @param {Player} player @param {any} dx @param {any} dy */
function moved(player, dx, dy) {
  const [x, y] = places.get(player.id) ?? sharedPlace(null);
  const [toX, toY] = [onField(x + Number(dx)), onField(y + Number(dy))]; // starter clients send text
  if (Number.isFinite(toX + toY)) {
    place(player, [toX, toY]); // it left on one side and comes back on the other
    tellLater(player);
  }
}

room.on("join", (/** @type {Player} */ player) => {
  place(player, sharedPlace(player.state.get("at")));
  tell(player, "is here");
});
room.on("leave", (/** @type {Player} */ player) => {
  places.delete(player.id);
  field.remove(player.id);
  tutorialDots.forget(player.id);
  showSoon();
  tell(player, "has left");
});
room.on("away", (/** @type {Player} */ player) => tell(player, "is away"));
room.on("back", (/** @type {Player} */ player) => tell(player, "is back"));
room.on("set", (/** @type {Player} */ player, /** @type {{at?: unknown}} */ patch) => {
  // Each player shares its place, for players who join later and have not seen its moves.
  if (player && patch.at !== undefined) {
    place(player, sharedPlace(patch.at));
  }
});
room.on("resumed", sharePlace); // the others may have missed some of our moves
for (const event of ["lost", "skipped"]) {
  room.on(event, () => {
    placeAll();
    sharePlace();
  });
}

/** Start from what the room has now: moves that we saw may be undone, and others may be missing. */
function placeAll() {
  for (const id of places.keys()) {
    if (!room.players.has(id)) {
      places.delete(id);
      field.remove(id);
    }
  }
  for (const player of room.players) {
    place(player, sharedPlace(player.state.get("at")));
  }
}

/** @param {Player} player @param {Place} at */
function place(player, at) {
  places.set(player.id, at);
  field.place(player.id, at);
  showSoon();
}

/**
 * The place that a player has shared, or the middle where it is no place.
 *
 * @param {unknown} at
 * @returns {Place}
 */
function sharedPlace(at) {
  return Array.isArray(at) && Number.isFinite(at[0]) && Number.isFinite(at[1])
    ? [onField(at[0]), onField(at[1])]
    : [SIZE / 2, SIZE / 2];
}

// ---------------------------------------------------------------- our own dot

let goal = sharedPlace(room.me.state.get("at")); // our own place, once all our moves have come back
const tutorialDots = new TutorialDots(room, goal);
let shareTimer = 0; // the timer of the next update

function sharePlace() {
  clearTimeout(shareTimer);
  shareTimer = 0;
  if (!room.closed) {
    room.me.state.set("at", goal);
  }
}

listen(
  byId("stage"),
  () => goal,
  (dx, dy) => {
    if (!room.closed) {
      move(dx, dy);
      tutorialDots.moved(dx, dy);
      goal = [onField(goal[0] + dx), onField(goal[1] + dy)];
      shareTimer ||= setTimeout(sharePlace, SHARE_EVERY);
    }
  },
);

// ---------------------------------------------------------------- in words

let showing = 0;

function showSoon() {
  showing ||= setTimeout(showRoll, ROLL_EVERY);
}

function showRoll() {
  showing = 0;
  byId("people").replaceChildren(...[...room.players].map(line));
}

/** @param {Player} player */
function line(player) {
  const [x, y] = places.get(player.id) ?? sharedPlace(null);
  const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
  swatch.style.backgroundColor = colourOf(player.id);
  const what = player.id === room.me.id ? " (you)" : player.here ? "" : " (away)";
  return element(
    "li",
    player.here ? {} : { class: "away" },
    swatch,
    element("span", { class: "wrap" }, player.name + what),
    element("span", { class: "place" }, `${Math.round(x)}, ${Math.round(y)}`),
  );
}

/** @param {Player} player @param {string} what */
function tell(player, what) {
  field.show();
  showSoon();
  if (player.id !== room.me.id) {
    news.say(`${player.id} ${what}`, `${player.name} ${what}.`);
  }
}

/** @type {Map<string, number>} */
const resting = new Map();

/** When a dot has come to rest, say where. @param {Player} player */
function tellLater(player) {
  clearTimeout(resting.get(player.id));
  resting.set(
    player.id,
    setTimeout(() => {
      const at = places.get(player.id);
      if (at !== undefined) {
        const who = player.id === room.me.id ? "You are" : `${player.name} is`;
        news.say(`${player.id} moved`, `${who} at ${Math.round(at[0])}, ${Math.round(at[1])}${fromMe(player, at)}.`);
      }
    }, RESTED),
  );
}

/**
 * Where a dot is, seen from our own.
 *
 * @param {Player} player
 * @param {Place} at
 */
function fromMe(player, at) {
  const [x, y] = places.get(room.me.id) ?? at;
  const [dx, dy] = [way(x, at[0]), way(y, at[1])];
  const words = [dy < -5 && "above", dy > 5 && "below", dx < -5 && "left of", dx > 5 && "right of"].filter(Boolean);
  return player.id === room.me.id || words.length === 0 ? "" : `, ${words.join(" and ")} you`;
}

byId("stage").focus({ preventScroll: true });
