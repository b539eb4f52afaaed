// my-game in a browser: the arrow keys move your dot. Start it with `roomcast serve --site .`, and open the address that
// is printed, on as many computers and phones as you like. bot.py plays in the same room, from Python.
import { join } from "/roomcast.js";

const SIZE = 400; // as in dots.py
const STEPS = { ArrowLeft: [-10, 0], ArrowRight: [10, 0], ArrowUp: [0, -10], ArrowDown: [0, 10] };
const COLOURS = ["#e4572e", "#2e86ab", "#44a06b", "#f3a712", "#a846a0", "#17bebb", "#8d6a4f", "#6c7a89"];

const field = document.getElementById("field");
const room = await join("my-game", { name: new URLSearchParams(location.search).get("name") ?? "" });
const taken = [...room.players].map((player) => player.state.get("colour"));
const free = COLOURS.filter((one) => !taken.includes(one));
const colour = free[room.players.size % free.length] ?? "#333333"; // so two who come at the same moment differ, too
let at = [(40 * room.players.size) % SIZE, (40 * room.players.size) % SIZE];

function go(x, y) {
  at = [(x + SIZE) % SIZE, (y + SIZE) % SIZE];
  room.me.state.set({ at, colour }); // shared state: who comes later gets it as well
}

// Whoever calls wave(), it runs on everyone's page.
const wave = room.everywhere("wave", (player) => {
  document.getElementById("news").textContent = `${player.name} waves`;
});

function draw() {
  const dots = [...room.players].map((player) => {
    const dot = [...field.children].find((one) => one.id === player.id) ?? document.createElement("i");
    const [x, y] = player.state.get("at", [-SIZE, -SIZE]);
    dot.id = player.id;
    dot.title = player.name;
    dot.style.color = player.state.get("colour", "#333333");
    dot.style.left = `${(100 * Number(x)) / SIZE}%`;
    dot.style.top = `${(100 * Number(y)) / SIZE}%`;
    return dot;
  });
  field.replaceChildren(...dots);
}

for (const event of ["join", "leave", "set"]) room.on(event, draw);
room.on("lost", () => go(...at));
addEventListener("keydown", (event) => {
  if (!(event.key in STEPS)) return;
  event.preventDefault(); // else the page would scroll
  go(at[0] + STEPS[event.key][0], at[1] + STEPS[event.key][1]);
});
field.addEventListener("click", (event) => {
  const box = field.getBoundingClientRect();
  go(Math.round(((event.clientX - box.left) / box.width) * SIZE), Math.round(((event.clientY - box.top) / box.height) * SIZE));
});
document.getElementById("wave").addEventListener("click", () => wave());
go(...at);
draw();
