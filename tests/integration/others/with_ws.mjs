// A player on Node's `ws` library, written from docs/protocol.md alone: URL ROOM NAME.
// It reads commands from its input, one a line (`move [5, 0]`), and prints whatever it hears.

import { createInterface } from "node:readline";
import WebSocket from "ws";

const [url, room, name] = process.argv.slice(2);
const waiting = new Map(); // by number: sent, and not acknowledged
let me = "", session = "", seen = 0, n = 0;
let live = null; // the socket, once there was a welcome

function connect() {
  const socket = new WebSocket(url, ["roomcast.1"]);
  socket.on("open", () => {
    const hello = { t: "hello", room, name };
    if (session) hello.resume = { session, seen };
    socket.send(JSON.stringify(hello));
  });
  socket.on("message", (frame) => {
    for (const line of frame.toString().split("\n")) {
      if (line.trim()) take(JSON.parse(line), socket);
    }
  });
  socket.on("error", () => {}); // the close that follows says enough
  socket.on("close", () => {
    live = null;
    setTimeout(connect, 100);
  });
}

function take(message, socket) {
  if (message.t === "welcome") {
    if (Boolean(session) !== Boolean(message.resumed)) throw new Error("came back, but as somebody new");
    ({ me, session } = message);
    if (!message.resumed) seen = message.s;
    for (const [number, text] of waiting) {
      if (number > (message.n ?? 0)) socket.send(text);
    }
    live = socket;
    console.log("welcome", JSON.stringify(message));
  } else if ("s" in message) {
    if (message.s !== seen + 1) throw new Error(`${message.s} came after ${seen}`);
    seen = message.s;
    if (message.by === me) waiting.delete(message.n);
    console.log("entry", JSON.stringify(message));
  } else {
    console.log("other", JSON.stringify(message));
  }
}

connect();
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const at = line.indexOf(" ");
    n += 1;
    const text = JSON.stringify({ t: "do", n, c: line.slice(0, at), a: JSON.parse(line.slice(at)) });
    waiting.set(n, text);
    live?.send(text);
  })
  .on("close", () => process.exit(0));
