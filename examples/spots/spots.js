// Each click is a spot on everyone's page. Start it with `roomcast serve --site examples/spots`, and open the address
// that is printed, on as many computers and phones as you like.
import { join } from "/roomcast.js";

const paper = document.getElementById("paper");
const room = await join("spots");

// Runs on every page in the room, in the same order. Whatever arrives may be anyone's: so numbers are made of it.
const spot = room.everywhere("spot", (player, x, y, hue) => {
  const dot = document.createElement("i");
  dot.title = player.name;
  dot.style.left = `${Number(x)}%`;
  dot.style.top = `${Number(y)}%`;
  dot.style.background = `hsl(${Number(hue)} 80% 50%)`;
  dot.addEventListener("animationend", () => dot.remove());
  paper.append(dot);
});

const hue = Math.floor(Math.random() * 360);
paper.addEventListener("click", (event) => {
  const at = paper.getBoundingClientRect();
  spot((100 * (event.clientX - at.left)) / at.width, (100 * (event.clientY - at.top)) / at.height, hue);
});

const tell = () => {
  document.getElementById("here").textContent = [...room.players].map((player) => player.id).join(", ");
};
room.on("join", tell);
room.on("leave", tell);
