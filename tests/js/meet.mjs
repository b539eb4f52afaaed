// Programs on roomcast.js that look for a room, for tests: prints as JSON what they found.
//
//     node meet.mjs HOST:PORT

import WebSocket from "ws";

import { create, findRooms, join, joinOrCreate } from "../../src/roomcast/js/roomcast.js";

const server = process.argv[2];
const where = `${server}/duel`;
const red = await joinOrCreate(where, { mode: "ranked" }, { name: "red", WebSocket });
const mine = await create(where, { mode: "fun" }, { name: "green", private: true, WebSocket });
const friend = await join(`${server}/${mine.code.toLowerCase()}`, { name: "friend", WebSocket });
const [listed, ...others] = await findRooms(where, { mode: "ranked" });
const guest = await join(listed.where, { name: "guest", WebSocket });
const first = await joinOrCreate(where, { mode: "party" }, { name: "first", party: 2, WebSocket });
const second = await join(`${server}/${first.code}`, { name: "second", party: first.partyTicket, WebSocket });
const refused = await joinOrCreate(`${server}/chat`, { mode: "fun" }, { WebSocket }).catch((error) => error.code);
console.log(
  JSON.stringify({ red: red.name, mine: mine.name, friend: friend.name, guest: guest.name, listed, others: others.length, refused, party: [first.name, second.name] }),
);
process.stdin.once("data", () => {
  [red, mine, friend, guest, first, second].forEach((room) => room.leave());
  process.stdin.unref();
});
