import { join } from "/roomcast.js";

const SPEEDS = { ArrowUp: [0.8, 0.8], ArrowDown: [-0.6, -0.6], ArrowLeft: [-0.3, 0.3], ArrowRight: [0.3, -0.3] }; // left, right
const find = (id) => document.getElementById(id);
const held = new Set(); // the names of the arrows that are held down
const form = document.querySelector("form");

form.elements.who.value = sessionStorage.getItem("who") ?? "";
form.addEventListener("submit", (event) => {
  event.preventDefault(); // stay on this page
  form.hidden = true;
  find("inside").hidden = false;
  play(form.elements.who.value);
});
form.hidden = false; // now that its button is heard

for (const button of document.querySelectorAll("#pad button")) {
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId); // this button hears of the finger until it is lifted, wherever it goes
    held.add(button.value);
  });
  button.addEventListener("lostpointercapture", () => held.delete(button.value));
  button.addEventListener("contextmenu", (event) => event.preventDefault()); // what a long press opens
}
addEventListener("keydown", (event) => {
  const arrow = [" ", "Enter"].includes(event.key) ? event.target.value : event.key; // the arrow key, or the button's
  if (!find("inside").hidden && arrow in SPEEDS) {
    event.preventDefault(); // no scrolling
    held.add(arrow);
  }
});
addEventListener("keyup", (event) => (event.key in SPEEDS ? held.delete(event.key) : held.clear()));
addEventListener("blur", () => held.clear()); // from now on, keys are let go elsewhere

async function play(name) {
  sessionStorage.setItem("who", name);
  const room = await join("robot", { name, keep: sessionStorage });
  const robot = () => [...room.players].find((one) => one.here && one.state.has("now"));
  let moving = false;

  function draw() {
    const { driver, ahead, place: [x, y, heading] = [] } = robot()?.state.toJSON() ?? {};
    let news = "Nobody drives.";
    if (!robot()) news = "There is no robot here.";
    else if (driver) news = driver === room.me.id ? "You drive." : `${room.players.get(driver)?.name} drives.`;
    if (find("news").textContent !== news) find("news").textContent = news; // screen readers read what is new
    find("ahead").textContent = ahead === undefined ? "" : `Free ahead: ${Number(ahead).toFixed(2)} m`;
    const known = [x, y, heading, ahead].every(Number.isFinite); // real robots may not know where they are
    document.querySelector("svg").classList.toggle("unknown", !known);
    if (!known) return;
    find("robot").setAttribute("transform", `translate(${x} ${y}) rotate(${(heading * 180) / Math.PI})`);
    find("ray").setAttribute("x2", 0.15 + ahead); // from its middle
  }

  setInterval(() => {
    const to = robot();
    if (!to || room.closed || room.unacknowledged > 0 || (held.size === 0 && !moving)) return;
    const sum = (wheel) => [...held].reduce((speed, arrow) => speed + SPEEDS[arrow][wheel], 0);
    room.send({ name: "drive", to }, sum(0), sum(1), to.state.get("now"));
    moving = held.size > 0; // else the zeros are sent now, and then there is nothing more to say
  }, 50); // ms

  for (const event of ["join", "leave", "away", "back", "set", "resumed", "lost"]) room.on(event, draw);
  room.on("offline", () => (find("news").textContent = "The connection is lost, and the robot stops."));
  draw();
}
