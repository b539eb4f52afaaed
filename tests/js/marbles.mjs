// A player of the marbles on roomcast.js, without a page: kicks at random; what everyone's `finish` finds is printed.
//
//     node marbles.mjs WHERE NAME SEED

import WebSocket from "ws";

import { enter } from "../../examples/marbles/page/world.js";
import { digest } from "../../src/roomcast/js/digest.js";
import { join } from "../../src/roomcast/js/roomcast.js";

const [where, name, seed] = process.argv.slice(2);
const room = await join(where, { name, WebSocket });
const { kick, save } = enter(room);
let number = Number(seed);
room.on("finish", () => console.log(`at ${room.seq} ${digest(save())}`));
room.on("desync", (seq, players) => console.log(`desync ${seq} ${players.map((one) => one.id)}`));
setInterval(() => {
  number = (number * 1103515245 + 12345) % 2147483648;
  kick(number % 640, (number >> 8) % 400);
}, 300);
console.log("in");
