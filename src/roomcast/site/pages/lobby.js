// The page /, the lobby: who is in which room, and how to join.

import { byId, element } from "./elements.js";
import { addressAt, called, described, isOfKind, roomOf, roomOfKind } from "./room_list.js";
import { knownName, rememberName } from "./browser_storage.js";

const EVERY = 2000; // milliseconds between two requests, while the page is visible

/** @typedef {import("./room_list.js").Listed} Room */
/** @typedef {import("./room_list.js").KindPage} KindPage */

/** @type {Room[]} */
let rooms = [];
/** @type {KindPage[]} */
let pages = []; // of rooms with rules
let more = 0; // rooms that are not listed
let shown = ""; // the answer that is shown, as text

const form = /** @type {HTMLFormElement} */ (byId("join"));
const name = /** @type {HTMLInputElement} */ (byId("name"));
const room = /** @type {HTMLInputElement} */ (byId("room"));

name.value = knownName();
name.addEventListener("change", () => rememberName(name.value.trim()));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  rememberName(name.value.trim());
  const typed = room.value.trim();
  const wanted = roomOf(rooms, typed)?.name ?? typed;
  const problem = wanted.includes("/") ? "A room’s name holds no “/”." : "";
  byId("join-error").textContent = problem;
  byId("join-error").hidden = problem === "";
  const page = /** @type {HTMLButtonElement | null} */ (event.submitter)?.value ?? "/dots";
  if (!problem) location.assign(addressOf(page, wanted));
});

/**
 * The address of a room. One with rules is played at its maker's page, whatever button was pressed.
 *
 * @param {string} page of the button
 * @param {string} wanted the room; "": none was named
 */
function addressOf(page, wanted) {
  const pressed = pages.find((one) => one.page === page);
  const meant = pages.find(({ kind }) => isOfKind(kind, wanted)) ?? pressed;
  if (meant) return addressAt(meant.page, roomOfKind(meant.kind, wanted));
  return wanted === "" ? page : `${page}/${encodeURIComponent(wanted)}`;
}

async function look() {
  try {
    const answer = await fetch("/rooms.json", { signal: AbortSignal.timeout(10_000) });
    const text = await answer.text();
    if (text !== shown) {
      const found = /** @type {{address: string, rooms: Room[], more?: number, pages?: KindPage[], only?: boolean}} */ (JSON.parse(text));
      rooms = found.rooms;
      more = found.more ?? 0;
      pages = found.pages ?? [];
      showPages(found.only ?? false);
      showRooms();
      showAddress(found.address);
      shown = text;
    }
    showState();
  } catch {
    byId("state").textContent = "the server does not answer; trying again";
    byId("state").className = "status off";
  }
}

/**
 * A button for each kind of room that has a page of its own, before those of our pages.
 *
 * @param {boolean} only there are no rooms but those with rules, so that nothing could be played at our pages
 */
function showPages(only) {
  const [ours, ...drawn] = document.querySelectorAll("#join button:not([data-kind])");
  const known = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#join button[data-kind]"))].map((one) => one.dataset.kind);
  if (pages.map(({ kind }) => kind).join("\n") === known.join("\n")) return;
  const buttons = pages.map(({ kind, page }) => element("button", { type: "submit", value: page, "data-kind": kind }, `Play ${kind}`));
  ours.parentElement?.replaceChildren(...buttons, ours, ...drawn);
  ours.classList.toggle("quiet", pages.length > 0);
  [ours, ...drawn].forEach((button) => button.toggleAttribute("hidden", only && pages.length > 0));
  room.placeholder = pages[0]?.kind ?? "dots";
}

function showState() {
  const people = rooms.reduce((sum, one) => sum + one.players.length, 0);
  const shownRooms = more === 0 ? "" : `, of which the ${rooms.length} busiest are shown`;
  const said = `${count(rooms.length + more, "room")}${shownRooms}, ${people === 1 ? "1 person" : `${people} people`}`;
  if (byId("state").textContent !== said) byId("state").textContent = said;
  byId("state").className = "status on";
}

function showRooms() {
  const cards = rooms.map(card);
  const empty = element("li", { class: "card pale" }, "Nobody is here yet. Be the first: join a room above.");
  byId("rooms").replaceChildren(...(cards.length ? cards : [empty]));
  byId("names").replaceChildren(...rooms.map((one) => element("option", { value: one.name })));
}

/** @param {Room} one */
function card(one) {
  const path = encodeURIComponent(one.name);
  const people = one.players.map((player) =>
    element("li", { class: player.here ? "person" : "person away" }, called(player, one.players), player.here ? "" : " (away)"),
  );
  const title = element("h3", { class: "wrap" }, one.name);
  const code = element("span", { class: "pale" }, "code ", element("b", {}, one.code));
  return element(
    "li",
    { class: "card" },
    element("div", { class: "row apart" }, title, code),
    ...(described(one) ? [element("p", { class: "pale small" }, described(one))] : []),
    element("ul", { class: "people", "aria-label": `In the room ${one.name}` }, ...people),
    element("div", { class: "row" }, ...ways(one), way(`/watch/${path}`, "Watch", one)),
  );
}

/** Where a room is played. One with rules only at the page that its maker has given it, if it has one. @param {Room} one */
function ways(one) {
  const path = encodeURIComponent(one.name);
  if (one.rules) return one.page ? [way(addressAt(one.page, one.name), "Play", one)] : [];
  return [way(`/dots/${path}`, "Dots", one), way(`/board/${path}`, "Board", one)];
}

/**
 * @param {string} href
 * @param {string} word
 * @param {Room} one
 */
function way(href, word, one) {
  const where = element("span", { class: "only-read" }, ` in the room ${one.name}`);
  return element("a", { class: "button quiet", href }, word, where);
}

/** @param {string} address */
function showAddress(address) {
  const { host, hostname, port } = new URL(address);
  const here = /^(localhost|127\.|\[::1\])/.test(hostname);
  const typed = port === "" ? address : host; // without a port, Python would use the default one
  if (here) byId("bring").textContent = "This server can only be reached from this computer: it was started so, or is on no network.";
  byId("qr").hidden = here;
  byId("address").textContent = typed;
  byId("python").textContent = `import roomcast\nroom = roomcast.join("${typed}/${pages[0]?.kind ?? "dots"}", name="Ada")`;
}

/**
 * @param {number} number
 * @param {string} what
 */
function count(number, what) {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

async function keepLooking() {
  for (;;) {
    if (!document.hidden) await look();
    await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
}

document.addEventListener("visibilitychange", () => document.hidden || look());
keepLooking();
