import { join } from "/roomcast.js";

const room = await join("ten-seconds", { name: "board" });

function draw() {
  const best = Object.entries(room.state.get("best", {})).sort(([, one], [, other]) => one - other);
  const rows = best.slice(0, 10).map(([name, off]) => {
    const row = document.createElement("li");
    const figure = Object.assign(document.createElement("b"), { textContent: `${Number(off).toFixed(3)} s off` });
    row.append(name, figure); // name as text, never as HTML: it may be anything that somebody typed
    return row;
  });
  document.getElementById("board").replaceChildren(...rows);
}

room.on("set", draw);
room.on("lost", draw); // the server is another one, with other scores
draw();
