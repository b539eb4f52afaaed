// The page /board: a shared drawing board. Strokes are shared state, so that whoever joins later sees them all; the bytes of
// pictures are sent from player to player.

import { Announcer } from "./announcer.js";
import { colourOf } from "./colours.js";
import { Easel } from "./easel.js";
import { byId, element } from "./elements.js";
import { enter, warn } from "./entrance.js";
import { newKey } from "./unique_key.js";
import * as mailing from "./board_pictures.js";
import * as pen from "./pen.js";
import { MAX_POINTS, packed, stateOf, strokeOf, unpacked } from "./strokes.js";
import { pens } from "./pen_picker.js";

/** @typedef {import("../../js/roomcast.js").Player} Player */
/** @typedef {import("../../js/roomcast.js").Refused} Refused */
/** @typedef {import("./strokes.js").Point} Point */
/** @typedef {import("./strokes.js").Stroke} Stroke */

const TELL_EVERY = 60; // milliseconds between two messages about a stroke that is being drawn
const CLEARED_AT_ONCE = 500; // keys in one message, whose size is limited
const STROKE = "stroke "; // prefix of the keys of strokes in shared state

const room = await enter("board");
const news = new Announcer(byId("news"));
const easel = new Easel(/** @type {HTMLCanvasElement} */ (byId("easel")));
const chosen = pens(byId("colours"), byId("widths"));
/** @type {Set<string>} */
const unconfirmed = new Set(); // keys that we have set and that have not come back yet, in the order of sending
let current = ""; // the key of the stroke that we are drawing
let summing = 0; // the timer of the next summary
const pictures = new mailing.Mailing(room, nameOf, put, (sentence) => {
  news.say(sentence, sentence);
  showSummarySoon();
});

// ---------------------------------------------------------------- what others draw

room.on("draw", (/** @type {Player} */ player, /** @type {any} */ key, colour, width, text) => {
  if (player === room.me || typeof key !== "string" || easel.finished.has(key)) {
    return;
  }
  const before = easel.live.get(key);
  dropLive(player, key);
  const piece = strokeOf({ by: player.id, c: colour, w: width, p: text });
  if (piece && (before?.points.length ?? 0) < MAX_POINTS) {
    easel.drawing(key, { ...piece, points: [...(before?.points ?? []), ...piece.points] });
  } else if (!piece) {
    easel.remove(key); // it was refused: the board is full
  }
});
room.on("set", (/** @type {Player} */ player, /** @type {object} */ patch) => {
  if (player === room.me) {
    Object.keys(patch).forEach((key) => unconfirmed.delete(key));
  }
  for (const key of Object.keys(patch).filter((one) => one.startsWith(STROKE))) {
    show(key, room.state.get(key));
    if (player !== room.me) {
      news.say(`${player.id} draws`, `${player.name} is drawing.`);
    }
  }
});
for (const event of ["skipped", "lost"]) {
  room.on(event, showAll);
}
room.on("leave", (/** @type {Player} */ player) => dropLive(player, ""));

/**
 * A player draws one stroke at a time, so any other one that it has begun will not be finished.
 *
 * @param {Player} player
 * @param {string} key
 */
function dropLive(player, key) {
  for (const [other, stroke] of easel.live) {
    if (stroke.by === player.id && other !== key) {
      easel.remove(other);
    }
  }
}

/** @param {string} key @param {unknown} value */
function show(key, value) {
  const stroke = strokeOf(value);
  if (stroke) {
    easel.finish(key, stroke);
  } else {
    easel.remove(key);
  }
  showSummarySoon();
}

/** Start from what the room has now, in its order: strokes that we saw may be undone, and others may be missing. */
function showAll() {
  easel.clear((key) => key === current || unconfirmed.has(key));
  for (const [key, value] of room.state) {
    if (key.startsWith(STROKE)) {
      show(key, value);
    }
  }
  showSummarySoon();
  setTimeout(dropUnheard, 0);
}

/** Where nothing of ours is under way, what has not come back never will: it was skipped, refused or lost. */
function dropUnheard() {
  if (room.unacknowledged === 0) {
    for (const key of unconfirmed) {
      easel.live.delete(key);
    }
    unconfirmed.clear();
    easel.show();
  } else if (unconfirmed.size > 0) {
    setTimeout(dropUnheard, TELL_EVERY);
  }
}

// ---------------------------------------------------------------- what we draw

let told = 0; // how many of its points have been sent
let toldAt = 0;

pen.listen(byId("stage"), {
  moved(points) {
    current ||= `${STROKE}${newKey()}`;
    easel.drawing(current, strokeWith(points));
    if (performance.now() - toldAt >= TELL_EVERY && !room.closed) {
      const { colour, width } = chosen;
      room.send("draw", current, colour, width, packed(points.slice(Math.max(0, told - 1))));
      told = points.length;
      toldAt = performance.now();
    }
  },
  lifted(points) {
    const [key, stroke] = [current, strokeWith(points)];
    current = "";
    told = 0;
    if (!room.closed) {
      put(key, stateOf(stroke));
    }
  },
  hovers(cursor) {
    easel.cursor = cursor;
    easel.show();
  },
  tell: (sentence) => news.say("pen", sentence),
});

/** @param {Point[]} points @returns {Stroke} */
function strokeWith(points) {
  // Packed and unpacked, so that it does not move by rounding when it comes back.
  return { by: room.me.id, colour: chosen.colour, width: chosen.width, points: unpacked(packed(points)) };
}

/** Put something on the board, for everyone. @param {string} key @param {object} value */
function put(key, value) {
  unconfirmed.add(key);
  room.state.set(key, value);
}

room.on("error", (/** @type {Refused} */ error) => {
  if (error.code === "unanswered") {
    setTimeout(dropUnheard, 0);
  } else if (error.code === "state-full") {
    const [key = ""] = unconfirmed; // entries come back in the order of sending
    unconfirmed.delete(key);
    easel.remove(key);
    if (key.startsWith(STROKE)) {
      room.send("draw", key, 0, 1, ""); // those who saw it being drawn remove it as well
    }
    pictures.refused(key);
    const clear = element("button", { type: "button" }, "Clear the board");
    clear.addEventListener("click", () => byId("clear").click());
    warn("The board is full, and what you did last did not fit. Undo some, or clear the board to go on.", clear);
  }
});

// ---------------------------------------------------------------- undo, clear

/** @type {Set<string>} */
const undone = new Set(); // keys whose removal we have asked for; another undo removes the one before
for (const event of ["skipped", "lost"]) {
  room.on(event, () => undone.clear()); // it may have been lost
}

byId("undo").addEventListener("click", () => {
  const mine = [...easel.finished].filter(([key, stroke]) => stroke.by === room.me.id && !undone.has(key));
  const last = mine[mine.length - 1];
  if (last && !room.closed) {
    undone.add(last[0]);
    room.state.delete(last[0]);
    news.say("undo", "Your last stroke is undone.");
  }
});
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLInputElement;
  if (event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !typing) {
    event.preventDefault();
    byId("undo").click();
  }
});

const sure = /** @type {HTMLDialogElement} */ (byId("sure"));
byId("clear").addEventListener("click", () => {
  sure.returnValue = "";
  sure.showModal();
});
sure.addEventListener("close", () => {
  if (sure.returnValue === "clear" && !room.closed) {
    const keys = room.state.keys().filter((key) => key.startsWith(STROKE) || key.startsWith(mailing.PICTURE));
    for (let first = 0; first < keys.length; first += CLEARED_AT_ONCE) {
      room.state.set(Object.fromEntries(keys.slice(first, first + CLEARED_AT_ONCE).map((key) => [key, null])));
    }
  }
});

// ---------------------------------------------------------------- in words

for (const [event, what] of Object.entries({ join: "is here", leave: "has left", away: "is away", back: "is back" })) {
  room.on(event, (/** @type {Player} */ player) => {
    showPeople();
    if (player !== room.me) {
      news.say(player.id, `${player.name} ${what}.`);
    }
  });
}

function showPeople() {
  byId("people").replaceChildren(
    ...Array.from(room.players, (player) => {
      const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
      swatch.style.backgroundColor = colourOf(player.id);
      const what = player === room.me ? " (you)" : player.here ? "" : " (away)";
      return element(
        "li",
        player.here ? {} : { class: "away" },
        swatch,
        element("span", { class: "wrap" }, player.name + what),
      );
    }),
  );
}

/** @param {string} id */
function nameOf(id) {
  return id === room.me.id ? "you" : (room.players.get(id)?.name ?? id);
}

function showSummarySoon() {
  summing ||= setTimeout(showSummary, 0); // once for all changes of this turn
}

function showSummary() {
  summing = 0;
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { by } of easel.finished.values()) {
    counts.set(by, (counts.get(by) ?? 0) + 1);
  }
  const total = easel.finished.size;
  const strokes = total === 1 ? "1 stroke" : `${total} strokes`;
  const who = [...counts].sort((a, b) => b[1] - a[1]).map(([by, count]) => `${count} by ${nameOf(by)}`);
  const also = pictures.size === 0 ? "" : `; ${pictures.size === 1 ? "1 picture" : `${pictures.size} pictures`}`;
  byId("no-pictures").hidden = pictures.size > 0;
  byId("summary").textContent =
    total + pictures.size === 0
      ? "The board is empty. Draw with a finger, the mouse, or the arrow keys and Space."
      : `On the board: ${strokes}${who.length ? ` (${who.join(", ")})` : ""}${also}.`;
}

const stage = byId("stage");
mailing.listen(stage, (file, middle) => pictures.mail(file, middle));
byId("moving").addEventListener("click", () => {
  const moving = stage.classList.toggle("moving");
  byId("moving").setAttribute("aria-pressed", String(moving));
});

showAll();
showSummary();
