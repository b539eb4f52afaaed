import { join } from "/roomcast.js";

const form = document.querySelector("form");
form.elements.who.value = sessionStorage.getItem("who") ?? "";
form.addEventListener("submit", (event) => {
  event.preventDefault(); // stay on this page
  form.hidden = true;
  document.querySelector("main").hidden = false;
  play(form.elements.who.value);
});
form.hidden = false; // now that its button is heard

async function play(name) {
  sessionStorage.setItem("who", name); // so who reloads the page need not type it again, and is the same player
  const room = await join("quiz-show", { name, keep: sessionStorage });

  function draw() {
    const { number, answers = [], right } = room.state.get("question", {});
    const [asked, choice] = room.me.state.get("answer", []);
    const mine = asked === number ? choice : undefined;
    const points = room.state.get("points", {})[room.me.id] ?? 0;
    let news = mine === undefined ? "Look at the board, and tap:" : "You can change your mind until the board shows it.";
    if (answers.length === 0) news = "Wait for the board.";
    else if (right >= 0) news = mine === right ? "Right!" : "Not this time.";
    document.getElementById("news").textContent = `${news} Points: ${points}`;
    const buttons = answers.map((text, index) => {
      const button = Object.assign(document.createElement("button"), { textContent: text, disabled: right >= 0 });
      button.classList.toggle("mine", index === mine);
      button.addEventListener("click", () => room.me.state.set("answer", [number, index]));
      return button;
    });
    document.getElementById("answers").replaceChildren(...buttons);
  }

  room.on("set", draw);
  room.on("lost", draw);
  draw();
}
