// My hand on the board, by mouse, finger or keys: it moves my cursor, writes notes, and carries them.
const STEPS = { ArrowLeft: [-0.02, 0], ArrowRight: [0.02, 0], ArrowUp: [0, -0.02], ArrowDown: [0, 0.02] };

export function lendHand(room, board) {
  const pen = board.querySelector("form");
  let at = room.me.state.get("at", [0.5, 0.5]); // where my cursor is
  let carried; // the key of the note that goes with it
  let told = true; // whether the others know that
  const wanted = new Map(); // where notes are to hang, by key, until they do

  function move(x, y) {
    at = [x, y].map((share) => Math.round(1000 * Math.max(0, Math.min(1, share))) / 1000);
    told = false;
  }

  function tell() {
    if (room.closed) return;
    if (!told) {
      told = true;
      room.me.state.set("at", at);
      if (carried) wanted.set(carried, at);
    }
    wanted.forEach(hang);
  }

  function hang(place, key) {
    const note = room.state.get(key);
    if (!note || `${note.place}` === `${place}`) wanted.delete(key); // it hangs there, or somebody has taken it down
    else room.state.compareAndSet(key, note, { ...note, place }); // a place alone would put half a note up again
  }
  setInterval(tell, 50); // ms: twenty times a second is enough for eyes

  function take(key) {
    tell();
    carried = key;
  }

  function follow(event) {
    const box = board.getBoundingClientRect();
    move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }

  function write() {
    pen.hidden = false;
    ["--x", "--y"].forEach((name, axis) => pen.style.setProperty(name, at[axis]));
    pen.elements.text.focus();
  }

  function close() {
    pen.hidden = true;
    board.focus();
  }

  const noteOf = (event) => event.target.closest(".note")?.dataset.key;
  board.addEventListener("pointermove", follow);
  board.addEventListener("pointerdown", (event) => (follow(event), take(noteOf(event))));
  board.addEventListener("click", (event) => event.target === board && write());
  for (const end of ["pointerup", "pointercancel", "keyup"]) addEventListener(end, () => take(undefined));
  board.addEventListener("keydown", (event) => {
    const [key, step] = [noteOf(event), STEPS[event.key]];
    if (event.key === "Escape") close();
    if (event.target === pen.elements.text) return; // all other keys write
    const begins = event.key === "Enter" && event.target === board;
    if (step || begins) event.preventDefault(); // no scrolling, and no Enter in what begins
    if (step && key && key !== carried) {
      take(key);
      at = room.state.get(key).place ?? at; // the cursor comes to the note
    }
    if (step) move(at[0] + step[0], at[1] + step[1]);
    else if (begins) write();
    else if (event.key === "Delete" && key) room.state.delete(key);
  });
  pen.addEventListener("submit", (event) => {
    event.preventDefault();
    const place = ["--x", "--y"].map((name) => Number(pen.style.getPropertyValue(name)));
    room.state.set(`note ${room.me.id} ${Date.now()}`, { text: pen.elements.text.value, place });
    pen.reset();
    close();
  });
}
