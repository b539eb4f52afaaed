// Joins a room: which one, and under which name. Keeps the head of the page up to date while the user is in the room.

import { join } from "../../js/roomcast.js";

import { byId, element } from "./elements.js";
import { roomOf } from "./room_list.js";
import { knownName, rememberName, tabMemory } from "./browser_storage.js";

/** @typedef {import("../../js/roomcast.js").Room} Room */

const COMMANDS = ["move", "draw", "picture", "want"]; // of all our pages: they may be in one room
const PAUSE = 6000; // milliseconds for which "back again" is shown

/**
 * The room that the page's address names: /dots/ROOM, or /dots?room=ROOM.
 *
 * @param {string} usual where it names none
 */
export function roomOfPage(usual) {
  const last = location.pathname.split("/")[2] ?? "";
  const wanted = last || new URLSearchParams(location.search).get("room") || "";
  try {
    return decodeURIComponent(wanted) || usual;
  } catch {
    return wanted; // a literal %
  }
}

/**
 * Let the links to the other pages lead into the same room, and the page's address name it, so that it can be handed on.
 *
 * @param {string} room
 */
export function keepRoom(room) {
  const [, page, named] = location.pathname.split("/");
  const isOurs = document.querySelector(`a[data-page="${CSS.escape(page)}"][aria-current]`) !== null;
  if (isOurs && !named && !/^\.{1,2}$/.test(room)) {
    const search = new URLSearchParams(location.search);
    search.delete("room");
    history.replaceState(null, "", `/${page}/${encodeURIComponent(room)}${search.size ? `?${search}` : ""}${location.hash}`);
  }
  for (const link of document.querySelectorAll("a[data-page]")) {
    /** @type {HTMLAnchorElement} */ (link).href = `/${link.getAttribute("data-page")}/${encodeURIComponent(room)}`;
  }
}

/**
 * Ask for a name where none is known, and join. Then show the page's content, and keep its head up to date.
 *
 * @param {string} usual the room, where the address names none
 * @returns {Promise<Room>}
 */
export async function enter(usual) {
  const wanted = roomOfPage(usual);
  byId("room-name").textContent = wanted;
  document.title = `${wanted} – ${document.title}`;
  const name = knownName() || (await askName(wanted));
  say("joining …", "");
  try {
    const place = `${location.origin}/${encodeURIComponent(wanted)}`;
    const room = await join(place, { name, batch: "frame", keep: tabMemory(), ...badNetwork() });
    byId("room-name").textContent = room.name; // the address may have the room's code
    keepRoom(room.name);
    byId("entrance").hidden = true;
    byId("inside").hidden = false;
    COMMANDS.forEach((command) => room.on(command, () => {}));
    keepHead(room);
    keepInvitation(room);
    if (room.near.length > 0) {
      warn(`You are the first in “${room.name}”. Other rooms here: ${room.near.join(", ")}. One of them may be meant.`);
    }
    return room;
  } catch (problem) {
    say("not joined", "off");
    const { sentence, message } = /** @type {import("../../js/errors.js").RoomcastError} */ (problem);
    stop(sentence || message); // without the link: it is for programmers
    throw problem;
  }
}

/** What the page's address asks for, to try the page on a bad network: /dots?lag=80ms */
function badNetwork() {
  const asked = new URLSearchParams(location.search);
  return Object.fromEntries(["lag", "jitter", "drop"].map((name) => [name, asked.get(name) ?? ""]));
}

/** @param {string} wanted @returns {Promise<string>} */
function askName(wanted) {
  const form = byId("entrance");
  const field = /** @type {HTMLInputElement} */ (byId("name"));
  form.hidden = false;
  field.focus();
  showWhoIsInside(wanted);
  return new Promise((resolve) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = field.value.trim();
      if (name) {
        rememberName(name);
        resolve(name);
      }
    });
  });
}

/** Show who is in the room already, above the question for a name. @param {string} wanted */
async function showWhoIsInside(wanted) {
  const { rooms } = await (await fetch("/rooms.json")).json();
  const room = roomOf(rooms, wanted);
  const players = room?.players ?? [];
  const names = players.slice(0, 8).map((player) => player.name);
  const more = players.length - names.length;
  const words = names.join(", ") + (more > 0 ? ` and ${more} more` : "");
  byId("room-name").textContent = room?.name ?? wanted;
  byId("inside-now").textContent = words ? `Inside now: ${words}.` : "Nobody is inside yet.";
}

/** @param {Room} room */
function keepHead(room) {
  let timer = 0;
  const connected = () => say(`connected as ${room.me.name}`, "on");
  /** @param {string} words */
  const back = (words) => {
    say(words, "on");
    clearTimeout(timer);
    timer = setTimeout(connected, PAUSE);
  };
  connected();
  room.on("offline", () => {
    clearTimeout(timer);
    say("offline; trying again …", "off");
  });
  room.on("resumed", (/** @type {number} */ missed) =>
    back(`back: ${missed === 1 ? "1 entry" : `${missed} entries`} caught up`),
  );
  room.on("skipped", () => back("back: much has happened, and here is the room as it is now"));
  room.on("lost", () => back("back: but what you did last may be lost"));
  room.on("error", (/** @type {import("../../js/roomcast.js").Refused} */ error) => {
    if (error.code !== "state-full" && error.code !== "incomplete") {
      warn(error.sentence); // the pages show those two in a better way
    }
  });
  room.on("closed", (/** @type {string} */ why) => {
    clearTimeout(timer);
    say("the room is closed", "off");
    stop(why);
  });
  byId("rename").addEventListener("click", () => {
    rememberName("");
    room.leave();
    location.reload();
  });
}

/** @param {Room} room */
function keepInvitation(room) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("invitation"));
  byId("invite").hidden = false;
  byId("invite").addEventListener("click", async () => {
    const path = location.pathname + location.search;
    /** @type {HTMLImageElement} */ (byId("qr")).src = `/qr.svg?path=${encodeURIComponent(path)}`;
    dialog.showModal();
    byId("code").textContent = room.code ? `Its code is ${room.code}.` : "";
    const { address } = await (await fetch("/rooms.json")).json();
    byId("address").textContent = address + path;
  });
}

/**
 * @param {string} words
 * @param {"on" | "off" | ""} how
 */
function say(words, how) {
  byId("status").textContent = words;
  byId("status").className = `status ${how}`;
}

/**
 * Show that something was refused; the room goes on.
 *
 * @param {string} message
 * @param {...HTMLElement} offers buttons that may help
 */
export function warn(message, ...offers) {
  const close = element("button", { type: "button", class: "quiet" }, "All right");
  for (const button of [...offers, close]) {
    button.addEventListener("click", () => (byId("notice").hidden = true));
  }
  notice(message, ...offers, close);
}

/** @param {string} message */
function stop(message) {
  const again = element("button", { type: "button" }, "Join again");
  again.addEventListener("click", () => location.reload());
  notice(message, again);
}

/**
 * @param {string} message
 * @param {...HTMLElement} buttons
 */
function notice(message, ...buttons) {
  const sentence = message.charAt(0).toUpperCase() + message.slice(1) + (/[.!?]$/.test(message) ? "" : ".");
  const row = element("div", { class: "row" }, ...buttons);
  byId("notice").replaceChildren(element("div", { class: "row apart" }, element("p", { class: "wrap" }, sentence), row));
  byId("notice").hidden = false;
}
