// The page /watch, the post office: observes a room, and shows its commands as letters, now or at an earlier time. This file
// connects the parts.

import { Announcer } from "../pages/announcer.js";
import { byId } from "../pages/elements.js";
import { keepRoom, roomOfPage } from "../pages/entrance.js";
import { AdminForm } from "./admin_form.js";
import { EntryList } from "./entry_list.js";
import { Figures } from "./figures.js";
import { ObserverConnection } from "./observer_connection.js";
import { ObservedRoom } from "./observed_room.js";
import { LetterTable } from "./letter_table.js";
import { Letter, Mail } from "./letters.js";
import { Lesson } from "./lesson.js";
import { LookingBack } from "./looking_back.js";
import { PastLines } from "./past_lines.js";
import { PastScene, sealed } from "./past_scene.js";
import { Stage } from "./stage.js";
import { StateCard } from "./state_card.js";
import { Timeline } from "./timeline.js";
import { isTraced, untraced } from "./words.js";

const LONGEST_FRAME = 0.1; // seconds that pass at most per frame, so that nothing jumps after the page was hidden
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

const room = roomOfPage("dots");
const observed = new ObservedRoom();
const mail = new Mail();
const figures = new Figures(observed, mail);
const news = new Announcer(byId("news"));
const lesson = new Lesson(observed.nameOf);
const stage = new Stage(/** @type {HTMLCanvasElement} */ (byId("town")), mail, choose);
const table = new LetterTable(observed.nameOf, { again, then });
const entries = new EntryList(observed, (line) => chooseLine(line));
const connection = new ObserverConnection(room, hear, showState);
const admin = new AdminForm(connection);

const looking = new LookingBack((after, at) => connection.askForHistory(after, at), {
  jump: () => moved("arrives"),
  pass: (entry) => {
    scene.send(entry);
    moved("");
  },
  change: () => moved(""),
});
const scene = new PastScene(looking, observed, mail, stage);
const past = new PastLines(observed, looking);
const states = new StateCard(observed.nameOf);
const timeline = new Timeline(looking, (seq) => past.lineAt(seq), observed.nameOf, (place) => news.say("place", `${place}.`));

/** @type {"connecting" | "live" | "lost" | "over"} */
let state = "connecting";
let newest = 0; // the last number that was stamped
let isLive = true; // what is on the page
let isMoved = true; // the next frame shows another place, …
let arrives = false; // … to which somebody has jumped

// ---------------------------------------------------------------------- messages of the server

/** @param {import("../../js/messages.js").ObserverMessage} message */
function hear(message) {
  switch (message.t) {
    case "watching":
      showRoom(message.room); // the address may have the room's code
      observed.begin(message);
      admin.allow(observed.admin);
      if (looking.live) mail.clear();
      stamp(message.s);
      settle();
      looking.connected(message.first ?? 0, message.s);
      showState("live", "");
      break;
    case "passage":
      if (observed.follow(message)) settle();
      figures.traffic.measure(message);
      send(new Letter(message));
      table.traced(message);
      if (mail.paused) figures.showSummary();
      break;
    case "counts":
      observed.total += message.do + message.set;
      figures.count(message);
      looking.known(message.first ?? 0, message.s);
      break;
    case "history":
      if (looking.receive(message)) past.add(message);
      break;
    case "hidden":
      observed.enter(message);
      looking.happened(message.s);
      stamp(message.s);
      if (!observed.admin || observed.replay) send(sealed(message.s));
      break;
    case "error":
      if (message.code === "bad-token") admin.refuse(message.message);
      else warn(message.message);
      break;
    case "bye":
    case "pong":
      break;
    default:
      looking.happened(message.s);
      if (observed.enter(message)) {
        settle();
        if (message.t === "join" || message.t === "leave") {
          news.say(message.by, `${observed.nameOf(message.by)} ${message.t === "join" ? "comes in" : "leaves"}.`);
        }
      }
      if (observed.replay && message.t === "do") {
        const here = [...observed.residents.values()].filter((one) => one.here).map((one) => one.id);
        send(new Letter(untraced(message, here)));
      }
  }
}

/** A letter of now: to be seen unless somebody looks back. @param {Letter} letter */
function send(letter) {
  stamp(letter.passage.s);
  if (looking.live) mail.add(letter);
}

/** @param {number} seq */
function stamp(seq) {
  newest = seq;
  if (looking.live) stage.stamp(seq);
}

function settle() {
  const residents = [...observed.residents.values()];
  if (looking.live) stage.settle(residents);
  entries.settle(residents);
  admin.settle(residents);
  byId("empty").hidden = residents.length > 0 || !looking.live;
}

// ---------------------------------------------------------------------- looking back

/** The next frame shows another place. @param {"arrives" | ""} how arrives: its letter is shown */
function moved(how) {
  isMoved = true;
  arrives ||= how === "arrives";
}

function showPlace() {
  if (!isMoved) return;
  if (isLive !== looking.live) turn();
  timeline.show();
  if (!looking.isThere) return;
  if (arrives) scene.arrive();
  else scene.draw();
  states.show(looking.state, looking.entry);
  past.changed += 1;
  const { at } = looking;
  byId("state-title").textContent = `Shared state at № ${at.toLocaleString("en")}`;
  byId("entries-title").textContent = `Everything that happened up to № ${at.toLocaleString("en")}`;
  figures.lookBack(looking.state.players.size, at);
}

/** From now to the past, or back. */
function turn() {
  isLive = looking.live;
  byId("state").hidden = isLive;
  if (isLive) {
    if (arrives) mail.clear(); // else the letter of the newest entry is still on its way
    figures.lookBack(null, 0);
    byId("entries-title").textContent = "Everything that happens";
    entries.turnTo(observed);
    stage.stamp(newest);
  } else {
    scene.begin();
    entries.turnTo(past);
  }
  settle();
  showState(state, "");
}

// ---------------------------------------------------------------------- status

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

/** @param {"connecting" | "live" | "lost" | "over"} now @param {string} why */
function showState(now, why) {
  state = now;
  const [words, how] = now === "live" && !looking.live ? ["looking back", ""] : STATES[now];
  byId("status").textContent = words;
  byId("status").className = `status ${how}`;
  if (why) warn(why);
}

/** @param {string} message */
function warn(message) {
  byId("notice").textContent = `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? "" : "."}`;
  byId("notice").hidden = false;
}

// ---------------------------------------------------------------------- choosing a letter

/** @param {Letter} letter */
function choose(letter) {
  const { passage } = letter;
  if (mail.letters.includes(letter)) mail.pinned = letter;
  const line = past.lineAt(passage.s) ?? observed.lineAt(passage.s);
  if (isTraced(passage)) table.lay(passage);
  else if (line) table.layLine(line);
  table.show();
}

/** @param {import("./entry_lines.js").Line} line */
function chooseLine(line) {
  if (line.passage) table.lay(line.passage);
  else table.layLine(line);
  table.show();
}

/** Send a letter once more, slowly. @param {import("../../js/messages.js").Passage} passage */
function again(passage) {
  setSpeed(Math.min(mail.speed, 0.5));
  if (mail.paused) pause();
  mail.replay(passage);
  byId("stage").scrollIntoView({ block: "center", behavior: STILL.matches ? "auto" : "smooth" });
}

/** Show the town as it was right after an entry. @param {number} seq */
function then(seq) {
  looking.goTo(seq);
  byId("stage").scrollIntoView({ block: "center", behavior: STILL.matches ? "auto" : "smooth" });
  byId("when").focus({ preventScroll: true });
}

// ---------------------------------------------------------------------- controls and motion

function pause() {
  mail.toggle();
  showPaused();
}

function showPaused() {
  byId("pause").setAttribute("aria-pressed", String(mail.paused));
  byId("pause").textContent = mail.paused ? "Go on" : "Pause";
  figures.showSummary();
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

/** @param {number} now */
function frame(now) {
  const seconds = Math.min(LONGEST_FRAME, (now - before) / 1000);
  before = now;
  looking.tick(seconds);
  showPlace();
  states.tick(now);
  isMoved = arrives = false;
  stage.draw(mail.tick(seconds));
  lesson.tell(mail.told);
  figures.showTruth();
  requestAnimationFrame(frame);
}

// ---------------------------------------------------------------------- start

showRoom(room);
connection.connect();
requestAnimationFrame(frame);
