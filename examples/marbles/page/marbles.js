// Marbles in a page, in one world with the windows of marbles.py and with all other pages.
// Start it with `roomcast serve --site examples/marbles/page`, and open the address that is printed.
import { join } from "/roomcast.js";
import { HIGH, RADIUS, WIDE } from "./table.js";
import { enter } from "./world.js";

const COLOURS = ["#c0392b", "#1d5fa8", "#1e7d4f", "#8e44ad", "#b9770e", "#34495e", "#0e7c86", "#a0396b"];
const board = document.querySelector("canvas");
const pen = board.getContext("2d");
const room = await join("marbles", { name: new URLSearchParams(location.search).get("name") ?? "" });
const { table, kick } = enter(room);

board.addEventListener("pointerdown", (event) => {
  const scale = WIDE / board.clientWidth; // the board is as wide as the screen allows
  kick(Math.round(event.offsetX * scale), Math.round(event.offsetY * scale));
});

function draw() {
  pen.clearRect(0, 0, WIDE, HIGH);
  const letters = (12 * WIDE) / board.clientWidth; // as large on a phone, whose board is smaller
  pen.font = `${letters}px system-ui, sans-serif`;
  pen.textAlign = "center";
  for (const [player, [x, y]] of table.marbles) {
    pen.beginPath();
    pen.arc(x, y, RADIUS, 0, 2 * Math.PI);
    const sum = [...new TextEncoder().encode(player)].reduce((a, b) => a + b, 0);
    pen.fillStyle = COLOURS[sum % COLOURS.length];
    pen.fill();
    if (player === room.me.id) {
      pen.lineWidth = 3;
      pen.strokeStyle = "#1b1b1b";
      pen.stroke();
    }
    pen.fillStyle = "#333";
    pen.fillText(player, x, y + RADIUS + letters);
  }
  requestAnimationFrame(draw);
}
draw();
