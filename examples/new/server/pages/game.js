// my-game in a browser: it shows what the room says, and asks the room. The rules are in rules.py, on the server.
// Start it with `roomcast serve rules.py`, and open the address that is printed, on as many computers and phones as you like.
import { join } from "/roomcast.js";

const SIZE = 400; // as in rules.py
const WAYS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

const field = document.getElementById("field");
const news = document.getElementById("news");
const room = await join("my-game", { name: new URLSearchParams(location.search).get("name") ?? "" });

async function step(way) {
  try {
    await room.ask("step", way);
  } catch (error) {
    news.textContent = error.sentence; // why the room refuses
  }
}

room.on("found", (player) => {
  news.textContent = `${player.name} has found the coin`;
});

function dot(id, title, colour, [x, y]) {
  const one = [...field.children].find((child) => child.id === id) ?? document.createElement("i");
  one.id = id;
  one.title = title;
  one.style.color = colour;
  one.style.left = `${(100 * x) / SIZE}%`;
  one.style.top = `${(100 * y) / SIZE}%`;
  return one;
}

function draw() {
  const players = [...room.players];
  const coin = dot("coin", "the coin", "#d4a017", room.state.get("coin"));
  field.replaceChildren(coin, ...players.map((one) => dot(one.id, one.name, one.state.get("colour"), one.state.get("at"))));
  players.sort((one, other) => other.state.get("score") - one.state.get("score"));
  const rows = players.map((one) => {
    const row = document.createElement("li");
    row.textContent = `${one.name}: ${one.state.get("score")}`;
    return row;
  });
  document.getElementById("scores").replaceChildren(...rows);
}

for (const event of ["join", "leave", "set"]) room.on(event, draw);
addEventListener("keydown", (event) => {
  if (!(event.key in WAYS)) return;
  event.preventDefault(); // else the page would scroll
  step(WAYS[event.key]);
});
field.addEventListener("click", (event) => {
  const box = field.getBoundingClientRect();
  const [x, y] = room.me.state.get("at");
  const dx = ((event.clientX - box.left) / box.width) * SIZE - x;
  const dy = ((event.clientY - box.top) / box.height) * SIZE - y;
  step(Math.abs(dx) > Math.abs(dy) ? (dx > 0 ? "right" : "left") : dy > 0 ? "down" : "up");
});
draw();
