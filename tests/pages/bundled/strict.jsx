// A component in React's StrictMode, which mounts each one, unmounts it, and mounts it again.

import { StrictMode, useEffect, useState } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { join } from "roomcast";

globalThis.mounted = 0;

function Game() {
  const [names, setNames] = useState([]);
  useEffect(() => {
    let room = null;
    let unmounted = false;
    globalThis.mounted += 1;
    join("dots", { name: "Ada", keep: sessionStorage }).then((joined) => {
      room = joined;
      if (unmounted) {
        room.leave();
        return;
      }
      globalThis.room = room;
      const show = () => setNames(Array.from(room.players, (player) => player.id));
      room.on("join", show).on("leave", show);
    });
    return () => {
      unmounted = true;
      room?.leave();
    };
  }, []);
  return <p id="names">{names.join(" ")}</p>;
}

const root = createRoot(document.getElementById("root"));
const app = (
  <StrictMode>
    <Game />
  </StrictMode>
);
root.render(app);

/** Take the component away, and put another one there at once: as going to another view and back does. */
globalThis.again = () => {
  flushSync(() => root.render(null));
  flushSync(() => root.render(app));
};
