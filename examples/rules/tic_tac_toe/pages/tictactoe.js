// The page of the rooms tictactoe and tictactoe-…: /tictactoe, or /tictactoe?room=tictactoe-7.
// The room decides. This page shows its state, and asks.
import { join } from "/roomcast.js";

const ROOM = new URLSearchParams(location.search).get("room") ?? "tictactoe";
const SHAPES = { X: "M5 5 19 19M19 5 5 19", O: "M12 4.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 1 1 0-15" };
const find = (id) => document.getElementById(id);

find("who").value ||= localStorage.getItem("roomcast.name") ?? ""; // where the lobby keeps it, too
find("door").addEventListener("submit", async (event) => {
  event.preventDefault(); // stay on this page
  find("door").hidden = true; // a second click would be a second player
  const name = find("who").value.trim();
  localStorage.setItem("roomcast.name", name);
  try {
    play(await join(ROOM, { name, keep: true }));
  } catch (error) {
    find("door").hidden = false;
    notice(error.sentence ?? String(error)); // why not, in the server's words
  }
});
find("door").hidden = false; // now that its button is heard

function play(room) {
  find("game").hidden = false;
  find("room").textContent = room.name;
  notice("");

  const cells = Array.from({ length: 9 }, (_, number) => {
    const cell = document.createElement("button");
    cell.addEventListener("click", () => ask("place", number));
    return cell;
  });
  find("board").replaceChildren(...cells);
  find("again").addEventListener("click", () => ask("again"));

  /** Ask the room; where it refuses, show why. */
  async function ask(...command) {
    try {
      await room.ask(...command);
      notice("");
    } catch (error) {
      notice(error.sentence ?? String(error));
    }
  }

  function draw() {
    const { board, seats, turn, result, line } = room.state.toJSON();
    const mine = Object.keys(seats).find((mark) => seats[mark] === room.me.id);
    const isFull = !Object.values(seats).includes(null);
    const mayPlace = isFull && !result && turn === mine;

    cells.forEach((cell, number) => {
      const mark = board[number];
      cell.disabled = !mayPlace || mark !== "";
      cell.className = line.includes(number) ? "won" : "";
      cell.ariaLabel = `Row ${Math.floor(number / 3) + 1}, column ${(number % 3) + 1}: ${mark || "free"}`;
      if (cell.dataset.mark !== mark) {
        cell.dataset.mark = mark;
        cell.replaceChildren(...(mark ? [shape(mark)] : []));
      }
    });
    find("seats").replaceChildren(...["X", "O"].map((mark) => seat(mark, seats[mark], isFull && !result && turn === mark)));
    find("says").textContent = words({ seats, turn, result, mine, isFull });
    find("again").hidden = !result || !mine;
    find("invitation").hidden = isFull;
    const others = [...room.players].filter((player) => !Object.values(seats).includes(player.id));
    find("watching").textContent = others.length > 0 ? `Looking on: ${others.map((player) => player.name).join(", ")}` : "";
  }

  function words({ seats, turn, result, mine, isFull }) {
    if (!isFull) return "Waiting for a second player";
    if (result === "draw") return "A draw";
    if (result) return result === mine ? "You win!" : `${nameOf(seats[result])} wins`;
    return turn === mine ? "Your turn" : `${nameOf(seats[turn])} is thinking …`;
  }

  function nameOf(id) {
    return room.players.get(id)?.name ?? id;
  }

  /** Who plays X or O, and how often that player has won. */
  function seat(mark, id, isTurn) {
    const player = room.players.get(id);
    const name = document.createElement("b");
    name.textContent = player === room.me ? "You" : (player?.name ?? "free");
    const wins = document.createElement("span");
    wins.className = "wins";
    wins.textContent = player?.state.get("wins", 0) ?? "";
    wins.ariaLabel = player ? `${wins.textContent} won` : null;
    const item = document.createElement("li");
    item.className = `${mark} ${isTurn ? "turn" : ""} ${player && !player.here ? "away" : ""}`;
    item.append(shape(mark), name, wins);
    return item;
  }

  for (const event of ["set", "join", "leave", "away", "back", "skipped", "lost"]) {
    room.on(event, draw);
  }
  room.on("offline", () => notice("The connection is lost. Trying again …"));
  room.on("resumed", () => notice(""));
  room.on("closed", (why) => notice(`The room is closed for you: ${why}.`));
  draw();
  invite();
}

/** The address of this page, for others. */
async function invite() {
  const path = location.pathname + location.search;
  const { address } = await (await fetch("/rooms.json")).json();
  find("code").src = `/qr.svg?path=${encodeURIComponent(path)}`;
  find("address").textContent = address + path;
}

function shape(mark) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("class", mark);
  picture.ariaHidden = "true";
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[mark]);
  picture.append(path);
  return picture;
}

function notice(words) {
  find("notice").textContent = words;
  find("notice").hidden = words === "";
}
