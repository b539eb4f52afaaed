import { join } from "/roomcast.js";
import { lendHand } from "./hand.js";

const [door, board] = ["door", "board"].map((id) => document.getElementById(id));
const shown = new Map(); // what is on the board, by name, such as "cursor Ada"

door.elements.who.value = sessionStorage.getItem("who") ?? "";
door.addEventListener("submit", (event) => {
  event.preventDefault(); // stay on this page
  door.hidden = true;
  play(door.elements.who.value);
});
door.hidden = false; // now that its button is heard

const make = (tag, settings) => Object.assign(document.createElement(tag), settings);

function show(what, className, place, ...contents) {
  if (!shown.has(what)) shown.set(what, board.appendChild(make("div", { className })));
  const thing = shown.get(what);
  if (!thing.hasChildNodes()) thing.append(...contents);
  const [x, y] = Array.isArray(place) ? place : [0.5, 0.5]; // shares of the board's width and height, on every screen
  thing.style.setProperty("--x", Math.max(0, Math.min(1, x)));
  thing.style.setProperty("--y", Math.max(0, Math.min(1, y)));
  return thing;
}

function hide(what) {
  shown.get(what)?.remove();
  shown.delete(what);
}

async function play(name) {
  sessionStorage.setItem("who", name);
  const room = await join("cursors", { name, keep: sessionStorage, batch: "frame" });

  function cursor(player) {
    if (!player.state.has("at")) return;
    const label = make("span", { textContent: player.name }); // as text, never as HTML
    const arrow = show(`cursor ${player.id}`, "cursor", player.state.get("at"), label);
    arrow.style.setProperty("--hue", [...player.id].reduce((sum, letter) => sum + 47 * letter.codePointAt(0), 0) % 360);
    arrow.classList.toggle("away", !player.here);
  }

  function note(key) {
    const { text, place } = room.state.get(key) ?? {};
    if (!key.startsWith("note ")) return;
    if (typeof text !== "string") return hide(key);
    const cross = make("button", { textContent: "✕", ariaLabel: `Take down: ${text}` });
    cross.addEventListener("click", () => room.state.delete(key));
    show(key, "note", place, make("button", { textContent: text }), cross).dataset.key = key;
  }

  function all() {
    [...shown.keys()].forEach(hide);
    [...room.players].forEach(cursor);
    [...room.state.keys()].forEach(note);
  }

  for (const event of ["away", "back"]) room.on(event, cursor);
  for (const event of ["skipped", "lost"]) room.on(event, all);
  room.on("leave", (player) => hide(`cursor ${player.id}`));
  room.on("set", (player, patch) => ("at" in patch ? cursor(player) : Object.keys(patch).forEach(note)));
  all();
  board.hidden = false;
  lendHand(room, board);
}
