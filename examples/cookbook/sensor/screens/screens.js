import { join } from "/roomcast.js";

const [WIDTH, HEIGHT] = [600, 150]; // of each curve, in units of its own; the page scales it
const room = await join("sensors", { name: "screen" });

// The points of a curve: the newest value at the right edge, the lowest one at the bottom.
function points(values) {
  const low = Math.min(...values);
  const range = Math.max(...values) - low || 1;
  const x = (index) => WIDTH - ((values.length - 1 - index) * WIDTH) / 59;
  return values.map((value, index) => `${x(index)},${HEIGHT - ((value - low) / range) * HEIGHT}`).join(" ");
}

function card(player) {
  const values = player.state.get("values").map(Number);
  const section = document.createElement("section");
  const title = Object.assign(document.createElement("h1"), { textContent: player.name });
  const newest = Object.assign(document.createElement("b"), { textContent: values.at(-1) });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `-5 -5 ${WIDTH + 10} ${HEIGHT + 10}`);
  const curve = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  curve.setAttribute("points", points(values));
  svg.append(curve);
  section.append(title, newest, svg);
  section.classList.toggle("away", !player.here); // its connection is lost: what is shown is old
  return section;
}

function draw() {
  const sensors = [...room.players].filter((player) => Array.isArray(player.state.get("values")));
  document.getElementById("sensors").replaceChildren(...sensors.map(card));
}

for (const event of ["join", "leave", "away", "back", "set", "lost"]) room.on(event, draw);
draw();
