// The page of races: /race brings strangers together, /race?room=race-friday is for those who know the name. The room says who is ready
// and when the race begins; this page shows it, and asks.
import { join, joinOrCreate } from "/roomcast.js";

const ROOM = new URLSearchParams(location.search).get("room");
const LENGTH = 20;
const find = (id) => document.getElementById(id);

find("who").value ||= localStorage.getItem("roomcast.name") ?? ""; // where the lobby keeps it, too
find("door").addEventListener("submit", async (event) => {
  event.preventDefault(); // stay on this page
  find("door").hidden = true; // a second click would be a second player
  const name = find("who").value.trim();
  localStorage.setItem("roomcast.name", name);
  try {
    play(ROOM ? await join(ROOM, { name, keep: true }) : await joinOrCreate("race", {}, { name, keep: true }));
  } catch (error) {
    find("door").hidden = false;
    notice(error.sentence ?? String(error)); // why not, in the server's words
  }
});
find("door").hidden = false; // now that its button is heard

function play(room) {
  find("game").hidden = false;
  find("room").textContent = room.code;
  notice("");
  find("ready").addEventListener("click", () => ask(room.me.state.get("ready") ? "unready" : "ready"));
  find("step").addEventListener("click", () => ask("step"));

  /** Ask the room; where it refuses, show why. */
  async function ask(command) {
    try {
      await room.ask(command);
      notice("");
    } catch (error) {
      notice(error.sentence ?? String(error));
    }
  }

  function draw() {
    const phase = room.state.get("phase", "waiting");
    const isWaiting = phase === "waiting" || phase === "starting";
    find("ready").hidden = !isWaiting;
    find("ready").textContent = room.me.state.get("ready") ? "Not yet, after all" : "I am ready";
    find("step").hidden = phase !== "playing";
    find("runners").replaceChildren(...[...room.players].map((player) => runner(player, isWaiting)));
    find("says").textContent = words(phase);
  }

  function words(phase) {
    if (phase === "waiting") {
      return room.players.size < 2 ? "Waiting for others" : "Waiting until all are ready";
    }
    if (phase === "starting") {
      return `It begins in ${Math.max(1, Math.ceil(room.state.get("until") - room.time))} …`;
    }
    if (phase === "playing") {
      return "Go!";
    }
    const winner = room.state.get("winner");
    return winner === room.me.id ? "You have won!" : `${room.players.get(winner)?.name ?? "Somebody"} has won`;
  }

  function runner(player, isWaiting) {
    const item = document.createElement("li");
    const line = document.createElement("p");
    const [name, ready] = [document.createElement("b"), document.createElement("span")];
    name.textContent = player === room.me ? `${player.name} (you)` : player.name;
    ready.textContent = !player.here ? "away" : player.state.get("bot") ? "bot" : isWaiting && player.state.get("ready") ? "ready" : "";
    line.append(name, ready);
    const way = document.createElement("progress");
    way.ariaLabel = `The way of ${player.name}`;
    way.max = LENGTH;
    way.value = player.state.get("steps", 0);
    item.append(line, way);
    return item;
  }

  const counting = setInterval(() => (room.closed ? clearInterval(counting) : (find("says").textContent = words(room.state.get("phase", "waiting")))), 200);
  for (const event of ["set", "join", "leave", "away", "back", "skipped", "lost"]) {
    room.on(event, draw);
  }
  room.on("offline", () => notice("The connection is lost. Trying again …"));
  room.on("resumed", () => notice(""));
  room.on("closed", (why) => notice(`The room is closed for you: ${why}.`));
  draw();
}

function notice(words) {
  find("notice").textContent = words;
  find("notice").hidden = words === "";
}
