// Joins a room twice, with the lag that the environment says and with another, and prints how long a command takes.

import { join } from "../../src/roomcast/js/roomcast.js";
import WebSocket from "ws";

const [where] = process.argv.slice(2);

async function thereAndBack(options) {
  const room = await join(where, { WebSocket, ...options });
  const began = performance.now();
  await new Promise((resolve) => {
    room.on("probe", resolve);
    room.send("probe");
  });
  room.leave();
  return (performance.now() - began) / 1000;
}

console.log(JSON.stringify({ environment: await thereAndBack({}), option: await thereAndBack({ lag: "80ms" }) }));
