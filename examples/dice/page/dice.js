// A race around the board: the room's dice, which fall the same in every page, and in the windows of dice.py.
// Start it with `roomcast serve --site examples/dice/page`, and open the address that is printed.
import { join } from "/roomcast.js";

const [SIDE, HOME] = [7, 24]; // fields on a side, and all around
const STARS = [4, 9, 13, 18, 21];
const CARDS = { "a shortcut": 3, "a puddle": -2, "a nap": 0 };
const COLOURS = 6;
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
  // Who comes later runs what the room still keeps, and so sees the game as it stands.
  const room = await join("dice", { name, replay: true });
  const order = []; // ids, as they take turns
  const places = {}; // id -> field
  const game = { turn: 0, die: 6, wins: {} };
  const nameOf = (who) => room.players.get(who).name;

  room.on("join", (player) => {
    order.push(player.id);
    places[player.id] = 0;
  });
  room.on("leave", (player) => {
    const place = order.indexOf(player.id);
    order.splice(place, 1);
    delete places[player.id];
    const turn = game.turn - (place < game.turn ? 1 : 0);
    game.turn = order.length === 0 ? 0 : turn % order.length;
  });
  room.on("away", (player) => {
    if (player.id === order[game.turn]) nextTurn();
  });

  function nextTurn() {
    for (let tries = 0; tries < order.length; tries += 1) {
      game.turn = (game.turn + 1) % order.length;
      if (room.players.get(order[game.turn]).here) break;
    }
  }

  const roll = room.everywhere("roll", (player) => {
    if (player.id !== order[game.turn]) return; // every page sees that it is not this player's turn
    const number = room.random.randint(1, 6);
    let place = places[player.id] + number;
    let text = `${player.name} rolls ${number}`;
    game.die = number;
    if (STARS.includes(place)) {
      const card = room.random.choice(Object.keys(CARDS));
      place += CARDS[card];
      text += `, draws ${card}`;
    }
    for (const who of order) {
      if (who !== player.id && place > 0 && place < HOME && places[who] === place) {
        places[who] = 0;
        text += `, catches ${nameOf(who)}`;
      }
    }
    places[player.id] = place;
    if (place >= HOME) {
      text += " and wins!";
      game.wins[player.id] = (game.wins[player.id] ?? 0) + 1;
      for (const who of order) places[who] = 0;
      room.random.shuffle(order); // the next round has another order
    }
    nextTurn();
    find("news").prepend(Object.assign(document.createElement("li"), { textContent: text }));
  });

  room.check(() => [order, places, game]); // the server compares what everyone has

  find("roll").addEventListener("click", () => roll());

  const fields = Array.from({ length: HOME }, (_, field) => {
    const [side, step] = [Math.floor(field / (SIDE - 1)), field % (SIDE - 1)];
    const last = SIDE - 1;
    const [x, y] = [[step, 0], [last, step], [last - step, last], [0, last - step]][side];
    const box = Object.assign(document.createElement("div"), { className: "field" });
    box.style.gridArea = `${y + 1} / ${x + 1}`;
    box.classList.toggle("start", field === 0);
    box.classList.toggle("star", STARS.includes(field));
    return box;
  });
  find("board").append(...fields);

  function draw() {
    fields.forEach((box) => box.replaceChildren());
    const everyone = Object.keys(places).sort();
    const token = (who) => Object.assign(document.createElement("i"), { className: `token c${everyone.indexOf(who) % COLOURS}`, title: nameOf(who) });
    everyone.forEach((who) => fields[places[who]].append(token(who)));
    find("die").textContent = "⚀⚁⚂⚃⚄⚅"[game.die - 1];
    find("die").ariaLabel = String(game.die);
    const lines = order.map((who, place) => {
      const line = document.createElement("li");
      line.append(token(who), ` ${nameOf(who)}, ${game.wins[who] ?? 0} won`);
      line.ariaCurrent = place === game.turn ? "true" : null;
      return line;
    });
    find("order").replaceChildren(...lines);
    find("roll").disabled = order[game.turn] !== room.me.id;
  }

  let drawn = -1; // up to which place of the room's order
  (function frame() {
    if (room.seq !== drawn) draw();
    drawn = room.seq;
    requestAnimationFrame(frame);
  })();
}
