// The page of the rooms quiz and quiz-…: /quiz, or /quiz?room=quiz-7. Who comes first has the screen that all look at; everyone
// else has a phone with the answers. The room decides. This page shows its state, and asks.
import { join } from "/roomcast.js";

const ROOM = new URLSearchParams(location.search).get("room") ?? "quiz";
const SHAPES = ["M12 3 22 21 2 21Z", "M12 2 22 12 12 22 2 12Z", "M12 2a10 10 0 1 0 0 20 10 10 0 1 0 0-20", "M3 3h18v18H3Z"];
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
  find("next").addEventListener("click", () => ask("next"));

  let mine = { number: 0, choice: null }; // what this phone has answered

  /** Ask the room; where it refuses, show why. */
  async function ask(...command) {
    try {
      await room.ask(...command);
      notice("");
    } catch (error) {
      notice(error.sentence ?? String(error));
    }
  }

  function answer(choice) {
    mine = { number: room.state.get("number"), choice };
    draw();
    ask("answer", choice);
  }

  function draw() {
    const state = room.state.toJSON();
    const isScreen = state.screen === room.me.id;
    const asked = state.phase === "asking" || state.phase === "shown";
    document.body.classList.toggle("screen", isScreen);
    find("place").textContent = asked ? `Question ${state.number} of ${state.of}` : "";
    find("question").textContent = asked ? state.question : "";
    find("clock").hidden = state.phase !== "asking";
    find("says").textContent = words(state, isScreen);
    drawChoices(asked ? state.choices : [], state, isScreen);
    find("next").hidden = !isScreen || state.phase === "asking" || (state.phase === "lobby" && room.players.size < 2);
    find("next").textContent = { lobby: "Begin", over: "Once more" }[state.phase] ?? (state.number === state.of ? "The result" : "Next question");
    find("invitation").hidden = !isScreen || state.phase !== "lobby";
    drawScores(state, isScreen);
  }

  function words({ phase, right, screen }, isScreen) {
    const players = [...room.players].filter((player) => player.id !== screen);
    if (phase === "lobby") {
      return isScreen ? `${players.length === 1 ? "1 player is" : `${players.length} players are`} here` : "You are in. Look at the screen.";
    }
    if (phase === "over") {
      const best = Math.max(...players.map((player) => player.state.get("score", 0)));
      const winners = players.filter((player) => player.state.get("score", 0) === best).map((player) => (player === room.me ? "You" : player.name));
      return `${winners.join(" and ")} won`;
    }
    if (isScreen) {
      return phase === "asking" ? `${players.filter((player) => player.state.get("answered")).length} of ${players.length} have answered` : "";
    }
    if (phase === "asking") {
      return room.me.state.get("answered") ? "Answered. Look at the screen." : "";
    }
    return choiceNow() === right ? `Right! ${room.me.state.get("gained", 0)} points` : choiceNow() === null ? "Time was up" : "Not this one";
  }

  function choiceNow() {
    return mine.number === room.state.get("number") ? mine.choice : null;
  }

  function drawChoices(choices, { phase, right, counts }, isScreen) {
    const mayAnswer = phase === "asking" && !isScreen && !room.me.state.get("answered");
    const buttons = choices.map((text, number) => {
      const button = document.createElement("button");
      button.disabled = !mayAnswer;
      button.classList.toggle("pale", phase === "shown" ? number !== right : choiceNow() !== null && choiceNow() !== number);
      button.classList.toggle("mine", choiceNow() === number);
      button.addEventListener("click", () => answer(number));
      button.append(shape(number), text);
      if (phase === "shown" && isScreen) {
        const count = document.createElement("span");
        count.className = "count";
        count.textContent = counts[number];
        button.append(count);
      }
      return button;
    });
    const before = find("choices");
    const same = before.children.length === buttons.length && buttons.every((one, index) => one.isEqualNode(before.children[index]));
    if (!same) {
      before.replaceChildren(...buttons); // a button that is being pressed stays
    }
  }

  function drawScores({ phase, screen }, isScreen) {
    const shown = phase === "shown" || phase === "over" || (phase === "lobby" && isScreen);
    const players = [...room.players].filter((player) => player.id !== screen);
    players.sort((one, other) => other.state.get("score", 0) - one.state.get("score", 0));
    find("scores").replaceChildren(...(shown ? players.slice(0, isScreen ? 12 : 5).map((player) => score(player, phase)) : []));
  }

  function score(player, phase) {
    const item = document.createElement("li");
    item.className = player === room.me ? "me" : "";
    const name = document.createElement("b");
    name.textContent = player.name;
    const [gained, points] = [document.createElement("span"), document.createElement("span")];
    gained.className = "gained";
    gained.textContent = phase === "shown" && player.state.get("gained") ? `+${player.state.get("gained")}` : "";
    points.textContent = phase === "lobby" ? "" : player.state.get("score", 0);
    item.append(name, gained, points);
    return item;
  }

  function tick() {
    const left = Math.max(0, (room.state.get("until", 0) - room.time) / room.state.get("seconds", 1));
    find("clock").firstElementChild.style.transform = `scaleX(${Math.min(1, left)})`;
    if (!room.closed) {
      requestAnimationFrame(tick);
    }
  }

  for (const event of ["set", "join", "leave", "away", "back", "skipped", "lost"]) {
    room.on(event, draw);
  }
  room.on("offline", () => notice("The connection is lost. Trying again …"));
  room.on("resumed", () => notice(""));
  room.on("closed", (why) => notice(`The room is closed for you: ${why}.`));
  draw();
  tick();
  invite();
}

/** The address of this page, for others. */
async function invite() {
  const path = location.pathname + location.search;
  const { address } = await (await fetch("/rooms.json")).json();
  find("code").src = `/qr.svg?path=${encodeURIComponent(path)}`;
  find("address").textContent = address + path;
}

function shape(number) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.ariaHidden = "true";
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[number % SHAPES.length]);
  picture.append(path);
  return picture;
}

function notice(words) {
  find("notice").textContent = words;
  find("notice").hidden = words === "";
}
