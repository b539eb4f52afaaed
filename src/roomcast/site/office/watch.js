// The page /watch, the post office: observes a room, and shows its commands as letters. This file connects the parts.

import { Announcer } from "../pages/announcer.js";
import { byId } from "../pages/elements.js";
import { keepRoom, roomOfPage } from "../pages/entrance.js";
import { AdminForm } from "./admin_form.js";
import { EntryList } from "./entry_list.js";
import { ObserverConnection } from "./observer_connection.js";
import { inspect, inspectLine } from "./inspection.js";
import { ObservedRoom } from "./observed_room.js";
import { lasts, Letter, Mail } from "./letters.js";
import { Lesson } from "./lesson.js";
import { Stage } from "./stage.js";
import { plotLatencies, plotRates, Traffic } from "./traffic.js";
import { duration, wholeWay } from "./words.js";

/** @typedef {import("../../js/messages.js").Passage} Passage */

const LONGEST_FRAME = 0.1; // seconds that pass at most per frame, so that nothing jumps after the page was hidden

const room = roomOfPage("dots");
const observed = new ObservedRoom();
const mail = new Mail();
const traffic = new Traffic();
const news = new Announcer(byId("news"));
const lesson = new Lesson(observed.nameOf);
const stage = new Stage(/** @type {HTMLCanvasElement} */ (byId("town")), mail, choose);
const entries = new EntryList(observed, (line) => (line.passage ? choose(new Letter(line.passage)) : chooseLine(line)));
const connection = new ObserverConnection(room, hear, showState);
const admin = new AdminForm(connection);
/** @type {Passage | null} */
let onTable = null;
/** @type {import("./observed_room.js").Line | null} */
let untraced = null; // what lies there, where there is no trace of it
let [letters, shownBefore] = [0, 0]; // letters of the last seconds, and how many had been shown before
let observers = 1; // of this room, as the server counts them
let every = 1; // sampling interval: the server traces one letter in `every`

// ---------------------------------------------------------------------- messages of the server

/** @param {import("../../js/messages.js").ObserverMessage} message */
function hear(message) {
  switch (message.t) {
    case "watching":
      showRoom(message.room); // the address may have the room's code
      observed.begin(message);
      mail.clear();
      stage.stamp(message.s);
      admin.allow(observed.admin);
      settle();
      showState("live", "");
      break;
    case "passage":
      if (observed.follow(message)) settle();
      traffic.measure(message);
      stage.stamp(message.s);
      mail.add(new Letter(message));
      if (untraced?.passage === message) lay(new Letter(message)); // its trace has come
      if (mail.paused) showSummary();
      break;
    case "counts":
      traffic.count(message);
      every = message.every ?? 1;
      observers = message.observers ?? 1;
      observed.total += message.do + message.set;
      showCounts(message);
      break;
    case "hidden":
      observed.enter(message);
      stage.stamp(message.s);
      if (!observed.admin) mail.add(new Letter(sealed(message.s), true));
      break;
    case "error":
      if (message.code === "bad-token") admin.refuse(message.message);
      else warn(message.message);
      break;
    case "bye":
    case "pong":
      break;
    default:
      if (observed.enter(message)) {
        settle();
        if (message.t === "join" || message.t === "leave") {
          news.say(message.by, `${observed.nameOf(message.by)} ${message.t === "join" ? "comes in" : "leaves"}.`);
        }
      }
  }
}

/** A trace for a private letter, of which nothing but the number is known. @param {number} s @returns {Passage} */
function sealed(s) {
  return { t: "passage", s, by: "", at: 0, c: "", came: "", size: 0, went: "", length: 0, waited: 0 };
}

function settle() {
  const residents = [...observed.residents.values()];
  stage.settle(residents);
  entries.settle(residents);
  admin.settle(residents);
  byId("empty").hidden = residents.length > 0;
}

// ---------------------------------------------------------------------- status and counts

/** @param {string} name */
function showRoom(name) {
  byId("room-name").textContent = name;
  document.title = `${name} – Post office – Roomcast`;
  keepRoom(name);
}

/** @type {Record<string, [words: string, how: string]>} */
const STATES = {
  connecting: ["connecting …", ""],
  live: ["live", "on"],
  lost: ["no connection; trying again …", "off"],
  over: ["not watching", "off"],
};

/** @param {"connecting" | "live" | "lost" | "over"} state @param {string} why */
function showState(state, why) {
  const [words, how] = STATES[state];
  byId("status").textContent = words;
  byId("status").className = `status ${how}`;
  if (state === "over") warn(why);
}

/** @param {string} message */
function warn(message) {
  byId("notice").textContent = `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? "" : "."}`;
  byId("notice").hidden = false;
}

/** @param {import("../../js/messages.js").Counts} counts */
function showCounts(counts) {
  letters += counts.do;
  const shown = mail.shown - shownBefore;
  const { rate, latency } = traffic;
  byId("shown").textContent = shownWords(shown, letters);
  letters *= 0.7; // earlier seconds count less and less
  shownBefore = mail.shown - shown * 0.7;
  byId("rate").textContent = rate.toLocaleString("en", { maximumFractionDigits: rate < 10 ? 1 : 0 });
  byId("latency").textContent = latency.half === null ? "–" : duration(latency.half);
  byId("rate-words").textContent = rateWords();
  byId("latency-words").textContent = latencyWords(latency);
  showSummary();
  plotRates(/** @type {HTMLCanvasElement} */ (byId("rate-plot")), traffic.seconds);
  plotLatencies(/** @type {HTMLCanvasElement} */ (byId("latency-plot")), traffic.seconds);
}

/** @param {number} shown @param {number} all */
function shownWords(shown, all) {
  if (mail.paused) return "Paused: the room goes on, the stage waits.";
  if (all - shown < 2 || shown >= all * 0.9) return "Showing every letter."; // one or two may be about to arrive
  if (shown < 0.5) return "Showing no letter: the stage is full.";
  return all < shown * 1.5 ? "Showing most letters." : `Showing 1 of ${Math.round(all / shown).toLocaleString("en")} letters.`;
}

function rateWords() {
  const most = Math.max(0, ...traffic.seconds.map((second) => second.letters));
  const all = traffic.letters;
  return all ? `${all.toLocaleString("en")} in the last minute, at most ${Math.round(most).toLocaleString("en")} in a second.` : "None in the last minute.";
}

/** @param {{half: number | null, most: number | null}} latency */
function latencyWords({ half, most }) {
  if (half === null || most === null) return "From the post office until done at a house, as far as the houses report.";
  const sample = every > 1 ? ` Measured at 1 of ${every} letters.` : "";
  return `Half took at most ${duration(half)}, 99 of 100 at most ${duration(most)}: from the post office until done at a house, its report included.${sample}`;
}

function showSummary() {
  const players = observed.residents.size;
  const here = players === 1 ? "1 player is here" : `${players} players are here`;
  const watched = observers === 1 ? "Only you watch." : `${observers} people watch.`;
  byId("summary").textContent = players === 0 ? "Nobody is here." : `${here}, ${mail.paused ? heldBackWords() : flowWords()}. ${watched}`;
}

function heldBackWords() {
  if (mail.heldBack === 0) return "the stage is paused, and no letter is on it";
  return mail.heldBack === 1 ? "1 letter waits for Step" : `${mail.heldBack} letters wait for Step`;
}

function flowWords() {
  const { rate, latency } = traffic;
  const much = rate < 0.05 ? "no letters at the moment" : `${byId("rate").textContent} letters a second`;
  return latency.half === null ? much : `${much}, most of them done within ${duration(latency.half)}`;
}

function showTruth() {
  const real = mail.told ? wholeWay(mail.told.passage) : 0;
  const here = lasts(mail.speed);
  byId("truth").textContent = real
    ? `In real life this letter took ${duration(real)}, as far as it was measured. Here it takes ${here.toFixed(here < 10 ? 1 : 0)} seconds, ${Math.round((here * 1000) / real).toLocaleString("en")} times as long.`
    : "In real life all six together take a few thousandths of a second. Here they are stretched, so that you can see them.";
}

// ---------------------------------------------------------------------- choosing a letter

/** @param {Letter} letter */
function choose(letter) {
  lay(letter);
  showTable();
}

/** Lay a letter on the table. @param {Letter} letter */
function lay(letter) {
  if (mail.letters.includes(letter)) mail.pinned = letter;
  onTable = letter.passage;
  untraced = null;
  inspect(letter.passage, observed.nameOf);
  byId("again").hidden = false;
}

/** Lay there what is known of an entry that was not followed. @param {import("./observed_room.js").Line} line */
function chooseLine(line) {
  onTable = null;
  untraced = line;
  inspectLine(line, observed.nameOf);
  byId("again").hidden = true;
  showTable();
}

function showTable() {
  byId("letter-title").focus({ preventScroll: true });
  byId("letter").scrollIntoView({ block: "nearest", behavior: "smooth" });
}

byId("again").addEventListener("click", () => {
  if (!onTable) return;
  setSpeed(Math.min(mail.speed, 0.5));
  if (mail.paused) pause();
  mail.replay(onTable);
  byId("stage").scrollIntoView({ block: "center", behavior: "smooth" });
});
byId("put-away").addEventListener("click", () => {
  onTable = untraced = null;
  byId("letter").hidden = true;
  byId("pause").focus({ preventScroll: true });
});

// ---------------------------------------------------------------------- controls and motion

function pause() {
  mail.toggle();
  showPaused();
}

function showPaused() {
  byId("pause").setAttribute("aria-pressed", String(mail.paused));
  byId("pause").textContent = mail.paused ? "Go on" : "Pause";
  showSummary();
}

/** @param {number} speed */
function setSpeed(speed) {
  mail.speed = speed;
  for (const choice of document.querySelectorAll('input[name="speed"]')) {
    const input = /** @type {HTMLInputElement} */ (choice);
    input.checked = Number(input.value) === speed;
  }
}

byId("pause").addEventListener("click", pause);
byId("step").addEventListener("click", () => {
  const letter = mail.step();
  showPaused();
  if (letter) {
    news.say("step", lesson.words(letter));
  } else {
    byId("whose").textContent = "There is no letter to step: when a player acts, one appears.";
  }
});
for (const choice of document.querySelectorAll('input[name="speed"]')) {
  choice.addEventListener("change", () => setSpeed(Number(/** @type {HTMLInputElement} */ (choice).value)));
}

let before = performance.now();
/** @type {Passage | null} */
let toldBefore = null;
let speedBefore = 0;

/** @param {number} now */
function frame(now) {
  const moved = mail.tick(Math.min(LONGEST_FRAME, (now - before) / 1000));
  before = now;
  stage.draw(moved);
  lesson.tell(mail.told);
  const told = mail.told?.passage ?? null;
  if (told !== toldBefore || mail.speed !== speedBefore) showTruth();
  [toldBefore, speedBefore] = [told, mail.speed];
  requestAnimationFrame(frame);
}

// ---------------------------------------------------------------------- start

showRoom(room);
connection.connect();
requestAnimationFrame(frame);
