// Everybody clicks and takes coins as fast as they can: no click is lost, and each coin has one owner.
// Start it with `roomcast serve --site examples/clicker/page`, and open the address that is printed.
import { join } from "/roomcast.js";

const COINS = 24;
const find = (id) => document.getElementById(id);

find("door").elements.who.value = sessionStorage.getItem("who") ?? "";
find("door").addEventListener("submit", (event) => {
  event.preventDefault(); // stay on this page
  find("door").hidden = true;
  find("game").hidden = false;
  play(find("door").elements.who.value);
});
find("door").hidden = false; // now that its button is heard

async function play(name) {
  sessionStorage.setItem("who", name);
  const room = await join("clicker", { name, keep: sessionStorage });

  find("click").addEventListener("click", () => {
    room.me.state.add("clicks", 1);
    room.state.add("total", 1); // the room makes the sum, so no click is lost
  });

  const coins = Array.from({ length: COINS }, (_, number) => {
    const coin = document.createElement("button");
    coin.addEventListener("click", () => {
      room.state.claim(`coin ${number}`, room.me.id); // the first one gets it
    });
    return coin;
  });
  find("coins").append(...coins);

  // Two who press it at the same moment begin one round:
  // the second finds another round than it expects.
  find("again").addEventListener("click", () => {
    const round = room.state.get("round", null);
    room.state.compareAndSet("round", round, (round ?? 1) + 1);
  });
  room.on("set", (player, patch) => {
    if ("round" in patch && player === room.me) {
      const free = coins.map((_, number) => [`coin ${number}`, null]);
      room.state.set(Object.fromEntries(free));
    }
  });

  function draw() {
    find("total").textContent = room.state.get("total", 0);
    find("round").textContent = room.state.get("round", 1);
    const owners = coins.map((_, number) => room.state.get(`coin ${number}`));
    coins.forEach((coin, number) => {
      coin.disabled = owners[number] !== undefined;
      coin.textContent = owners[number] ?? "";
      coin.ariaLabel = coin.disabled ? null : `Take coin ${number + 1}`;
    });
    const rows = [...room.players].map((player) => {
      const row = document.createElement("tr");
      const cells = [player.id, player.state.get("clicks", 0), owners.filter((owner) => owner === player.id).length];
      row.append(...cells.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
      row.classList.toggle("away", !player.here);
      return row;
    });
    find("players").replaceChildren(...rows);
  }

  let drawn = -1; // up to which place of the room's order
  (function frame() {
    if (room.seq !== drawn) draw();
    drawn = room.seq;
    requestAnimationFrame(frame);
  })();
}
